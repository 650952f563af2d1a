"""The page of one connected CRM."""

from typing import Any

import reflex as rx

from hub_app.crm.pages.connections import STATUSES
from hub_app.crm.pages.job_parts import cancel_button
from hub_app.crm.pages.jobs import jobs_tab
from hub_app.crm.pages.mapping import mapping_tab
from hub_app.crm.pages.overview import overview_tab
from hub_app.crm.pages.quarantine import quarantine_tab
from hub_app.crm.pages.settings import settings_tab
from hub_app.crm.state.connection import ConnectionState
from hub_app.crm.state.connections import HERE
from hub_app.ui import components as ui
from hub_app.ui.elements import Child, Text
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page


def page_of_connection() -> rx.Component:
    return page(
        ConnectionState.name,
        rx.cond(ConnectionState.missing, "It was deleted, or belongs to another tenant.", _facts()),
        rx.cond(
            ConnectionState.loaded,
            rx.cond(ConnectionState.missing, ui.missing("users", "connection", HERE), _found()),
            ui.skeleton(6),
        ),
        actions=[rx.cond(ConnectionState.missing | ~ConnectionState.loaded, rx.fragment(), _controls())],
        breadcrumb=[("CRM", ""), ("Connections", HERE)],
        mark=rx.fragment(rx.cond(ConnectionState.logo != "", ui.logo(ConnectionState.logo, large=True))),
        id=rx.cond(ConnectionState.missing, "", ConnectionState.id),
        badge=rx.cond(
            ConnectionState.missing | ~ConnectionState.loaded,
            "",
            ui.status_badge(ConnectionState.status, STATUSES),
        ),
    )


def _facts() -> rx.Component:
    return rx.fragment(
        ConnectionState.provider,
        " · ",
        ConnectionState.direction,
        " · ",
        ConnectionState.schedule,
        rx.cond(
            ConnectionState.next_at != "",
            rx.fragment(" · next sync ", ui.due(ConnectionState.next_at)),
        ),
    )


def _controls() -> rx.Component:
    """What can be started now. While a job runs, its card has what can be done."""
    start = rx.cond(
        ConnectionState.imports,
        rx.fragment(
            ui.button("Preview", mark="eye", on_click=ConnectionState.preview("incremental_sync")),
            ui.button(
                "Sync now",
                "primary",
                mark="refresh_cw",
                on_click=ConnectionState.sync("incremental_sync"),
            ),
        ),
        rx.cond(
            ConnectionState.exports,
            rx.fragment(
                ui.button("Preview", mark="eye", on_click=ConnectionState.preview("export_to_crm")),
                ui.button(
                    "Export now", "primary", mark="upload", on_click=ConnectionState.sync("export_to_crm")
                ),
            ),
        ),
    )
    chosen: Any = rx.match(
        ConnectionState.status,
        ("connected", rx.fragment(start, _import_link(), _more())),
        (
            "paused",
            ui.only(
                SessionState.is_admin,
                ui.button("Resume", "primary", mark="play", on_click=ConnectionState.resume),
            ),
        ),
        (
            "error",
            ui.only(
                SessionState.is_admin,
                ui.button("Test again", "primary", mark="rotate_cw", on_click=ConnectionState.test),
            ),
        ),
        rx.fragment(),
    )
    return ui.only(SessionState.is_engineer, chosen, "Engineers can sync this connection.")


def _import_link() -> rx.Component:
    return rx.cond(
        ConnectionState.reads,
        rx.fragment(),
        ui.button_link("Import a file", f"{ConnectionState.here}/import", "primary"),
    )


def _more() -> rx.Component:
    """A connection without an API has a page for its files alone."""
    return rx.fragment(
        ui.icon_button("ellipsis", "More actions", "secondary", opens="connection-more"),
        ui.menu(
            "connection-more",
            "More actions",
            rx.cond(
                ConnectionState.imports,
                rx.fragment(
                    ui.menu_item("Full import", ConnectionState.sync("full_import"), mark="download"),
                    ui.menu_item("Preview a full import", ConnectionState.preview("full_import"), mark="eye"),
                ),
            ),
            rx.cond(
                ConnectionState.exports,
                rx.fragment(
                    ui.menu_item("Export now", ConnectionState.sync("export_to_crm"), mark="upload"),
                    ui.menu_item("Preview an export", ConnectionState.preview("export_to_crm"), mark="eye"),
                ),
            ),
            ui.menu_link("Import a file", f"{ConnectionState.here}/import", mark="upload"),
            rx.cond(
                SessionState.is_admin,
                ui.menu_item("Pause", ConnectionState.pause, mark="pause"),
            ),
        ),
    )


def _found() -> rx.Component:
    return rx.fragment(
        _trouble(),
        rx.cond(ConnectionState.asks != "", _asks()),
        rx.cond((ConnectionState.lost != "") & (ConnectionState.tab != "mapping"), _lost()),
        rx.cond(ConnectionState.current.id != "", _running()),
        ui.tabs(
            "Connection",
            ConnectionState.tab,
            ("overview", "Overview", ConnectionState.here),
            ("jobs", "Jobs", f"{ConnectionState.here}?tab=jobs"),
            ("mapping", "Field mapping", f"{ConnectionState.here}?tab=mapping"),
            ("quarantine", "Quarantine", f"{ConnectionState.here}?tab=quarantine"),
            ("settings", "Settings", f"{ConnectionState.here}?tab=settings"),
        ),
        rx.match(
            ConnectionState.tab,
            ("jobs", jobs_tab()),
            ("mapping", mapping_tab()),
            ("quarantine", quarantine_tab()),
            ("settings", settings_tab()),
            overview_tab(),
        ),
    )


def _trouble() -> rx.Component:
    """Why nothing is synced, and what to do about it."""

    def told(tone: ui.Tone, title: Text, who: str, text: Child, action: Child = "") -> rx.Component:
        others = rx.cond(SessionState.is_admin, "", f" Customer admins can {who}.")
        return ui.callout(rx.fragment(text, others), tone, title=title, action=action)

    again = rx.cond(
        ConnectionState.reconnect != "",
        ui.button_link("Reconnect", ConnectionState.reconnect, small=True),
        ui.button_link("Correct the account", f"{ConnectionState.here}?tab=settings", small=True),
    )
    settings = ui.only(SessionState.is_admin, again)
    wrong = told(
        "danger",
        rx.cond(
            ConnectionState.reconnect != "",
            f"Reconnect {ConnectionState.provider}: nothing is synced until then",
            "Nothing is synced until this is solved",
        ),
        "correct the account",
        ConnectionState.reason,
        settings,
    )
    paused = told(
        "warning",
        "Nothing is synced while the connection is paused",
        "resume it",
        ConnectionState.reason,
    )
    waits = told(
        "warning",
        "Not authorized yet",
        "authorize it",
        "Nothing can be synced before that.",
        ui.only(SessionState.is_admin, ui.button_link("Authorize", ConnectionState.reconnect, small=True)),
    )
    chosen: Any = rx.match(
        ConnectionState.status,
        ("error", wrong),
        (
            "connected",
            rx.cond(
                ConnectionState.reason != "",
                ui.callout(ConnectionState.reason, "warning", title="The last sync failed"),
                rx.fragment(),
            ),
        ),
        ("paused", paused),
        ("pending_auth", waits),
        rx.fragment(),
    )
    return chosen


def _asks() -> rx.Component:
    return ui.callout(
        f"{ConnectionState.asked} That many at once may also be a fault there, so nothing was marked as gone.",
        "warning",
        title="Someone has to confirm this",
        action=ui.button_link("See the list", ConnectionState.asks, small=True, keep_scroll=True),
    )


def _lost() -> rx.Component:
    return ui.callout(
        f"{ConnectionState.lost} The values that are here were kept.",
        "warning",
        title="The CRM's records have changed",
        action=ui.button_link("See the mapping", ConnectionState.lost_at, small=True),
    )


def _running() -> rx.Component:
    job = ConnectionState.current
    bar = rx.cond(job.is_measured, ui.progress(job.done, job.total, label=job.title))
    head = ui.row(
        rx.el.a(job.title, href=job.href, prevent_scroll_reset=True, class_name="hub-link hub-strong"),
        rx.el.span(
            rx.el.span(job.progress, class_name="hub-small hub-text-2 hub-figures", role="status"),
            ui.only(SessionState.is_engineer, cancel_button(ConnectionState.cancel)),
            class_name="hub-row",
        ),
        apart=True,
    )
    foot = ui.row(
        ui.figures(job.figures),
        rx.el.span("You can leave this page; it goes on.", class_name="hub-small hub-text-2"),
        apart=True,
    )
    return ui.card(ui.stack(head, bar, foot))
