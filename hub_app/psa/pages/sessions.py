"""The list of work sessions, and the tab of templates beside it."""

import reflex as rx

from hub_app.psa.pages.templates import templates_tab
from hub_app.psa.state.addresses import SESSION_STATES
from hub_app.psa.state.sessions import SessionLine, SessionsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

STATES: dict[str, tuple[str, ui.Tone]] = {
    "running": ("Running", "success"),
    "paused": ("Paused", "warning"),
    "ended": ("Ended", "neutral"),
}
_WHO = "Engineers can begin sessions."


def page_of_sessions() -> rx.Component:
    state = SessionsState
    return page(
        "Work sessions",
        "Write down what you do while you do it, and put it on the customer's ticket.",
        ui.tabs(
            "Work sessions",
            state.tab,
            ("sessions", "Sessions", state.tab_hrefs["sessions"]),
            ("templates", "Templates", state.tab_hrefs["templates"]),
        ),
        rx.cond(state.tab == "templates", templates_tab(), _sessions()),
        actions=[ui.only(SessionState.is_engineer, _begin(), _WHO)],
        breadcrumb=[("Tickets", "")],
    )


def _begin() -> rx.Component:
    return ui.button(
        "New session",
        "primary",
        mark="plus",
        on_click=SessionsState.ask_new,
        attributes=ui.opener(SessionsState, "new"),
    )


def _sessions() -> rx.Component:
    state = SessionsState
    return rx.fragment(
        ui.filter_bar(
            ui.filter_search("Title or ticket number", state.text, on_change=state.filter("q")),
            rx.cond(
                SessionState.is_engineer,
                ui.filter_select(
                    "Whose",
                    state.of,
                    [("", "Mine"), ("everyone", "Everybody's")],
                    on_change=lambda value: state.filter("of", value),
                ),
            ),
            ui.filter_select(
                "State",
                state.status,
                [("", "All"), *SESSION_STATES.items()],
                on_change=lambda value: state.filter("status", value),
            ),
        ),
        ui.card(_list(), flush=True),
        ui.form_dialog(
            state,
            "new",
            ui.text_field(
                "title",
                "Title",
                of=state,
                placeholder="Printer offline at front desk",
                text="You can change it later.",
                optional=True,
            ),
            rx.cond(
                state.templates.length() > 0,
                ui.select_field("template_id", "Begin with", state.templates, of=state),
            ),
            title="New session",
            text="Its clock runs as soon as it begins. You can pause it, and correct it by hand.",
            on_submit=state.begin,
            submit="Begin",
        ),
    )


def _list() -> rx.Component:
    state = SessionsState
    none = ui.empty(
        "notebook_pen",
        "No session yet",
        "A session holds what you did, how long it took, and the ticket that it belongs to.",
        ui.only(SessionState.is_engineer, _begin(), _WHO),
    )
    return ui.table(
        "Work sessions",
        [
            ui.Column(label="Session", cell=_title),
            ui.Column(label="State", cell=lambda row: ui.status_badge(row.status, STATES), tight=True),
            ui.Column(label="Ticket", cell=_ticket, phone=False),
            ui.Column(
                label="Worked", cell=lambda row: ui.worked(row.seconds, row.since), end=True, phone=False
            ),
            ui.Column(label="Began", cell=lambda row: ui.time(row.at), end=True, quiet=True, tight=True),
        ],
        state.rows,
        loaded=state.loaded,
        empty=rx.cond(
            state.is_filtered,
            ui.empty(
                "search",
                "No session fits these filters",
                "Search for another title, or choose another state.",
            ),
            none,
        ),
        href=lambda row: row.href,
        pager=ui.Pager(previous=state.previous, next=state.next),
    )


def _title(row: rx.vars.ObjectVar[SessionLine]) -> rx.Component:
    return rx.fragment(
        row.title,
        rx.el.span(row.engineer, rx.cond(row.steps != "", f" · {row.steps}", ""), class_name="hub-sub"),
    )


def _ticket(row: rx.vars.ObjectVar[SessionLine]) -> rx.Component:
    return rx.cond(
        row.ticket != "",
        rx.fragment(
            rx.el.span(row.ticket, class_name="hub-mono"), rx.el.span(row.summary, class_name="hub-sub")
        ),
        rx.el.span("Not linked", class_name="hub-text-2"),
    )
