"""The form that an action's parameters make: which control each has, and what the form sends as the values it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import orjson
from pydantic import JsonValue

from hub_app.connectors.calls import values
from hub_app.connectors.schemas.actions import Action, Parameter
from hub_app.kernel.errors import FieldError, Invalid

PREFIX = "params."
_WHERE = {"path": "Part of the path.", "query": "", "header": "Sent as a header.", "body": ""}
_CONTROLS = {"integer": "number", "number": "number", "boolean": "choice", "array": "json", "object": "json"}
_HINTS = {"array": "A list, as JSON.", "object": "An object, as JSON."}
_TYPE_WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


@dataclass(frozen=True)
class ParameterField:
    """A parameter in a form. `key` tells it from the same field of another form."""

    key: str
    name: str
    label: str
    control: str
    value: str
    text: str
    optional: bool
    options: list[tuple[str, str]]


def fields_of(
    action: Action, given: Mapping[str, JsonValue], *, form: str, templates: bool = False
) -> list[ParameterField]:
    """A field for each parameter, starting with its value in `given` or its default.

    With `templates` all are texts, which may hold references.
    """
    return [_field(one, given, form, templates=templates) for one in action.parameters]


def _field(one: Parameter, given: Mapping[str, JsonValue], form: str, *, templates: bool) -> ParameterField:
    control = _CONTROLS.get(one.type, "text")
    if templates and control != "json":
        control = "text"
    empty = [("", "Choose…" if one.required else "Leave out")]
    hints = [one.description, _HINTS.get(one.type, ""), _WHERE[one.place or "query"]]
    if templates and control == "text" and one.type != "string":
        hints.insert(1, f"{_TYPE_WORDS[one.type].capitalize()}, or a reference to one.")
    # A default stands for itself: in a plan it may change with the action.
    value = given.get(one.name, None if templates else one.default)
    return ParameterField(
        key=f"{form}:{one.name}",
        name=PREFIX + one.name,
        label=one.name,
        control=control,
        value=as_text(value),
        text=" ".join(hint for hint in hints if hint),
        optional=not one.required,
        options=[*empty, ("true", "true"), ("false", "false")],
    )


def as_text(value: JsonValue) -> str:
    """A value as it stands in its field."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def read_parameters(action: Action, data: object, *, templates: bool = False) -> dict[str, JsonValue]:
    """What a form made by `fields_of` sends, as an action takes it; empty fields are left out.

    Invalid names the fields whose text is not of their type.
    """
    form = cast("Mapping[str, object]", data if isinstance(data, Mapping) else {})
    found: dict[str, JsonValue] = {}
    errors: list[FieldError] = []
    for one in action.parameters:
        text = form.get(PREFIX + one.name, "")
        if not isinstance(text, str) or not text.strip():
            if one.required and one.default is None:
                errors.append(FieldError(PREFIX + one.name, "is required"))
            continue
        try:
            found[one.name] = _value(one, text, templates=templates)
        except ValueError as error:
            instead = ", or a reference such as {{ input.name }}" if templates else ""
            errors.append(FieldError(PREFIX + one.name, f"{error}{instead}"))
    if errors:
        raise Invalid(errors)
    return found


def _value(parameter: Parameter, text: str, *, templates: bool) -> JsonValue:
    """The text as a value of the parameter's type; ValueError with the rule."""
    alone = text.strip().startswith("{{") and text.strip().endswith("}}")
    if templates and parameter.type != "string" and (alone or (_is_single(parameter) and "{{" in text)):
        return text.strip()
    return values.converted(parameter.type, text)


def _is_single(parameter: Parameter) -> bool:
    return parameter.type not in {"array", "object"}
