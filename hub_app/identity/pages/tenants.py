"""The operator's list of tenants."""

import reflex as rx

from hub_app.identity.pages.links import link_dialog
from hub_app.identity.state.operator import STATE_NAMES, TIER_NAMES
from hub_app.identity.state.tenants import TenantRow, TenantsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

STATES: dict[str, tuple[str, ui.Tone]] = {
    "active": (STATE_NAMES["active"], "success"),
    "suspended": (STATE_NAMES["suspended"], "warning"),
    "deleting": (STATE_NAMES["deleting"], "danger"),
    "emptying": (STATE_NAMES["emptying"], "danger"),
}
_ANY = ("", "All")


def page_of_tenants() -> rx.Component:
    return page(
        "Tenants",
        "The customers of this installation. You see their names, counts and states, not their data.",
        rx.cond(TenantsState.refused, ui.operators_only(), _found()),
        actions=[rx.cond(SessionState.is_operator, _add())],
        breadcrumb=[("Operator", "")],
    )


def _add() -> rx.Component:
    return ui.button(
        "Create tenant",
        "primary",
        mark="plus",
        on_click=TenantsState.ask_create,
        attributes=ui.opener(TenantsState, "create"),
    )


def _found() -> rx.Component:
    return rx.fragment(
        ui.filter_bar(
            ui.filter_search("Search by name", TenantsState.text, on_change=TenantsState.filter("q")),
            ui.filter_select(
                "State",
                TenantsState.state,
                [_ANY, *STATE_NAMES.items()],
                on_change=TenantsState.filter("state"),
            ),
            ui.filter_select(
                "Tier", TenantsState.tier, [_ANY, *TIER_NAMES.items()], on_change=TenantsState.filter("tier")
            ),
        ),
        ui.card(_list(), flush=True),
        _create(),
        link_dialog(
            TenantsState,
            "link",
            TenantsState.link,
            title=f"{TenantsState.made_name} is created",
            text="This link invites its first owner. It works once, within 7 days.",
            more=ui.button_link("Open the tenant", TenantsState.made_href),
        ),
    )


def _list() -> rx.Component:
    return ui.table(
        "Tenants",
        [
            ui.Column(label="Name", cell=_name),
            ui.Column(label="State", cell=lambda row: ui.status_badge(row.state, STATES), tight=True),
            ui.Column(label="Tier", cell=lambda row: row.tier, phone=False),
            ui.Column(label="Members", cell=lambda row: row.members, end=True, phone=False),
            ui.Column(label="API calls (24 h)", cell=lambda row: row.calls, end=True, phone=False),
            ui.Column(
                label="Created", cell=lambda row: ui.time(row.since, show="date"), quiet=True, phone=False
            ),
        ],
        TenantsState.rows,
        loaded=TenantsState.loaded,
        empty=ui.empty(
            "search", "No matching tenants", "No tenant matches the search and filters. Change or clear them."
        ),
        href=lambda row: row.href,
        pager=ui.Pager(previous=TenantsState.previous, next=TenantsState.next),
    )


def _name(row: rx.vars.ObjectVar[TenantRow]) -> rx.Component:
    return rx.el.span(ui.avatar(row.initials, tenant=True), row.name, class_name="hub-row hub-row-firm")


def _create() -> rx.Component:
    return ui.form_dialog(
        TenantsState,
        "create",
        ui.text_field("name", "Name", of=TenantsState, auto_focus=True),
        ui.text_field(
            "owner_email",
            "First owner's e-mail",
            kind="email",
            of=TenantsState,
            text="The owner invites everyone else.",
        ),
        ui.select_field(
            "tier",
            "Tier",
            list(TIER_NAMES.items()),
            of=TenantsState,
            text="It sets how many API calls each token can make.",
        ),
        title="Create tenant",
        text="You get a link to pass on to the first owner. It works once, within 7 days.",
        on_submit=TenantsState.create,
        submit="Create tenant",
    )
