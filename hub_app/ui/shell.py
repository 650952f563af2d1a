"""What every page calls: `page` for people who are signed in, `auth_page` for signing in and setting up."""

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx
from reflex.event import EventCallback, EventHandler

from hub_app.ui.activity import ActivityState
from hub_app.ui.components.button import icon_button
from hub_app.ui.components.ident import ident
from hub_app.ui.components.skeleton import skeleton
from hub_app.ui.elements import Child, CustomElement, Text
from hub_app.ui.frame import sidebar, tools
from hub_app.ui.icons import brand, icon
from hub_app.ui.notices import notices
from hub_app.ui.palette import palette
from hub_app.ui.session import SessionState
from hub_app.ui.states import keep_in_memory

Load = EventHandler | EventCallback[()]


def add_page(
    app: rx.App,
    body: Callable[[], rx.Component],
    route: str,
    title: str,
    *loads: Load,
    name: Text | None = None,
) -> None:
    """Add a page for people who are signed in: first who they are, then `loads`, at last the jobs that run.

    The window's title is `title`, or on the page of one object its `name`, once that is known.

    add_page(app, page_of_endpoints, "/webhooks/endpoints", "Endpoints", Endpoints.load)
    """
    on_load = [SessionState.load, *loads, ActivityState.watch]
    window = f"{title} · Hub"
    if name is not None:
        window = rx.cond(name != "", f"{name} · Hub", window)
    app.add_page(body, route=route, title=window, on_load=on_load)


def add_entrance(app: rx.App, body: Callable[[], rx.Component], route: str, title: str, load: Load) -> None:
    """Add a page for those who are not signed in, whose address holds a secret, such as an invitation."""
    keep_in_memory(route)
    app.add_page(body, route=route, title=f"{title} · Hub", on_load=load)


def page(
    title: Text,
    description: Child,
    *body: Child,
    actions: Sequence[Child] = (),
    breadcrumb: Sequence[tuple[Text, Text]] = (),
    mark: str | rx.Component = "",
    badge: Child = "",
    id: Text = "",  # noqa: A002 - the word on the page
) -> rx.Component:
    """A page in Hub's frame. Body and actions appear once `Session.ready`; its `on_load` begins with Session.load.

    `breadcrumb` is (words, address) of what lies above the page, address "" for a mere heading; `mark` is an icon, or
    a `logo`, for the page of one object, `badge` its state, `id` what programs know it by.

    page("Endpoints", "Where Hub sends your events.", card(...), actions=[…], breadcrumb=[("Webhooks", "")])
    """
    whose: dict[str, Any] = {"data-person": SessionState.user_id, "data-tenant": SessionState.tenant_id}
    return rx.fragment(
        _skip_link(),
        rx.el.div(
            sidebar(),
            rx.el.div(class_name="hub-nav-scrim"),
            rx.el.div(
                rx.el.div(
                    icon_button(
                        "menu",
                        "Open the navigation",
                        attributes={"data-nav-open": "", "aria-expanded": "false"},
                        class_name="hub-menu-button",
                    ),
                    _breadcrumb(title, breadcrumb),
                    tools(),
                    class_name="hub-topbar",
                ),
                rx.el.main(
                    notices(),
                    _head(title, description, actions, mark, badge, id),
                    rx.cond(SessionState.ready, rx.el.div(*body, class_name="hub-body"), skeleton(6)),
                    class_name="hub-content",
                    tab_index=-1,
                    custom_attrs={"id": "hub-content"},
                ),
                class_name="hub-main",
            ),
            class_name="hub-frame",
        ),
        palette(),
        CustomElement.create(tag="page", custom_attrs=whose),
    )


def auth_page(title: Text, *body: Child, text: Child = "", foot: Child = "") -> rx.Component:
    """A card in the middle of the window: signing in, setting up, accepting an invitation.

    auth_page("Sign in", native_form(..., action="/auth/login", submit="Sign in"))
    """
    has_text = not isinstance(text, str) or text
    return rx.fragment(
        rx.el.main(
            brand(),
            rx.el.div(
                rx.el.div(
                    rx.el.h1(title, class_name="hub-title", tab_index=-1),
                    *([rx.el.p(text)] if has_text else []),
                    class_name="hub-auth-head",
                ),
                *body,
                class_name="hub-auth-card",
            ),
            rx.el.div(foot, class_name="hub-small hub-text-2"),
            class_name="hub-auth",
        ),
        CustomElement.create(tag="page"),
    )


def _skip_link() -> rx.Component:
    # As a document link: the router would change the address and leave the focus where it is.
    return rx.el.a("Skip to content", href="#hub-content", reload_document=True, class_name="hub-skip")


def _breadcrumb(title: Text, above: Sequence[tuple[Text, Text]]) -> rx.Component:
    items = [
        rx.el.li(rx.el.a(words, href=href) if isinstance(href, rx.Var) or href else rx.el.span(words))
        for words, href in above
    ]
    here = rx.el.li(rx.el.span(title, custom_attrs={"aria-current": "page"}))
    return rx.el.nav(
        rx.el.ol(*items, here), class_name="hub-crumbs", custom_attrs={"aria-label": "Breadcrumb"}
    )


def _head(
    title: Text,
    description: Child,
    actions: Sequence[Child],
    mark: str | rx.Component,
    badge: Child,
    id: Text,  # noqa: A002 - as in `page`
) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            *_mark(mark),
            rx.el.div(
                rx.el.div(rx.el.h1(title, class_name="hub-title", tab_index=-1), badge, class_name="hub-row"),
                rx.el.p(description),
                *([ident(id)] if isinstance(id, rx.Var) or id else []),
            ),
        ),
        rx.cond(SessionState.ready, rx.el.div(*actions, class_name="hub-actions"), rx.fragment())
        if actions
        else "",
        class_name="hub-page-head",
    )


def _mark(mark: str | rx.Component) -> list[rx.Component]:
    if isinstance(mark, rx.Component):
        return [mark]
    return [rx.el.div(icon(mark, size="large"), class_name="hub-page-mark")] if mark else []
