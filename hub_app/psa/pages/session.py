"""The page of one work session."""

import reflex as rx

from hub_app.psa.pages.picker import picker
from hub_app.psa.pages.posts import posts_table
from hub_app.psa.pages.sessions import STATES
from hub_app.psa.pages.updating import update_dialog
from hub_app.psa.state.addresses import PREVIEW
from hub_app.psa.state.picker import PickTicketState
from hub_app.psa.state.session import SessionState as Session
from hub_app.psa.state.updating import UpdateTicketState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page


def page_of_session() -> rx.Component:
    return page(
        rx.cond(Session.missing, "Work session", Session.name),
        rx.cond(
            Session.missing,
            "",
            rx.el.span(
                "Begun by ",
                Session.engineer,
                " ",
                ui.time(Session.started_at),
                rx.cond(Session.has_ticket, rx.fragment(" · ", _linked())),
            ),
        ),
        rx.cond(
            Session.missing,
            ui.missing("notebook_pen", "session", "/sessions"),
            rx.cond(Session.loaded, _body(), ui.card(ui.skeleton(8), flush=True)),
        ),
        actions=[rx.cond(Session.missing | ~Session.loaded, rx.fragment(), _actions())],
        breadcrumb=[("Tickets", ""), ("Sessions", "/sessions")],
        badge=rx.cond(Session.missing, rx.fragment(), ui.status_badge(Session.status, STATES)),
        id=rx.cond(Session.missing, "", Session.id),
    )


def _linked() -> rx.Component:
    """The ticket in a line."""
    return rx.el.span(
        rx.el.a(Session.ticket, href=Session.ticket_href, class_name="hub-link"),
        f" {Session.ticket_summary} · {Session.ticket_company} · {Session.ticket_status}",
    )


def _actions() -> rx.Component:
    return ui.only(
        Session.is_own,
        rx.cond(
            Session.has_ticket,
            rx.fragment(
                ui.button("Unlink", mark="unlink", on_click=Session.unlink),
                ui.button("Update ticket", "primary", mark="send", on_click=UpdateTicketState.begin),
            ),
            ui.button(
                "Link ticket",
                "primary",
                mark="link",
                on_click=PickTicketState.pick,
                disabled=rx.cond(Session.connected, False, True),
            ),
        ),
        rx.Var.create(f"Only {Session.engineer} can change this session."),
    )


def _body() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.cond(Session.is_own, _editor(), _text()),
            rx.el.div(_ticket(), _clock(), class_name="hub-stack"),
            class_name="hub-beside",
        ),
        ui.card(
            posts_table(
                Session.rows,
                empty=ui.empty(
                    "send",
                    "Nothing of it is on a ticket yet",
                    "Link a ticket, then update it: the note is made of this text.",
                ),
            ),
            title="Posted",
            title_href="/psa?tab=posts",
            flush=True,
        ),
        rx.cond(
            Session.is_own | SessionState.is_admin,
            ui.delete_card(
                "session",
                "What was posted of it stays on its ticket, and in the post history.",
                Session.ask("delete"),
            ),
        ),
        picker(),
        update_dialog(),
        ui.confirm(
            Session,
            "delete",
            rx.Var.create(f"Delete {Session.name}"),
            text="Its text and its time are deleted. What was posted stays on the ticket.",
            action="Delete session",
            on_confirm=Session.delete,
        ),
        ui.form_dialog(
            Session,
            "minutes",
            ui.number_field("minutes", "Minutes", of=Session, minimum=0, maximum=44640),
            title="Correct the time",
            text="How many minutes you have worked until now. A running clock goes on from there.",
            on_submit=Session.correct,
            submit="Save",
        ),
    )


def _editor() -> rx.Component:
    return ui.card(
        ui.autosaved_form(
            ui.text_field("title", "Title", of=Session),
            ui.markdown_field(
                "body",
                "What you do",
                of=Session,
                preview=PREVIEW,
                toolbar=Session.toolbar,
                theme=Session.theme,
                snippets=Session.snippets,
                tall=True,
                text="Markdown. A line that begins with - [ ] is a step to tick; Enter goes on with a list.",
            ),
            ui.tags_field("tags", "Tags", of=Session, optional=True),
            url=Session.url,
            etag=Session.etag,
            fields="title body tags",
            # What the tab knew when it was loaded anew is another form than what Hub says then.
            key=Session.etag,
        ),
    )


def _text() -> rx.Component:
    return ui.card(
        rx.cond(
            Session.html != "",
            ui.markdown(Session.html),
            rx.el.p("Nothing is written yet.", class_name="hub-text-2"),
        ),
        rx.el.div(rx.foreach(Session.tags, lambda tag: ui.badge(tag, dot=False)), class_name="hub-row"),
        title="What was done",
        note=Session.steps,
    )


def _ticket() -> rx.Component:
    linked = rx.fragment(
        rx.el.div(
            rx.el.a(Session.ticket, href=Session.ticket_href, class_name="hub-link hub-mono hub-strong"),
            rx.cond(
                Session.ticket_closed,
                ui.badge(Session.ticket_status, "neutral"),
                ui.badge(Session.ticket_status, "success"),
            ),
            class_name="hub-row",
        ),
        rx.el.p(Session.ticket_summary),
        rx.el.p(Session.ticket_company, " · ", Session.ticket_board, class_name="hub-small hub-text-2"),
        _there(),
    )
    unlinked = rx.el.p(
        rx.cond(
            Session.connected,
            "No ticket is linked. Link the one that this work is for.",
            "No PSA is connected, so there is nothing to link.",
        ),
        class_name="hub-text-2",
    )
    return ui.card(rx.cond(Session.has_ticket, linked, unlinked), title="Ticket")


def _there() -> rx.Component:
    return rx.el.a(
        rx.Var.create(f"Open in {Session.provider}"),
        href=Session.ticket_there,
        target="_blank",
        rel="noopener noreferrer",
        class_name="hub-link",
    )


def _clock() -> rx.Component:
    own = rx.fragment(
        rx.match(
            Session.status,
            (
                "running",
                rx.fragment(
                    ui.button("Pause", mark="pause", on_click=Session.turn("paused")),
                    ui.button("End", mark="square", on_click=Session.turn("ended")),
                ),
            ),
            (
                "paused",
                rx.fragment(
                    ui.button("Go on", "primary", mark="play", on_click=Session.turn("running")),
                    ui.button("End", mark="square", on_click=Session.turn("ended")),
                ),
            ),
            ui.button("Go on", mark="play", on_click=Session.turn("running")),
        ),
        ui.button("Correct", "ghost", on_click=Session.ask_minutes, attributes=ui.opener(Session, "minutes")),
    )
    return ui.card(
        rx.el.div(ui.worked(Session.seconds, Session.since), class_name="hub-stat-figure"),
        rx.cond(Session.is_own, rx.el.div(own, class_name="hub-row")),
        title="Time",
    )
