"""HTML elements that Reflex has no component for: native forms, router links, Hub's custom elements (assets/hub/)."""

from typing import Any, TypeAlias

import reflex as rx
from reflex.event import EventType
from reflex_components_core.el.elements.base import BaseHTML
from reflex_components_core.react_router.dom import ReactRouterLink

Action: TypeAlias = EventType[Any]
Text = str | rx.Var[str]
Child = rx.Component | rx.Var | str
Flag = bool | rx.Var[bool]


class NativeForm(BaseHTML):
    """A form that the browser sends itself. Reflex's own form never lets a native POST happen."""

    tag = "form"
    action: rx.Var[str]
    method: rx.Var[str]


class NavLink(ReactRouterLink):
    """A link inside the app that has aria-current="page" on its page and on the pages below it."""

    tag = "NavLink"
    alias = "RouterNavLink"
    end: rx.Var[bool]


class CustomElement(BaseHTML):
    """A custom element: `hub-` and the tag. Reflex makes JavaScript names of tags, which a hyphen would break."""

    def _get_tag_name(self) -> str:
        return f'"hub-{self.tag}"'


class HubPage(CustomElement):
    tag = "page"


class HubTime(CustomElement):
    tag = "time"


class HubCode(CustomElement):
    tag = "code"


class HubTags(CustomElement):
    tag = "tags"


def join(*classes: str) -> str:
    """Class names without the empty ones."""
    return " ".join(name for name in classes if name)
