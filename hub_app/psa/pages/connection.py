"""The page of the PSA connection: setting it up, how it stands, who is who there, and what was posted."""

import reflex as rx

from hub_app.psa.pages.members import members_tab
from hub_app.psa.pages.posts import posts_tab
from hub_app.psa.state.connection import Fact, Field, ProviderCard, PsaConnectionState, PsaSetUpState
from hub_app.ui import components as ui
from hub_app.ui.guard import FormState
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

_WHO = "Only the owner can connect a PSA, or change the connection."


def page_of_psa() -> rx.Component:
    state = PsaConnectionState
    return page(
        "PSA connection",
        "The ticket system in which your engineers' work is documented. A tenant connects one.",
        ui.tabs(
            "PSA connection",
            state.tab,
            ("connection", "Connection", state.tab_hrefs["connection"]),
            ("members", "Member mapping", state.tab_hrefs["members"]),
            ("posts", "Post history", state.tab_hrefs["posts"]),
        ),
        rx.match(
            state.tab,
            ("members", members_tab()),
            ("posts", posts_tab()),
            _connection_tab(),
        ),
        breadcrumb=[("Tickets", "")],
    )


def _connection_tab() -> rx.Component:
    state = PsaConnectionState
    return rx.cond(
        state.loaded,
        rx.cond(state.connected, _status(), rx.cond(SessionState.is_owner, _set_up(), _nothing())),
        ui.card(ui.skeleton(5), flush=True),
    )


def _nothing() -> rx.Component:
    return ui.card(
        ui.empty(
            "ticket",
            "No PSA connected yet",
            "Once it is connected, engineers link their work sessions to tickets and post notes without leaving Hub.",
            ui.only_line("Only the owner of the tenant can connect a PSA."),
        )
    )


def _set_up() -> rx.Component:
    state = PsaSetUpState
    return rx.fragment(
        ui.choices(rx.foreach(state.cards, _card)),
        ui.card(
            ui.form(
                ui.text_field(
                    "display_name",
                    "Name",
                    of=state,
                    placeholder="Northwind IT",
                    text="What your team calls it.",
                ),
                rx.foreach(state.fields, lambda row: _input(row, state)),
                ui.consent_field(state.terms, of=state),
                rx.cond(state.problem != "", ui.callout(state.problem, "danger", alert=True)),
                ui.row(
                    ui.submit_button("Test and connect", busy=state.busy),
                    rx.el.span(
                        "The account is tested first. It is saved only when that works.",
                        class_name="hub-small hub-text-2",
                    ),
                ),
                on_submit=state.connect,
                guard_changes=True,
                key=state.provider,
            ),
            title=rx.Var.create(f"Connect {state.provider_name}"),
        ),
    )


def _card(row: rx.vars.ObjectVar[ProviderCard]) -> rx.Component:
    chosen = rx.cond(row.is_chosen, "Chosen", "")
    return ui.choice(row.name, row.about, href=row.href, mark="ticket", note=chosen)


def _input(row: rx.vars.ObjectVar[Field], form: type[FormState]) -> rx.Component:
    """A field that the provider asks for."""
    secret = ui.password_field(
        row.name,
        row.label,
        text=row.text,
        of=form,
        auto_complete="off",
        placeholder=rx.cond(row.hint != "", f"Leave empty to keep {row.hint}", row.placeholder),
        optional=row.is_optional,
    )
    plain = ui.text_field(
        row.name,
        row.label,
        value=row.value,
        text=row.text,
        of=form,
        placeholder=row.placeholder,
        optional=row.is_optional,
    )
    return rx.el.div(rx.cond(row.is_secret, secret, plain), key=row.name)


def _status() -> rx.Component:
    state = PsaConnectionState
    return rx.fragment(
        rx.cond(
            state.result != "",
            rx.cond(
                state.result_ok,
                ui.callout(state.result, "success", alert=True),
                ui.callout(state.result, "danger", title="The test failed", alert=True),
            ),
        ),
        ui.card(
            ui.facts_of(state.facts, _fact),
            rx.cond(
                state.error != "",
                ui.callout(state.error, "danger", title="The last test failed"),
            ),
            title=state.name,
            note=state.provider_name,
            actions=(
                rx.cond(
                    state.is_active,
                    rx.cond(
                        state.error != "",
                        ui.badge("Failing", "danger"),
                        ui.badge("Connected", "success"),
                    ),
                    ui.badge("Off", "neutral"),
                ),
            ),
            foot=rx.el.div(
                rx.el.span(
                    "Tested ",
                    ui.time(state.validated_at),
                    rx.cond(state.version != "", f" · version {state.version}", ""),
                    class_name="hub-small hub-text-2",
                ),
                ui.only(SessionState.is_owner, _actions(), _WHO),
                class_name="hub-row hub-row-between",
            ),
        ),
        _edit(),
        ui.confirm(
            state,
            "delete",
            rx.Var.create(f"Disconnect {state.name}"),
            text=state.losses,
            action="Disconnect",
            on_confirm=state.delete,
        ),
    )


def _fact(row: rx.vars.ObjectVar[Fact]) -> rx.Component:
    return rx.el.span(row.text, class_name="hub-mono hub-break")


def _actions() -> rx.Component:
    state = PsaConnectionState
    return rx.el.div(
        ui.button("Test", mark="activity", on_click=state.test, busy=state.testing),
        ui.button("Edit", mark="pencil", on_click=state.ask_edit, attributes=ui.opener(state, "edit")),
        rx.cond(
            state.is_active,
            ui.button("Turn off", mark="pause", on_click=state.switch),
            ui.button("Turn on", "primary", mark="play", on_click=state.switch),
        ),
        ui.button("Disconnect", "danger-quiet", mark="unplug", on_click=state.ask_delete),
        class_name="hub-row",
    )


def _edit() -> rx.Component:
    state = PsaConnectionState
    return ui.form_dialog(
        state,
        "edit",
        ui.text_field("display_name", "Name", of=state),
        rx.foreach(state.fields, lambda row: _input(row, state)),
        title="Edit the connection",
        text="What concerns the account is tested before it is saved. When the site changes, enter the keys again.",
        on_submit=state.save,
        submit="Save",
    )
