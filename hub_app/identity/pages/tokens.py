"""The API tokens page."""

import reflex as rx

from hub_app.identity.pages.scopes import scope_picker
from hub_app.identity.schemas import GRACE_HOURS_MAX
from hub_app.identity.state.tokens import LIFETIMES, TokenRow, TokensState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

_STATES: dict[str, tuple[str, ui.Tone]] = {
    "active": ("Active", "success"),
    "expires_soon": ("Expires soon", "warning"),
    "expired": ("Expired", "danger"),
    "off": ("Off", "neutral"),
}
_GRACE = [(str(GRACE_HOURS_MAX), "24 hours"), ("1", "1 hour"), ("0", "Ends now")]


def page_of_tokens() -> rx.Component:
    return page(
        "API tokens",
        "Keys with which your programs call Hub as you, with the permissions that you choose.",
        rx.cond(
            SessionState.is_admin,
            ui.tabs(
                "Whose tokens",
                rx.cond(TokensState.whose == "", "own", "everyone"),
                ("own", "Yours", "/developers/tokens"),
                ("everyone", "Everyone's", "/developers/tokens?of=everyone"),
            ),
        ),
        ui.card(_list(), flush=True),
        _create(),
        _made(),
        _rename(),
        _rotate(),
        _revoke(),
        actions=[
            ui.button(
                "Create token",
                "primary",
                mark="plus",
                on_click=TokensState.ask("create"),
                attributes=ui.opener(TokensState, "create"),
            )
        ],
        breadcrumb=[("Developers", "")],
    )


def _list() -> rx.Component:
    return ui.table(
        "API tokens",
        [
            ui.Column(label="Name", cell=_name),
            ui.Column(label="State", cell=_state),
            ui.Column(
                label="Scopes",
                cell=lambda row: rx.el.span(row.scopes, class_name="hub-mono hub-text-2"),
                phone=False,
            ),
            ui.Column(label="ID", cell=lambda row: ui.short_ident(row.id, row.name), phone=False),
            ui.Column(label="Last used", cell=lambda row: ui.time(row.last_used_at), quiet=True, phone=False),
            ui.Column(label="Expires", cell=lambda row: ui.time(row.expires_at), quiet=True),
            ui.Column(label="Actions", cell=_actions, end=True, tight=True, hide_label=True),
        ],
        TokensState.rows,
        loaded=TokensState.loaded,
        empty=ui.empty(
            "key_round",
            "No API tokens yet",
            "A token lets a program publish events or read your data through the REST API. Give it only the permissions that it needs.",
            ui.button(
                "Create token",
                "primary",
                on_click=TokensState.ask("create"),
                attributes=ui.opener(TokensState, "create"),
            ),
        ),
        pager=ui.Pager(previous=TokensState.previous, next=TokensState.next),
    )


def _name(row: rx.vars.ObjectVar[TokenRow]) -> rx.Component:
    return rx.fragment(
        row.name,
        rx.el.span(
            rx.el.span(row.hint, class_name="hub-mono"),
            rx.cond(TokensState.whose == "everyone", f" · {row.owner}", ""),
            class_name="hub-sub",
        ),
    )


def _state(row: rx.vars.ObjectVar[TokenRow]) -> rx.Component:
    return rx.el.div(
        ui.status_badge(row.state, _STATES),
        rx.cond(
            row.old_expires_at != "",
            rx.el.span("old secret ends ", ui.time(row.old_expires_at), class_name="hub-sub"),
        ),
    )


def _actions(row: rx.vars.ObjectVar[TokenRow]) -> rx.Component:
    name = f"token-{row.id}"
    own = rx.fragment(
        ui.menu_item(
            "Rotate",
            TokensState.ask_about("rotate", row.id),
            attributes=ui.opener(TokensState, "rotate", row.id),
            mark="refresh_cw",
        ),
        ui.menu_item(
            "Rename",
            TokensState.ask_about("rename", row.id),
            attributes=ui.opener(TokensState, "rename", row.id),
            mark="pencil",
        ),
        rx.cond(
            row.state == "off",
            ui.menu_item("Turn on", TokensState.turn(row.id, True), mark="play"),
            ui.menu_item("Turn off", TokensState.turn(row.id, False), mark="pause"),
        ),
    )
    return rx.el.span(
        ui.icon_button("ellipsis", f"Actions for {row.name}", small=True, opens=name),
        ui.menu(
            name,
            f"Actions for {row.name}",
            rx.cond(row.is_own, own),
            ui.menu_item("Revoke", TokensState.ask_about("revoke", row.id), mark="trash_2", danger=True),
        ),
    )


def _create() -> rx.Component:
    return ui.form_dialog(
        TokensState,
        "create",
        ui.text_field(
            "name",
            "Name",
            of=TokensState,
            auto_focus=True,
            text="For example, the program that uses it: Order system, CI bot.",
        ),
        ui.select_field("lifetime", "Expires after", list(LIFETIMES.items()), value="365", of=TokensState),
        scope_picker(TokensState),
        title="Create API token",
        text="It acts as you, with the permissions that you choose.",
        on_submit=TokensState.create,
        submit="Create token",
        size="wide",
    )


def _made() -> rx.Component:
    return ui.dialog(
        TokensState,
        "made",
        ui.new_secret(TokensState.made, what="API token"),
        title=TokensState.subject_name,
        text="Send it as Authorization: Bearer … with every call.",
    )


def _rename() -> rx.Component:
    return ui.form_dialog(
        TokensState,
        "rename",
        ui.text_field("name", "Name", of=TokensState, auto_focus=True),
        title=f"Rename {TokensState.subject_name}",
        text="Programs that use it are not affected.",
        on_submit=TokensState.rename,
        submit="Rename",
    )


def _rotate() -> rx.Component:
    return ui.form_dialog(
        TokensState,
        "rotate",
        ui.select_field("grace_hours", "Old secret keeps working for", _GRACE, of=TokensState),
        title=f"Rotate {TokensState.subject_name}",
        text="The token gets a new secret and a new expiry date. Replace the old secret before it stops working.",
        on_submit=TokensState.rotate,
        submit="Create new secret",
    )


def _revoke() -> rx.Component:
    return ui.confirm(
        TokensState,
        "revoke",
        f"Revoke {TokensState.subject_name}",
        text="Programs that use it are refused from their next call. This cannot be undone.",
        on_confirm=TokensState.revoke,
    )
