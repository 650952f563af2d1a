"""HTML elements that Reflex has no component for: native forms, router links, Hub's custom elements (assets/hub/)."""

from typing import Any, TypeAlias

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML
from reflex_components_core.el.elements.forms import Form
from reflex_components_core.react_router.dom import ReactRouterLink

# An event handler of any arguments, an event, or a list of them; Reflex checks it when the page is built.
Action: TypeAlias = Any
# A rows Var, or what a state's class attribute looks like to a type checker.
Rows: TypeAlias = Any
# Pyright sees an item of an object as a Var of anything.
Text: TypeAlias = str | rx.Var[Any]
Child: TypeAlias = rx.Component | rx.Var[Any] | str
Flag: TypeAlias = bool | rx.Var[bool]


class NativeForm(BaseHTML):
    """A form that the browser sends itself. Reflex's own form never lets a native POST happen."""

    tag = "form"
    action: rx.Var[str]
    method: rx.Var[str]


def _what_is_typed(event: rx.vars.ObjectVar[Any]) -> tuple[rx.Var[dict[str, str]]]:
    """The whole form's data, from a change in any of its fields."""
    return (
        rx.Var(
            _js_expr=f"Object.fromEntries(new FormData({event!s}.currentTarget))", _var_type=dict[str, str]
        ),
    )


class LiveForm(Form):
    """A form whose `on_change` gets all of its data while someone types."""

    on_change: rx.EventHandler[_what_is_typed]


class NavLink(ReactRouterLink):
    """A link inside the app that has aria-current="page" on its page and on the pages below it."""

    tag = "NavLink"
    alias = "RouterNavLink"
    end: rx.Var[bool]


class CustomElement(BaseHTML):
    """A custom element: `hub-` and the tag. Reflex makes JavaScript names of tags, which a hyphen would break.

    CustomElement.create(tag="time")
    """

    def _get_tag_name(self) -> str:
        return f'"hub-{self.tag}"'


def join(*classes: str) -> str:
    """Class names without the empty ones."""
    return " ".join(name for name in classes if name)
