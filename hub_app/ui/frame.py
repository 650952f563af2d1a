"""The parts of the frame that are the same on every page: sidebar, search, theme switch, user menu."""

from typing import Any

import reflex as rx
from reflex_base.style import set_color_mode

from hub_app.kernel.navigation import NavEntry
from hub_app.ui import nav
from hub_app.ui.activity import activity
from hub_app.ui.components.avatar import avatar
from hub_app.ui.components.menu import menu, menu_form_item, menu_link, menu_rule, menu_unavailable
from hub_app.ui.elements import NavLink, Text
from hub_app.ui.icons import icon
from hub_app.ui.session import SessionState, TenantChoice


@rx.memo
def sidebar() -> rx.Component:
    """Tenant, pages, and the switch that folds it."""
    return rx.el.header(
        rx.el.div(_tenant_button(), _tenant_menu(), class_name="hub-sidebar-top"),
        rx.el.nav(
            *(_group(group) for group in nav.groups()),
            class_name="hub-nav",
            custom_attrs={"aria-label": "Main"},
        ),
        rx.el.div(
            rx.el.button(
                icon("panel_left_close"),
                rx.el.span("Collapse"),
                type="button",
                title="Collapse the sidebar",
                class_name="hub-nav-entry hub-fold",
                custom_attrs={"data-fold": "", "aria-pressed": "false"},
            ),
            class_name="hub-sidebar-foot",
        ),
        class_name="hub-sidebar",
    )


def _tenant_button() -> rx.Component:
    attributes: dict[str, Any] = {
        "popoverTarget": "hub-tenants",
        "aria-haspopup": "menu",
        "aria-label": "Switch tenant",
    }
    return rx.el.button(
        avatar(SessionState.tenant_initials, tenant=True),
        rx.el.span(
            rx.el.span(SessionState.tenant_name, class_name="hub-strong hub-truncate"),
            rx.el.span(SessionState.tier_label, class_name="hub-tiny hub-faint"),
            class_name="hub-tenant-name",
        ),
        icon("chevrons_up_down"),
        type="button",
        class_name="hub-tenant",
        custom_attrs=attributes,
    )


def _tenant_menu() -> rx.Component:
    return menu(
        "hub-tenants",
        "Tenants",
        rx.foreach(SessionState.tenants, _tenant_choice),
        head=rx.el.span("Switch to", class_name="hub-tiny hub-faint"),
    )


def _tenant_choice(tenant: rx.vars.ObjectVar[TenantChoice]) -> rx.Component:
    def named(below: Text) -> list[rx.Component]:
        return [
            avatar(tenant.initials, tenant=True),
            rx.el.span(
                rx.el.span(tenant.name, class_name="hub-strong"),
                rx.el.span(below, class_name="hub-tiny hub-faint"),
                class_name="hub-tenant-name",
            ),
        ]

    return rx.cond(
        tenant.is_suspended,
        menu_unavailable(*named("Suspended")),
        menu_form_item(
            *named(tenant.role_label),
            rx.cond(tenant.id == SessionState.tenant_id, icon("check"), rx.fragment()),
            action="/auth/switch",
            fields={"tenant_id": tenant.id},
        ),
    )


def _group(group: nav.NavGroup) -> rx.Component:
    # A paragraph, not a heading: the page's outline begins with its h1.
    heading = [rx.el.p(group.label, class_name="hub-nav-label")] if group.label else []
    box = rx.el.div(*heading, *(_entry(entry) for entry in group.entries), class_name="hub-nav-group")
    return nav.shown_to(group.seen_by, box)


def _entry(entry: NavEntry) -> rx.Component:
    content = [icon(entry.icon), rx.el.span(entry.label), *_waiting(entry)]
    if entry.external:
        link = rx.el.a(*content, href=entry.href, reload_document=True, class_name="hub-nav-entry")
    else:
        link = NavLink.create(*content, to=entry.href, end=entry.href == "/", class_name="hub-nav-entry")
    return nav.shown_to(nav.entry_seen_by(entry), link)


def _waiting(entry: NavEntry) -> list[rx.Component]:
    """How many things wait on an entry's page."""
    if entry.waiting is None:
        return []
    count = SessionState.waiting.get(entry.href, "")
    unit = rx.el.span(" waiting", class_name="hub-hidden")
    return [rx.cond(count != "", rx.el.span(count, unit, class_name="hub-nav-count"))]


@rx.memo
def tools() -> rx.Component:
    """The right end of the top bar."""
    return rx.fragment(_search(), activity(), _theme_switch(), _user_button(), _user_menu())


def _search() -> rx.Component:
    attributes: dict[str, Any] = {
        "data-palette-open": "",
        "aria-label": "Search or jump to",
        "aria-haspopup": "dialog",
        "aria-keyshortcuts": "Control+K Meta+K",
    }
    return rx.el.button(
        icon("search"),
        rx.el.span("Search or jump to…"),
        rx.el.kbd("Ctrl K", class_name="hub-kbd"),
        type="button",
        class_name="hub-search",
        custom_attrs=attributes,
    )


def _theme_switch() -> rx.Component:
    mode = rx.color_mode
    following: Any = rx.match(mode, ("light", "dark"), ("dark", "system"), "light")
    label: Any = rx.match(
        mode,
        ("light", "Theme: light. Switch to dark"),
        ("dark", "Theme: dark. Switch to system theme"),
        "Theme: system. Switch to light",
    )
    return rx.el.button(
        rx.match(mode, ("light", icon("sun")), ("dark", icon("moon")), icon("monitor")),
        type="button",
        title=label,
        class_name="hub-button hub-button-ghost hub-button-icon",
        on_click=set_color_mode(following),
        custom_attrs={"aria-label": label},
    )


def _user_button() -> rx.Component:
    attributes: dict[str, Any] = {
        "popoverTarget": "hub-user",
        "aria-haspopup": "menu",
        "aria-label": "Your account",
    }
    return rx.el.button(
        avatar(SessionState.initials),
        type="button",
        class_name="hub-button hub-button-icon hub-user",
        custom_attrs=attributes,
    )


def _user_menu() -> rx.Component:
    return menu(
        "hub-user",
        "Your account",
        menu_link("Account", "/account", mark="circle_user"),
        menu_rule(),
        menu_form_item(icon("log_out"), rx.el.span("Sign out"), action="/auth/logout"),
        head=rx.fragment(
            rx.el.span(SessionState.name, class_name="hub-strong"),
            rx.el.span(SessionState.email, class_name="hub-small hub-text-2"),
            rx.el.span(SessionState.role_label, class_name="hub-small hub-faint"),
        ),
    )
