"""The API tokens page."""

import reflex as rx

from hub_app.identity.pages.scopes import scope_picker
from hub_app.identity.schemas import GRACE_HOURS_MAX
from hub_app.identity.state.tokens import LIFETIMES, TokenRow, Tokens
from hub_app.ui.components import (
    Column,
    Pager,
    button,
    card,
    confirm,
    dialog,
    empty,
    form_dialog,
    icon_button,
    menu,
    menu_item,
    new_secret,
    select_field,
    status_badge,
    table,
    tabs,
    text_field,
    time,
)
from hub_app.ui.components.badge import Tone
from hub_app.ui.session import Session
from hub_app.ui.shell import page

_STATES: dict[str, tuple[str, Tone]] = {
    "active": ("Active", "success"),
    "expires_soon": ("Expires soon", "warning"),
    "expired": ("Expired", "danger"),
    "off": ("Off", "neutral"),
}
_GRACE = [(str(GRACE_HOURS_MAX), "24 hours"), ("1", "1 hour"), ("0", "Not at all")]


def page_of_tokens() -> rx.Component:
    return page(
        "API tokens",
        "Keys with which your programs call Hub, as you and with the rights you give them.",
        rx.cond(
            Session.is_admin,
            tabs(
                "Whose tokens",
                rx.cond(Tokens.whose == "", "own", "everyone"),
                ("own", "Yours", "/developers/tokens"),
                ("everyone", "Everyone's", "/developers/tokens?of=everyone"),
            ),
        ),
        card(_list(), flush=True),
        _create(),
        _made(),
        _rename(),
        _rotate(),
        _revoke(),
        actions=[button("Create token", "primary", mark="plus", on_click=Tokens.ask_create)],
        breadcrumb=[("Developers", "")],
    )


def _list() -> rx.Component:
    return table(
        "API tokens",
        [
            Column(label="Name", cell=_name),
            Column(label="State", cell=_state),
            Column(label="Scopes", cell=_scopes, phone=False),
            Column(label="Last used", cell=lambda row: time(row.last_used_at), quiet=True, phone=False),
            Column(label="Expires", cell=lambda row: time(row.expires_at), quiet=True),
            Column(label="Actions", cell=_actions, end=True, tight=True, hide_label=True),
        ],
        Tokens.rows,
        loaded=Tokens.loaded,
        empty=empty(
            "key_round",
            "No API tokens yet",
            "A token lets a program publish events or read your data over REST. Give it only what it needs.",
            button("Create token", "primary", on_click=Tokens.ask_create),
        ),
        pager=Pager(previous=Tokens.previous, next=Tokens.next),
    )


def _name(row: rx.vars.ObjectVar[TokenRow]) -> rx.Component:
    return rx.fragment(
        row.name,
        rx.el.span(
            rx.el.span(row.hint, class_name="hub-mono"),
            rx.cond(Tokens.whose == "everyone", f" · {row.owner}", ""),
            class_name="hub-sub",
        ),
    )


def _state(row: rx.vars.ObjectVar[TokenRow]) -> rx.Component:
    return rx.el.div(
        status_badge(row.state, _STATES),
        rx.cond(
            row.old_expires_at != "",
            rx.el.span("old secret ends ", time(row.old_expires_at), class_name="hub-sub"),
        ),
    )


def _scopes(row: rx.vars.ObjectVar[TokenRow]) -> rx.Component:
    return rx.el.span(row.scopes, class_name="hub-mono hub-text-2")


def _actions(row: rx.vars.ObjectVar[TokenRow]) -> rx.Component:
    name = f"token-{row.id}"
    own = rx.fragment(
        menu_item("Rotate", Tokens.ask_rotate(row.id), mark="refresh_cw"),
        menu_item("Rename", Tokens.ask_rename(row.id), mark="pencil"),
        rx.cond(
            row.state == "off",
            menu_item("Turn on", Tokens.turn(row.id, True), mark="play"),
            menu_item("Turn off", Tokens.turn(row.id, False), mark="pause"),
        ),
    )
    return rx.el.span(
        icon_button("ellipsis", f"Actions for {row.name}", small=True, opens=name),
        menu(
            name,
            f"Actions for {row.name}",
            rx.cond(row.is_own, own),
            menu_item("Revoke", Tokens.ask_revoke(row.id), mark="trash_2", danger=True),
        ),
    )


def _create() -> rx.Component:
    return form_dialog(
        text_field(
            "name", "Name", errors=Tokens.errors, auto_focus=True, text="What uses it: Order system, CI bot."
        ),
        select_field("lifetime", "Expires after", list(LIFETIMES.items()), value="365", errors=Tokens.errors),
        scope_picker(Tokens.errors),
        title="Create API token",
        text="It acts as you, and may do what you may: no more than the scopes you choose.",
        open=Tokens.dialog == "create",
        on_open_change=Tokens.toggle,
        on_close=Tokens.close,
        on_submit=Tokens.create,
        submit="Create token",
        busy=Tokens.busy,
        wide=True,
    )


def _made() -> rx.Component:
    return dialog(
        new_secret(Tokens.made, what="API token"),
        title=Tokens.subject_name,
        text="Send it as Authorization: Bearer … with every call.",
        open=Tokens.dialog == "made",
        on_open_change=Tokens.toggle,
        on_close=Tokens.close,
        foot=(button("Done", "primary", on_click=Tokens.close),),
    )


def _rename() -> rx.Component:
    return form_dialog(
        text_field("name", "Name", value=Tokens.subject_name, errors=Tokens.errors, auto_focus=True),
        title=f"Rename {Tokens.subject_name}",
        text="Programs that use it notice nothing.",
        open=Tokens.dialog == "rename",
        on_open_change=Tokens.toggle,
        on_close=Tokens.close,
        on_submit=Tokens.rename,
        submit="Rename",
        busy=Tokens.busy,
    )


def _rotate() -> rx.Component:
    return form_dialog(
        select_field("grace_hours", "The old secret works for another", _GRACE, errors=Tokens.errors),
        title=f"Rotate {Tokens.subject_name}",
        text="The token gets a new secret and lives on for its usual time. Put the new one in place before the old one ends.",
        open=Tokens.dialog == "rotate",
        on_open_change=Tokens.toggle,
        on_close=Tokens.close,
        on_submit=Tokens.rotate,
        submit="Make a new secret",
        busy=Tokens.busy,
    )


def _revoke() -> rx.Component:
    return confirm(
        title=f"Revoke {Tokens.subject_name}?",
        text="Programs that use it are refused from their next call on. This cannot be undone.",
        action=f"Revoke {Tokens.subject_name}",
        open=Tokens.dialog == "revoke",
        on_open_change=Tokens.toggle,
        on_cancel=Tokens.close,
        on_confirm=Tokens.revoke,
        busy=Tokens.busy,
    )
