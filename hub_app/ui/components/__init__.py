"""The parts that pages are built from, shown in all their states on /styleguide.

`from hub_app.ui import components as ui` is how they import them.
"""

# ruff: noqa: F401
# pyright: reportUnusedImport=false

from hub_app.ui.components.audited import audited
from hub_app.ui.components.avatar import avatar
from hub_app.ui.components.badge import Tone, badge, method_badge, status_badge
from hub_app.ui.components.button import button, button_link, download_link, icon_button, move_buttons
from hub_app.ui.components.callout import callout
from hub_app.ui.components.card import card
from hub_app.ui.components.changes import change_line, change_list
from hub_app.ui.components.chart import Series, line_chart, stacked_bars
from hub_app.ui.components.choice import choice, choices
from hub_app.ui.components.code import code
from hub_app.ui.components.copy import copy_button, copyable
from hub_app.ui.components.dialog import confirm, dialog, form_dialog, opener
from hub_app.ui.components.disclosure import disclosure
from hub_app.ui.components.drawer import drawer
from hub_app.ui.components.drop import file_drop
from hub_app.ui.components.due import due
from hub_app.ui.components.editor import autosaved_form, markdown, markdown_field, worked
from hub_app.ui.components.empty import empty, missing, operators_only
from hub_app.ui.components.entries import entries
from hub_app.ui.components.fields.choice import (
    check_field,
    checks_field,
    options_field,
    picks_field,
    select_field,
    switch_field,
    tags_field,
)
from hub_app.ui.components.fields.consent import consent_field, host_in
from hub_app.ui.components.fields.frame import group, notes
from hub_app.ui.components.fields.text import (
    document_field,
    number_field,
    password_field,
    text_field,
    textarea_field,
)
from hub_app.ui.components.figures import figures
from hub_app.ui.components.filterbar import filter_bar, filter_date, filter_search, filter_select
from hub_app.ui.components.form import draft, form, native_form, submit_button, unsaved_note, when
from hub_app.ui.components.gate import only, only_line
from hub_app.ui.components.ident import ident, short_ident
from hub_app.ui.components.keyvalue import facts, facts_of
from hub_app.ui.components.layout import columns, row, stack
from hub_app.ui.components.logo import logo
from hub_app.ui.components.menu import (
    menu,
    menu_form_item,
    menu_item,
    menu_link,
    menu_rule,
    menu_unavailable,
)
from hub_app.ui.components.owned import delete_card, deletion, switch_button
from hub_app.ui.components.persons import person_list
from hub_app.ui.components.progress import progress
from hub_app.ui.components.secret import new_secret, secret
from hub_app.ui.components.sidelist import side_list
from hub_app.ui.components.sides import key, sides
from hub_app.ui.components.skeleton import skeleton
from hub_app.ui.components.stat import spark_points, sparkline, stat
from hub_app.ui.components.stepper import stepper
from hub_app.ui.components.table import Column, More, Pager, table
from hub_app.ui.components.tabs import tabs
from hub_app.ui.components.time import time, zone_name
