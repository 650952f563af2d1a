"""The connections with their consents, and the dialogs that give, renew and revoke them."""

from functools import partial
from typing import Literal

import reflex as rx

from hub_app.governance.state.consent_status import ConsentStatusState, StatusRow
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState

_BADGES: dict[str, tuple[str, ui.Tone]] = {
    "given": ("Given", "success"),
    "outdated": ("Outdated", "warning"),
    "missing": ("Missing", "warning"),
    "revoked": ("Revoked", "danger"),
}
STOPS = (
    "Hub stops calling it immediately. Plan runs that use it end at their next step. Nothing is deleted: as soon as someone"
    " gives consent again, Hub can call it again."
)


def status_tab() -> rx.Component:
    state = ConsentStatusState
    return rx.fragment(
        rx.cond(
            ~SessionState.is_admin & (state.rows.length() > 0),
            ui.only_line(
                "Only the person who gave a consent or a customer admin can revoke it or give it again."
            ),
        ),
        ui.card(_table(), flush=True),
    )


def _table() -> rx.Component:
    state = ConsentStatusState
    return ui.table(
        "Connections",
        [
            ui.Column(label="Connection", cell=_name),
            ui.Column(label="Consent", cell=lambda row: ui.status_badge(row.state, _BADGES)),
            ui.Column(label="Given by", cell=_who, phone=False),
            ui.Column(label="Given", cell=_at, quiet=True, phone=False),
            ui.Column(label="Actions", cell=_act, end=True, tight=True, hide_label=True),
        ],
        state.rows,
        loaded=state.loaded,
        empty=ui.empty(
            "handshake",
            "Nothing is connected yet",
            "Each connector and OAuth connection appears here with its consent.",
        ),
        href=lambda row: row.href,
        keep_scroll=True,
        pager=ui.Pager(previous=state.previous, next=state.next),
    )


def _name(row: rx.vars.ObjectVar[StatusRow]) -> rx.Component:
    return rx.fragment(row.name, rx.el.span(row.kind, class_name="hub-sub"))


def _who(row: rx.vars.ObjectVar[StatusRow]) -> rx.Component:
    return rx.cond(
        row.who != "",
        rx.fragment(row.who, rx.el.span(row.source, class_name="hub-sub")),
        rx.fragment("No one yet"),
    )


def _at(row: rx.vars.ObjectVar[StatusRow]) -> rx.Component:
    return rx.cond(
        row.at != "",
        rx.fragment(ui.time(row.at), rx.el.span(f"Policy version {row.version}", class_name="hub-sub")),
        rx.fragment("—"),
    )


def _act(row: rx.vars.ObjectVar[StatusRow]) -> rx.Component:
    """The one thing to do about it."""
    revoke = partial(_button, "Revoke", "danger-quiet", row, "revoke")
    chosen = rx.match(
        row.state,
        ("given", revoke()),
        (
            "outdated",
            rx.el.span(
                _button("Renew", "secondary", row, "give"), revoke(), class_name="hub-row hub-row-firm"
            ),
        ),
        ("revoked", _button("Give again", "secondary", row, "give")),
        _button("Give", "secondary", row, "give"),
    )
    return rx.cond(row.mine, rx.el.span(chosen, class_name="hub-above"))


def _button(
    label: str, kind: Literal["secondary", "danger-quiet"], row: rx.vars.ObjectVar[StatusRow], dialog: str
) -> rx.Component:
    named = {"aria-label": f"{label}: consent for {row.name}"}
    return ui.button(
        label, kind, small=True, on_click=ConsentStatusState.ask_about(dialog, row.id), attributes=named
    )


def renew_button() -> rx.Component:
    state = ConsentStatusState
    return rx.cond(
        (state.tab == "status") & (state.outdated.length() > 0),
        ui.button("Renew all", "primary", mark="refresh_cw", on_click=state.ask("renew")),
    )


def dialogs() -> rx.Component:
    return rx.fragment(_give(), _revoke(), _renew())


def _give() -> rx.Component:
    state = ConsentStatusState
    return ui.form_dialog(
        state,
        "give",
        ui.consent_field(state.subject_terms, of=state),
        title=f"Consent for {state.subject_name}",
        text="Hub records that you gave consent, and when. You can revoke it at any time.",
        on_submit=state.give,
        submit="Give consent",
    )


def _revoke() -> rx.Component:
    state = ConsentStatusState
    return ui.confirm(
        state,
        "revoke",
        f"Revoke consent for {state.subject_name}",
        text=STOPS,
        action="Revoke consent",
        on_confirm=state.revoke,
    )


def _item(name: rx.Var[str]) -> rx.Component:
    return rx.el.li(name)


def _renew() -> rx.Component:
    state = ConsentStatusState
    more = rx.cond(state.more_outdated > 0, rx.el.li(f"and {state.more_outdated} more"))
    names = rx.el.ul(rx.foreach(state.outdated, _item), more, class_name="hub-attempts")
    return ui.form_dialog(
        state,
        "renew",
        names,
        ui.consent_field(
            "Hub may continue to call all of these, under the terms of each connection.", of=state
        ),
        title="Renew consents",
        text="The policy has changed since consent was given for:",
        on_submit=state.renew_all,
        submit="Renew all",
    )
