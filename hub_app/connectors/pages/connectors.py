"""The connectors page: the APIs that Hub can call, and whether their credentials work."""

import reflex as rx

from hub_app.connectors.state.connectors import NEW, ConnectorRow, ConnectorsState, GalleryCard
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

STATUSES: dict[str, tuple[str, ui.Tone]] = {
    "works": ("Works", "success"),
    "untried": ("Not tested yet", "info"),
    "refused": ("Refused", "danger"),
    "expired": ("Expired", "danger"),
    "missing": ("No credential", "warning"),
    "open": ("None needed", "neutral"),
    "off": ("Off", "neutral"),
    "stopped": ("Consent revoked", "danger"),
}
WHO = "Customer admins can add and change connectors."


def page_of_connectors() -> rx.Component:
    return page(
        "Connectors",
        "The REST APIs that Hub can call for you.",
        rx.cond(
            ConnectorsState.loaded & (ConnectorsState.rows.length() == 0) & (ConnectorsState.text == ""),
            _first(),
            rx.fragment(
                ui.filter_bar(
                    ui.filter_search(
                        "Search by name", ConnectorsState.text, on_change=ConnectorsState.filter("q")
                    )
                ),
                ui.card(_list(), flush=True),
            ),
        ),
        actions=[
            ui.only(SessionState.is_admin, ui.button_link("Add connector", NEW, "primary", mark="plus"), WHO)
        ],
        breadcrumb=[("Connectors", "")],
    )


def _first() -> rx.Component:
    """What stands here before there is a connector: what one is, and the gallery."""
    return rx.el.div(
        ui.card(
            ui.empty(
                "plug",
                "No connectors yet",
                "A connector describes a REST API: where it is, how Hub signs in, and the calls that it can make. "
                "You can run those calls by hand, in plans, or through Hub's own API.",
                ui.only(SessionState.is_admin, ui.button_link("Add connector", NEW, "primary"), WHO),
            ),
            flush=True,
        ),
        rx.cond(
            SessionState.is_admin,
            rx.el.section(
                rx.el.h2("Start from one of these", class_name="hub-h2"),
                ui.choices(rx.foreach(ConnectorsState.gallery, gallery_card)),
                class_name="hub-stack",
            ),
        ),
        class_name="hub-stack-wide",
    )


def gallery_card(entry: rx.vars.ObjectVar[GalleryCard]) -> rx.Component:
    return ui.choice(entry.name, entry.about, href=entry.href, initials=entry.initials, note=entry.actions)


def _list() -> rx.Component:
    return ui.table(
        "Connectors",
        [
            ui.Column(label="Name", cell=_name),
            ui.Column(label="Credential", cell=lambda row: ui.status_badge(row.status, STATUSES), tight=True),
            ui.Column(label="Authentication", cell=lambda row: row.auth, quiet=True, phone=False),
        ],
        ConnectorsState.rows,
        loaded=ConnectorsState.loaded,
        empty=ui.empty(
            "search", "No connector has that name", "Search for a part of the name, or clear the search."
        ),
        href=lambda row: row.href,
        pager=ui.Pager(previous=ConnectorsState.previous, next=ConnectorsState.next),
    )


def _name(row: rx.vars.ObjectVar[ConnectorRow]) -> rx.Component:
    return rx.fragment(row.name, rx.el.span(row.base_url, class_name="hub-sub hub-mono hub-break"))
