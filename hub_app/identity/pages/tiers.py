"""The operator's page of tiers."""

import reflex as rx

from hub_app.identity.state.tiers import TierRow, TiersState
from hub_app.ui import components as ui
from hub_app.ui.shell import page


def page_of_tiers() -> rx.Component:
    return page(
        "Tiers",
        "How many API calls each token, and each person in a browser, can make.",
        rx.cond(
            TiersState.refused,
            ui.operators_only(),
            rx.fragment(
                ui.card(_list(), flush=True),
                rx.el.p(
                    "Limits are settings of this installation: change them in its environment and restart Hub."
                    " RATE_LIMIT_WINDOW_SECONDS sets the time that they apply to, DEFAULT_TIER the tier of new tenants. Set"
                    " a tenant's tier on its page.",
                    class_name="hub-small hub-text-2",
                ),
            ),
        ),
        breadcrumb=[("Operator", "")],
    )


def _list() -> rx.Component:
    return ui.table(
        "Tiers",
        [
            ui.Column(label="Tier", cell=_name),
            ui.Column(label="Calls", cell=lambda row: row.calls, end=True),
            ui.Column(
                label="Setting",
                cell=lambda row: rx.el.span(row.setting, class_name="hub-mono hub-break"),
                quiet=True,
                phone=False,
            ),
            ui.Column(label="Tenants", cell=lambda row: row.tenants, end=True),
        ],
        TiersState.rows,
        loaded=TiersState.loaded,
        empty=ui.only_line("There are no tiers."),
        href=lambda row: row.href,
    )


def _name(row: rx.vars.ObjectVar[TierRow]) -> rx.Component:
    return rx.el.span(
        row.name, rx.cond(row.is_default, ui.badge("New tenants", "info", dot=False)), class_name="hub-row"
    )
