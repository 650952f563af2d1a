"""Fields for texts, numbers and documents.

They are uncontrolled: `value` is what they start with. A list of fields that the server makes gives each a `key`, so that
none keeps another's text.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import reflex as rx

from hub_app.ui.components.button import icon_button
from hub_app.ui.components.fields.frame import Of, again, labelled, named, start
from hub_app.ui.elements import Flag, Text

InputType = Literal["text", "email", "url", "search", "tel", "datetime-local", "date"]


def text_field(  # noqa: PLR0913 - a component's arguments are its attributes
    name: Text,
    label: Text,
    *,
    value: Text | None = None,
    text: Text = "",
    of: Of = None,
    kind: InputType = "text",
    placeholder: Text = "",
    mono: bool = False,
    optional: Flag = False,
    auto_focus: bool = False,
    auto_complete: str = "off",
    suggestions: Sequence[str] | rx.Var[Any] | None = None,
    follows: tuple[str, Mapping[str, str]] | None = None,
    private: bool = False,
) -> rx.Component:
    """One line of text. `text` is the help below it; `mono` for URLs and ids. `suggestions` are offered while someone types.
    `follows` names another field, and what this one usually holds for each of its values, else nothing: it is filled in until
    someone enters something else. What is `private` may hold a secret, and is not kept over a sign-in.

    text_field("url", "URL", of=F, mono=True, text="Public https addresses only.")
    """
    known = f"{name}-known"
    props: dict[str, Any] = named(name, of, private=private) | (
        {} if suggestions is None else {"list": known}
    )
    if follows is not None:
        leader, usual = follows
        usual = {value.lower(): text for value, text in usual.items()}
        props["custom_attrs"] |= {"data-follows": leader, "data-usual": json.dumps(usual)}
    control = rx.el.input(
        type=kind,
        default_value=start(name, of, value),
        placeholder=placeholder,
        auto_focus=auto_focus,
        auto_complete=auto_complete,
        class_name="hub-input hub-mono" if mono else "hub-input",
        **props,
    )
    if suggestions is not None:
        words = rx.foreach(suggestions, lambda word: rx.el.option(value=word))
        control = rx.fragment(control, rx.el.datalist(words, id=known))
    if private:
        control = rx.fragment(control, again(name))
    return labelled(name, label, control, text=text, of=of, optional=optional)


def password_field(
    name: Text,
    label: Text,
    *,
    text: Text = "",
    of: Of = None,
    auto_complete: Literal["current-password", "new-password", "off"] = "current-password",
    placeholder: Text = "",
    optional: Flag = False,
) -> rx.Component:
    """A password or a credential: hidden, with an eye to show what is typed.

    password_field("password", "Password", auto_complete="new-password", text="At least 12 characters.")
    """
    control = rx.el.div(
        rx.el.input(
            type="password",
            placeholder=placeholder,
            auto_complete=auto_complete,
            class_name="hub-input",
            **named(name, of, private=True),
        ),
        icon_button(
            "eye", "Show what is typed", small=True, attributes={"data-eye": "", "aria-pressed": "false"}
        ),
        class_name="hub-with-eye",
    )
    control = rx.fragment(control, again(name))
    return labelled(name, label, control, text=text, of=of, optional=optional)


def number_field(  # noqa: PLR0913 - a component's arguments are its attributes
    name: Text,
    label: Text,
    *,
    value: Text | int | None = None,
    text: Text = "",
    of: Of = None,
    minimum: int | None = None,
    maximum: int | None = None,
    placeholder: Text = "",
    optional: Flag = False,
) -> rx.Component:
    """A whole number; it arrives as text, which the server checks.

    number_field("rate", "At most per second", value=50, minimum=1, of=F)
    """
    limits: dict[str, Any] = {
        key: str(limit) for key, limit in (("min", minimum), ("max", maximum)) if limit is not None
    }
    control = rx.el.input(
        type="number",
        input_mode="numeric",
        default_value=start(name, of, str(value) if isinstance(value, int) else value),
        placeholder=placeholder,
        class_name="hub-input hub-figures",
        **named(name, of),
        **limits,
    )
    return labelled(name, label, control, text=text, of=of, optional=optional)


def textarea_field(  # noqa: PLR0913 - a component's arguments are its attributes
    name: Text,
    label: Text,
    *,
    value: Text | None = None,
    text: Text = "",
    of: Of = None,
    rows: int = 4,
    placeholder: Text = "",
    mono: bool = False,
    optional: Flag = False,
    private: bool = False,
) -> rx.Component:
    """Several lines of text. What is `private` may hold a secret, and is not kept over a sign-in.

    textarea_field("data", "Payload", of=F, rows=10, mono=True)
    """
    control = rx.el.textarea(
        default_value=start(name, of, value),
        placeholder=placeholder,
        rows=str(rows),
        spell_check=not mono,
        class_name="hub-textarea hub-mono" if mono else "hub-textarea",
        **named(name, of, private=private),
    )
    if private:
        control = rx.fragment(control, again(name))
    return labelled(name, label, control, text=text, of=of, optional=optional)


def document_field(
    name: str, label: Text, *, accept: str, text: Text = "", of: Of = None, placeholder: Text = ""
) -> rx.Component:
    """A long text: pasted, or that of a file. The server fetches it piece by piece with `window.hub.piece`.

    document_field("document", "OpenAPI document", accept=".json,.yaml", of=Import)
    """
    attributes: dict[str, Any] = {"data-fills": name, "aria-label": f"{label}, as a file"}
    control = rx.el.div(
        rx.el.textarea(
            rows="10",
            placeholder=placeholder,
            spell_check=False,
            class_name="hub-textarea hub-mono",
            **named(name, of),
        ),
        rx.el.div(
            rx.el.span("or a file: ", class_name="hub-small hub-text-2"),
            rx.el.input(
                type="file", id=f"{name}-file", accept=accept, class_name="hub-file", custom_attrs=attributes
            ),
            class_name="hub-row",
        ),
        class_name="hub-stack-tight",
    )
    return labelled(name, label, control, text=text, of=of)
