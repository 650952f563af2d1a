"""What stands around every form field: its label, its help, the server's message, and what others made of it meanwhile.

`name` is the field's name, its id, and the key in the state's `values` and `errors`. `of` is the state of the form.
"""

from typing import Any, TypeAlias

import reflex as rx

from hub_app.ui.components.button import button
from hub_app.ui.edits import CHOOSING, EditState
from hub_app.ui.elements import Child, CustomElement, Flag, Text
from hub_app.ui.guard import FormState

Of: TypeAlias = type[FormState] | None


def start(name: Text, of: Of, value: Text | None) -> Text:
    """What a field starts with: `value`, or what the form's state has for it."""
    if value is not None:
        return value
    return "" if of is None else of.values.get(name, "")


def message(name: Text, of: Of) -> Text:
    return "" if of is None else of.errors.get(name, "")


def named(name: Text, of: Of, *, private: bool = False) -> dict[str, Any]:
    """What every control has: its name, and what describes it. What is `private` is not kept over a sign-in."""
    attributes = {"aria-describedby": f"{name}-help {name}-error", **invalid(name, of)}
    if private:
        attributes |= {"aria-describedby": f"{name}-help {name}-error {name}-again", "data-private": ""}
    return {"id": name, "name": name, "custom_attrs": attributes}


def again(name: Text) -> rx.Component:
    """Where a private field says that it has to be entered again (assets/hub/kept.js)."""
    return CustomElement.create(tag="again", id=f"{name}-again", class_name="hub-again")


def invalid(name: Text, of: Of) -> dict[str, Any]:
    return {} if of is None else {"aria-invalid": rx.cond(message(name, of) != "", "true", "false")}


def below(name: Text, text: Text, of: Of) -> list[rx.Component]:
    # Always there: a live region speaks reliably only when it existed before its words.
    place: dict[str, Any] = {"data-error-for": name, "role": "alert", "id": f"{name}-error"}
    has_help = isinstance(text, rx.Var) or text != ""
    return [
        rx.el.p(message(name, of), class_name="hub-error", custom_attrs=place),
        *([rx.el.p(text, class_name="hub-help", custom_attrs={"id": f"{name}-help"})] if has_help else []),
        *([_choice_between(name, of)] if of is not None and issubclass(of, EditState) else []),
    ]


def labelled(
    name: Text, label: Text, control: Child, *, text: Text, of: Of, optional: Flag = False
) -> rx.Component:
    """A control with its label above and its help below."""
    said = rx.el.span(" (optional)", class_name="hub-optional")
    mark = [rx.cond(optional, said)] if isinstance(optional, rx.Var) else [said] if optional else []
    return rx.el.div(
        rx.el.label(label, *mark, html_for=name, custom_attrs={"id": f"{name}-label"}),
        control,
        *below(name, text, of),
        class_name="hub-field",
    )


def group(name: str, label: Text, *controls: Child, of: Of, text: Text = "") -> rx.Component:
    """Controls that make up one field, such as boxes to tick. What is wrong with it stands above them: they may be many.

    group("scopes", "Permissions", *boxes, of=F)
    """
    return rx.el.fieldset(
        rx.el.legend(label), *below(name, text, of), *controls, class_name="hub-field hub-field-group"
    )


def notes(name: str, label: Text, *, of: Of) -> rx.Component:
    """What a field would have below it, for several fields that make up one setting. `label` names them.

    notes("parameters", "Parameters", of=F)
    """
    return rx.el.div(rx.el.span(label, id=f"{name}-label", class_name="hub-hidden"), *below(name, "", of))


def _choice_between(name: Text, of: type[EditState]) -> rx.Component:
    """What someone else made of the field, with two buttons, for as long as nobody has chosen."""
    said = f"{name}-theirs"
    # A screen reader that comes to a button hears which field it is about, and what the other value is.
    about: dict[str, Any] = {"aria-describedby": f"{name}-label {said}"}
    group: dict[str, Any] = {"aria-labelledby": f"{name}-label {said}-title"}
    return rx.cond(
        of.theirs.contains(name),
        rx.el.div(
            rx.el.input(type="hidden", name=f"{CHOOSING}{name}", value="open"),
            rx.el.p("Someone else changed it to:", id=f"{said}-title", class_name="hub-strong"),
            rx.el.p(of.theirs.get(name, ""), id=said, class_name="hub-theirs-value"),
            rx.el.div(
                button("Keep mine", small=True, on_click=of.keep_mine(name), attributes=about),
                button("Use theirs", small=True, on_click=of.use_theirs(name), attributes=about),
                class_name="hub-row",
            ),
            role="group",
            class_name="hub-theirs",
            custom_attrs=group,
        ),
    )
