"""What someone else made of a field while it was being edited here, and the choice between the two."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from hub_app.ui.components.button import button
from hub_app.ui.elements import Action, Rows, Text


@dataclass(frozen=True)
class Beside:
    """What stands beside the fields of a form that others may edit too: messages, and theirs, by the fields' names.

    `keep` and `use` take the field's name.
    """

    errors: Rows
    theirs: Rows
    keep: Action
    use: Action


def beside(state: Any) -> Beside:
    """Of a state with `hub_app.ui.edits.EditState`.

    text_field("name", "Name", value=F.name, errors=beside(F))
    """
    return Beside(state.errors, state.theirs, state.keep_mine, state.use_theirs)


def choice_between(name: Text, of: Beside) -> rx.Component:
    """The other value with its two buttons, as long as nobody has chosen."""
    said = f"{name}-theirs"
    # A screen reader that comes to a button hears which field it is about, and what the other value is.
    about: dict[str, Any] = {"aria-describedby": f"{name}-label {said}"}
    group: dict[str, Any] = {"aria-labelledby": f"{name}-label {said}-title"}
    return rx.cond(
        of.theirs.contains(name),
        rx.el.div(
            rx.el.p("Changed meanwhile to:", id=f"{said}-title", class_name="hub-strong"),
            rx.el.p(of.theirs.get(name, ""), id=said, class_name="hub-theirs-value"),
            rx.el.div(
                button("Keep mine", small=True, on_click=of.keep(name), attributes=about),
                button("Use theirs", small=True, on_click=of.use(name), attributes=about),
                class_name="hub-row",
            ),
            role="group",
            class_name="hub-theirs",
            custom_attrs=group,
        ),
    )
