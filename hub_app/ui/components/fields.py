"""Form fields: label, control, help, and the server's message beside it.

`name` is the field's name, its id, and the key in `errors` (the FormState's dict). Fields are uncontrolled: `value` is
what they start with. A list of fields that the server makes gives each a `key`, so that none keeps another's text.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import reflex as rx

from hub_app.ui.components.button import icon_button
from hub_app.ui.components.theirs import Beside, choice_between
from hub_app.ui.elements import Action, Child, Flag, HubPicks, HubTags, Text

Errors = rx.vars.ObjectVar[dict[str, str]] | dict[str, str] | Beside | None
"""Messages by field, from a state, or written out on the style guide; `beside(State)` where others may edit as well."""
InputType = Literal["text", "email", "url", "search", "tel", "datetime-local", "date"]


def _message(name: Text, errors: Errors) -> Text:
    found: Any = errors.errors if isinstance(errors, Beside) else errors
    return "" if errors is None else found.get(name, "")


def _described(name: Text, errors: Errors) -> dict[str, Any]:
    attributes: dict[str, Any] = {"aria-describedby": f"{name}-help {name}-error"}
    if errors is not None:
        attributes["aria-invalid"] = rx.cond(_message(name, errors) != "", "true", "false")
    return attributes


def _below(name: Text, text: Text, errors: Errors) -> list[rx.Component]:
    # Always there: a live region speaks reliably only when it existed before its words.
    place: dict[str, Any] = {"data-error-for": name, "role": "alert", "id": f"{name}-error"}
    has_help = isinstance(text, rx.Var) or text != ""
    return [
        rx.el.p(_message(name, errors), class_name="hub-error", custom_attrs=place),
        *([rx.el.p(text, class_name="hub-help", custom_attrs={"id": f"{name}-help"})] if has_help else []),
        *([choice_between(name, errors)] if isinstance(errors, Beside) else []),
    ]


def _label(name: Text, label: Text, *, optional: Flag) -> rx.Component:
    said = rx.el.span(" (optional)", class_name="hub-optional")
    mark = [rx.cond(optional, said)] if isinstance(optional, rx.Var) else [said] if optional else []
    return rx.el.label(label, *mark, html_for=name, custom_attrs={"id": f"{name}-label"})


def _field(
    name: Text, label: Text, control: Child, *, text: Text, errors: Errors, optional: Flag = False
) -> rx.Component:
    return rx.el.div(
        _label(name, label, optional=optional), control, *_below(name, text, errors), class_name="hub-field"
    )


def notes(name: str, label: Text, *, errors: Errors) -> rx.Component:
    """What a field would have below it, for several fields that make up one setting. `label` names them.

    notes("parameters", "Parameters", errors=beside(F))
    """
    return rx.el.div(
        rx.el.span(label, id=f"{name}-label", class_name="hub-hidden"), *_below(name, "", errors)
    )


def text_field(  # noqa: PLR0913 - a component's arguments are its attributes
    name: Text,
    label: Text,
    *,
    value: Text = "",
    text: Text = "",
    errors: Errors = None,
    kind: InputType = "text",
    placeholder: Text = "",
    mono: bool = False,
    optional: Flag = False,
    auto_focus: bool = False,
    auto_complete: str = "off",
    suggestions: Sequence[str] | rx.Var[Any] | None = None,
) -> rx.Component:
    """One line of text. `text` is the help below it; `mono` for URLs and ids. `suggestions` are offered while someone types.

    text_field("url", "URL", value=F.url, errors=F.errors, mono=True, text="Public https addresses only.")
    """
    known = f"{name}-known"
    props: dict[str, Any] = {} if suggestions is None else {"list": known}
    control = rx.el.input(
        id=name,
        name=name,
        type=kind,
        default_value=value,
        placeholder=placeholder,
        auto_focus=auto_focus,
        auto_complete=auto_complete,
        class_name="hub-input hub-mono" if mono else "hub-input",
        custom_attrs=_described(name, errors),
        **props,
    )
    if suggestions is not None:
        words = rx.foreach(suggestions, lambda word: rx.el.option(value=word))
        control = rx.fragment(control, rx.el.datalist(words, id=known))
    return _field(name, label, control, text=text, errors=errors, optional=optional)


def password_field(
    name: str,
    label: Text,
    *,
    text: Text = "",
    errors: Errors = None,
    auto_complete: Literal["current-password", "new-password", "off"] = "current-password",
    placeholder: Text = "",
    optional: bool = False,
) -> rx.Component:
    """A password or a credential: hidden, with an eye to show what is typed.

    password_field("password", "Password", auto_complete="new-password", text="At least 12 characters.")
    """
    control = rx.el.div(
        rx.el.input(
            id=name,
            name=name,
            type="password",
            placeholder=placeholder,
            auto_complete=auto_complete,
            class_name="hub-input",
            custom_attrs=_described(name, errors),
        ),
        icon_button(
            "eye", "Show what is typed", small=True, attributes={"data-eye": "", "aria-pressed": "false"}
        ),
        class_name="hub-with-eye",
    )
    return _field(name, label, control, text=text, errors=errors, optional=optional)


def number_field(  # noqa: PLR0913 - a component's arguments are its attributes
    name: Text,
    label: Text,
    *,
    value: Text | int | rx.Var[int] = "",
    text: Text = "",
    errors: Errors = None,
    minimum: int | None = None,
    maximum: int | None = None,
    placeholder: Text = "",
    optional: Flag = False,
) -> rx.Component:
    """A whole number; it arrives as text, which the server checks.

    number_field("rate", "At most per second", value=50, minimum=1, errors=F.errors)
    """
    limits: dict[str, Any] = {
        key: str(limit) for key, limit in (("min", minimum), ("max", maximum)) if limit is not None
    }
    control = rx.el.input(
        id=name,
        name=name,
        type="number",
        input_mode="numeric",
        default_value=value.to(str) if isinstance(value, rx.Var) else str(value),
        placeholder=placeholder,
        class_name="hub-input hub-figures",
        custom_attrs=_described(name, errors),
        **limits,
    )
    return _field(name, label, control, text=text, errors=errors, optional=optional)


def textarea_field(  # noqa: PLR0913 - a component's arguments are its attributes
    name: Text,
    label: Text,
    *,
    value: Text = "",
    text: Text = "",
    errors: Errors = None,
    rows: int = 4,
    placeholder: Text = "",
    mono: bool = False,
    optional: Flag = False,
) -> rx.Component:
    """Several lines of text.

    textarea_field("data", "Payload", value=F.data, errors=F.errors, rows=10, mono=True)
    """
    control = rx.el.textarea(
        id=name,
        name=name,
        default_value=value,
        placeholder=placeholder,
        rows=str(rows),
        spell_check=not mono,
        class_name="hub-textarea hub-mono" if mono else "hub-textarea",
        custom_attrs=_described(name, errors),
    )
    return _field(name, label, control, text=text, errors=errors, optional=optional)


def select_field(
    name: Text,
    label: Text,
    options: Sequence[tuple[str, str]] | rx.Var[Any],
    *,
    value: Text = "",
    text: Text = "",
    errors: Errors = None,
    optional: Flag = False,
    on_change: Action | None = None,
) -> rx.Component:
    """One of several; options are (value, words). `on_change` takes the value, for what depends on the choice.

    select_field("retry", "Retries", [("exponential", "Exponential"), ("linear", "Linear")], value=F.retry)
    """
    props: dict[str, Any] = {} if on_change is None else {"on_change": on_change}
    control = rx.el.select(
        *option_tags(options),
        id=name,
        name=name,
        default_value=value,
        class_name="hub-select",
        custom_attrs=_described(name, errors),
        **props,
    )
    return _field(name, label, control, text=text, errors=errors, optional=optional)


def option_tags(options: Sequence[tuple[str, str]] | rx.Var[Any]) -> list[rx.Component]:
    """The options of a select, from the page or from the server."""
    if isinstance(options, rx.Var):
        return [
            rx.foreach(
                options.to(list[tuple[str, str]]), lambda option: rx.el.option(option[1], value=option[0])
            )
        ]
    return [rx.el.option(words, value=value) for value, words in options]


def switch_field(
    name: Text, label: Text, *, on: Flag = False, text: Text = "", errors: Errors = None
) -> rx.Component:
    """On or off; it arrives as a bool.

    switch_field("enabled", "Enabled", on=F.enabled, text="Off keeps events waiting.")
    """
    has_help = isinstance(text, rx.Var) or text != ""
    return rx.el.div(
        rx.el.label(
            rx.el.input(
                id=name,
                name=name,
                type="checkbox",
                role="switch",
                default_checked=on,
                class_name="hub-switch",
                custom_attrs={"aria-describedby": f"{name}-error"},
            ),
            rx.el.span(rx.el.span(label, id=f"{name}-label"), *([rx.el.small(text)] if has_help else [])),
            class_name="hub-switch-row",
        ),
        *_below(name, "", errors),
        class_name="hub-field hub-field-switch",
    )


def check_field(name: Text, label: Text, *, on: Flag = False) -> rx.Component:
    """One box with its words beside it. It arrives as "on", or not at all.

    check_field("required", "Required", on=row.required)
    """
    return rx.el.label(
        rx.el.input(type="checkbox", name=name, default_checked=on, class_name="hub-check"),
        rx.el.span(label),
        class_name="hub-check-row",
    )


def tags_field(
    name: str,
    label: Text,
    *,
    value: Text = "",
    suggestions: Text = "",
    text: Text = "",
    errors: Errors = None,
    placeholder: str = "add…",
    optional: bool = False,
) -> rx.Component:
    """Several words with suggestions. `value`, `suggestions` and what is sent are words separated by commas.

    tags_field("events", "Events", value=F.events, suggestions=F.known_types, text="Empty means all.")
    """
    attributes: dict[str, Any] = {
        "data-name": name,
        "data-value": value,
        "data-suggestions": suggestions,
        "data-placeholder": placeholder,
        "data-labelledby": f"{name}-label",
        "data-describedby": f"{name}-help {name}-error",
    }
    if errors is not None:
        attributes["aria-invalid"] = rx.cond(_message(name, errors) != "", "true", "false")
    control = HubTags.create(id=name, class_name="hub-tags", custom_attrs=attributes)
    return _field(name, label, control, text=text, errors=errors, optional=optional)


def checks_field(
    name: str, label: Text, options: rx.Var[Any], *, text: Text = "", errors: Errors = None
) -> rx.Component:
    """Several of many, each a box. `options` is a Var of (value, words, whether it is ticked) on the server.

    The box of a value arrives as `<name>:<value>`, when it is ticked.

    checks_field("scopes", "Scopes", Apps.scopes, errors=Apps.errors)
    """
    boxes = rx.foreach(
        options.to(list[tuple[str, str, bool]]),
        lambda option: rx.el.label(
            rx.el.input(
                type="checkbox",
                name=f"{name}:{option[0]}",
                default_checked=option[2],
                class_name="hub-checkbox",
            ),
            rx.el.span(rx.el.span(option[0], class_name="hub-mono hub-break"), rx.el.small(option[1])),
        ),
    )
    return rx.el.fieldset(
        rx.el.legend(label),
        rx.el.div(boxes, class_name="hub-checks"),
        *_below(name, text, errors),
        class_name="hub-field",
    )


def picks_field(
    name: str,
    label: Text,
    rows: rx.Var[Any],
    entry: Callable[[Any], Child],
    *,
    errors: Errors = None,
    text: Text = "",
) -> rx.Component:
    """Several of very many: a long list of boxes with a search, all and none. Each row has a `key` and whether it is
    `on`; `entry` draws it. The box of a row arrives as `<name>:<key>`, when it is ticked.

    picks_field("action", "Actions", New.proposed, lambda row: rx.el.span(row.name), errors=New.errors)
    """
    attributes: dict[str, Any] = {"data-list": f"{name}-list"}
    boxes = rx.foreach(
        rows,
        lambda row: rx.el.label(
            rx.el.input(
                type="checkbox", name=f"{name}:{row.key}", default_checked=row.on, class_name="hub-check"
            ),
            rx.el.span(entry(row)),
        ),
    )
    return rx.el.fieldset(
        rx.el.legend(label),
        HubPicks.create(class_name="hub-picks", custom_attrs=attributes),
        rx.el.div(boxes, class_name="hub-checks hub-checks-long", id=f"{name}-list"),
        *_below(name, text, errors),
        class_name="hub-field",
    )


def document_field(
    name: str, label: Text, *, accept: str, text: Text = "", errors: Errors = None, placeholder: Text = ""
) -> rx.Component:
    """A long text: pasted, or that of a file. The server fetches it piece by piece with `window.hub.piece`.

    document_field("document", "OpenAPI document", accept=".json,.yaml", errors=Import.errors)
    """
    attributes: dict[str, Any] = {"data-fills": name, "aria-label": f"{label}, as a file"}
    control = rx.el.div(
        rx.el.textarea(
            id=name,
            name=name,
            rows="10",
            placeholder=placeholder,
            spell_check=False,
            class_name="hub-textarea hub-mono",
            custom_attrs=_described(name, errors),
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
    return _field(name, label, control, text=text, errors=errors)
