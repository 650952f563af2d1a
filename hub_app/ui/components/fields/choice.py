"""Fields for choices: one or several of what is offered, on or off."""

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from hub_app.ui.components.fields.frame import Of, below, group, invalid, labelled, named, start
from hub_app.ui.elements import Action, Child, CustomElement, Flag, Text


def select_field(
    name: Text,
    label: Text,
    options: Sequence[tuple[str, str]] | rx.Var[Any],
    *,
    value: Text | None = None,
    text: Text = "",
    of: Of = None,
    optional: Flag = False,
    on_change: Action | None = None,
) -> rx.Component:
    """One of several; options are (value, words). `on_change` takes the value, for what depends on the choice.

    select_field("retry", "Retries", [("exponential", "Exponential"), ("linear", "Linear")], of=F)
    """
    control = rx.el.select(
        *option_tags(options),
        default_value=start(name, of, value),
        class_name="hub-select",
        on_change=on_change,
        **named(name, of),
    )
    return labelled(name, label, control, text=text, of=of, optional=optional)


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
    name: Text, label: Text, *, on: Flag | None = None, text: Text = "", of: Of = None
) -> rx.Component:
    """On or off; it arrives as a bool.

    switch_field("enabled", "Enabled", of=F, text="Off keeps events waiting.")
    """
    has_help = isinstance(text, rx.Var) or text != ""
    return rx.el.div(
        rx.el.label(
            rx.el.input(
                id=name,
                name=name,
                type="checkbox",
                role="switch",
                default_checked=(start(name, of, None) != "") if on is None else on,
                class_name="hub-switch",
                custom_attrs={"aria-describedby": f"{name}-error"},
            ),
            rx.el.span(rx.el.span(label, id=f"{name}-label"), *([rx.el.small(text)] if has_help else [])),
            class_name="hub-switch-row",
        ),
        *below(name, "", of),
        class_name="hub-field hub-field-switch",
    )


def options_field(
    name: str,
    label: Text,
    rows: rx.Var[Any],
    entry: Callable[[Any], Child],
    *,
    value: Text = "",
    of: Of = None,
    text: Text = "",
) -> rx.Component:
    """One of a few, each as a card with a radio button. A row has a `value`; `entry` draws it. `value` is what is chosen at first.

    options_field("keep", "Record that stays", D.records, lambda row: rx.el.span(row.name), value="first", of=D)
    """
    cards = rx.foreach(
        rows,
        lambda row: rx.el.label(
            rx.el.input(
                type="radio",
                name=name,
                value=row.value,
                default_checked=row.value == value,
                class_name="hub-radio",
            ),
            entry(row),
            class_name="hub-side",
        ),
    )
    return group(name, label, rx.el.div(cards, class_name="hub-grid-2"), of=of, text=text)


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
    value: Text | None = None,
    suggestions: Text = "",
    text: Text = "",
    of: Of = None,
    optional: bool = False,
) -> rx.Component:
    """Several words with suggestions. `value`, `suggestions` and what is sent are words separated by commas.

    tags_field("events", "Events", of=F, suggestions=F.known_types, text="Empty means all.")
    """
    attributes: dict[str, Any] = {
        "data-name": name,
        "data-value": start(name, of, value),
        "data-suggestions": suggestions,
        "data-placeholder": "add…",
        "data-labelledby": f"{name}-label",
        "data-describedby": f"{name}-help {name}-error",
        **invalid(name, of),
    }
    control = CustomElement.create(tag="tags", id=name, class_name="hub-tags", custom_attrs=attributes)
    return labelled(name, label, control, text=text, of=of, optional=optional)


def checks_field(name: str, label: Text, options: rx.Var[Any], *, of: Of = None) -> rx.Component:
    """Several of many, each a box. `options` is a Var of (value, words, whether it is ticked) on the server.

    The box of a value arrives as `<name>:<value>`, when it is ticked.

    checks_field("scopes", "Scopes", Apps.scopes, of=Apps)
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
    return group(name, label, rx.el.div(boxes, class_name="hub-checks"), of=of)


def picks_field(
    name: str,
    label: Text,
    rows: rx.Var[Any],
    entry: Callable[[Any], Child],
    *,
    of: Of = None,
    text: Text = "",
) -> rx.Component:
    """Several of very many: a long list of boxes with a search, all and none. Each row has a `key` and whether it is
    `on`; `entry` draws it. The box of a row arrives as `<name>:<key>`, when it is ticked.

    picks_field("action", "Actions", New.proposed, lambda row: rx.el.span(row.name), of=New)
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
    return group(
        name,
        label,
        CustomElement.create(tag="picks", class_name="hub-picks", custom_attrs=attributes),
        rx.el.div(boxes, class_name="hub-checks hub-checks-long", id=f"{name}-list"),
        of=of,
        text=text,
    )
