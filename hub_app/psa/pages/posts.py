"""The tab of posts: what was put on tickets, and what came of it."""

from typing import Any

import reflex as rx

from hub_app.psa.state.addresses import OUTCOMES
from hub_app.psa.state.posts import Part, PostRow, PsaPostsState, PsaPostState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState

STATES: dict[str, tuple[str, ui.Tone]] = {
    "posted": ("Posted", "success"),
    "partial": ("Partly posted", "warning"),
    "failed": ("Failed", "danger"),
    "unknown": ("Not known yet", "warning"),
    "sending": ("Being sent", "info"),
}


def posts_tab() -> rx.Component:
    state = PsaPostsState
    return rx.fragment(
        ui.filter_bar(
            ui.filter_select(
                "Outcome",
                state.outcome,
                [("", "All"), *OUTCOMES.items()],
                on_change=lambda value: state.filter("outcome", value),
            ),
            ui.filter_search("Ticket number", state.ticket, on_change=state.filter("ticket")),
        ),
        ui.card(
            posts_table(
                state.rows, loaded=state.loaded, selected=state.selected, empty=_empty(), pager=_pager()
            ),
            flush=True,
        ),
        _drawer(),
    )


def _pager() -> ui.Pager:
    return ui.Pager(previous=PsaPostsState.previous, next=PsaPostsState.next)


def _empty() -> rx.Component:
    return rx.cond(
        PsaPostsState.is_filtered,
        ui.empty(
            "search", "No post fits these filters", "Choose another outcome, or clear the ticket's number."
        ),
        ui.empty(
            "send",
            "Nothing has been posted yet",
            "Each note that an engineer puts on a ticket is listed here, with what came of it.",
        ),
    )


def posts_table(
    rows: Any, *, loaded: Any = True, selected: Any = "", empty: rx.Component, pager: ui.Pager | None = None
) -> rx.Component:
    """Posts, newest first; a row leads to the post in the drawer of the history."""
    return ui.table(
        "Posts",
        [
            ui.Column(label="Ticket", cell=_ticket),
            ui.Column(label="Outcome", cell=lambda row: ui.status_badge(row.outcome, STATES), tight=True),
            ui.Column(label="Note", cell=_note, phone=False),
            ui.Column(label="When", cell=lambda row: ui.time(row.at), end=True, quiet=True, tight=True),
        ],
        rows,
        loaded=loaded,
        empty=empty,
        href=lambda row: row.href,
        keep_scroll=True,
        selected=lambda row: row.id == selected,
        pager=pager,
    )


def _ticket(row: rx.vars.ObjectVar[PostRow]) -> rx.Component:
    return rx.fragment(
        rx.el.span(row.ticket, class_name="hub-mono"), rx.el.span(row.summary, class_name="hub-sub")
    )


def _note(row: rx.vars.ObjectVar[PostRow]) -> rx.Component:
    return rx.fragment(
        row.kind,
        rx.cond(row.change != "", rx.el.span(row.change, class_name="hub-sub")),
        rx.el.span("by ", row.engineer, class_name="hub-sub"),
    )


def _drawer() -> rx.Component:
    one = PsaPostState
    return ui.drawer(
        one,
        rx.cond(
            one.outcome == "unknown",
            ui.callout(
                "The PSA did not say whether it took the note. Hub looks for it by its reference, and never sends it again by itself.",
                "warning",
                title="Nobody knows yet whether it arrived",
                action=ui.only(
                    SessionState.is_engineer, ui.button("Look now", small=True, on_click=one.check)
                ),
            ),
        ),
        rx.cond(one.error != "", ui.callout(one.error, "danger", title="What went wrong")),
        rx.cond(
            (one.outcome == "partial") & one.is_own,
            ui.row(
                ui.button("Try the rest again", "primary", mark="rotate_cw", on_click=one.retry),
                rx.el.span("The note stays as it is.", class_name="hub-small hub-text-2"),
            ),
        ),
        rx.el.dl(
            rx.foreach(one.parts, _part),
            _fact("Ticket", rx.el.a(one.ticket, href=one.ticket_href, class_name="hub-link")),
            _fact(
                "Session",
                rx.cond(
                    one.session_href != "",
                    rx.el.a(one.session, href=one.session_href, class_name="hub-link"),
                    rx.el.span(one.session, " (deleted)", class_name="hub-text-2"),
                ),
            ),
            _fact("Posted by", one.engineer),
            _fact("Posted as", one.member),
            _fact("Reference", rx.el.span(one.reference, class_name="hub-mono")),
            class_name="hub-facts",
        ),
        rx.el.div(
            rx.el.h3("Text", class_name="hub-h2"),
            ui.code(one.text, label="Text"),
            class_name="hub-stack-tight",
        ),
        title=one.title,
        sub=ui.time(one.at),
        badge=ui.status_badge(one.outcome, STATES),
        previous=PsaPostsState.above,
        next=PsaPostsState.below,
    )


def _part(row: rx.vars.ObjectVar[Part]) -> rx.Component:
    return _fact(row.label, rx.el.span(row.text, " · ", row.state))


def _fact(label: Any, value: Any) -> rx.Component:
    return rx.el.div(rx.el.dt(label), rx.el.dd(value))
