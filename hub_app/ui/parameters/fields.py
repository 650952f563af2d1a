"""The fields that declared parameters make: which control each has, and what it starts with."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import orjson
from pydantic import JsonValue

from hub_app.ui.parameters import Declared

PREFIX = "params."
NULL = "null."
OMIT = "omit."
_CONTROLS = {"integer": "number", "number": "number", "boolean": "choice", "array": "json", "object": "json"}
_HINTS = {"array": "A list, as JSON.", "object": "An object, as JSON."}
_TYPE_WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}
NULL_WORD = "null"
_SHOWN_DEFAULT = 200


@dataclass(frozen=True)
class ParameterField:
    """A parameter in a form. `key` tells it from the same field of another form. `null` and `omit` are the names of the
    boxes beside it, "" where there are none.
    """

    key: str
    name: str
    label: str
    control: str
    value: str
    text: str
    optional: bool
    options: list[tuple[str, str]]
    null: str
    is_null: bool
    omit: str
    is_omitted: bool


def fields_of(
    declared: Sequence[Declared], given: Mapping[str, JsonValue] | None, *, form: str
) -> list[ParameterField]:
    """A field for each parameter, starting with its value in `given`, or with its default when nothing is given."""
    values = {one.name: one.default for one in declared} if given is None else given
    return [_field(one, values, form, is_null=given is not None) for one in declared]


def template_fields_of(
    declared: Sequence[Declared], given: Mapping[str, JsonValue], omit: Collection[str], *, form: str
) -> list[ParameterField]:
    """A field for each parameter, as a text which may hold references. Defaults stand for themselves: they may change with
    the declaration.
    """
    fields = [_field(one, given, form, is_null=True) for one in declared]
    return [
        replace(
            made,
            control="json" if made.control == "json" else "text",
            text=_text_of(one, templates=True),
            null=_null_of(one),
            omit=OMIT + one.name if may_be_omitted(one) else "",
            is_omitted=one.name in omit,
        )
        for one, made in zip(declared, fields, strict=True)
    ]


def _field(one: Declared, values: Mapping[str, JsonValue], form: str, *, is_null: bool) -> ParameterField:
    control = _CONTROLS.get(one.type, "text")
    is_null = is_null and one.nullable and values.get(one.name, "") is None
    options = [("", "Choose…" if one.required else "Omit"), ("true", "true"), ("false", "false")]
    if one.nullable:
        options.append((NULL_WORD, NULL_WORD))
    chosen = control == "choice"
    return ParameterField(
        key=f"{form}:{one.name}",
        name=PREFIX + one.name,
        label=one.name,
        control=control,
        value=NULL_WORD if is_null and chosen else as_text(values.get(one.name)),
        text=_text_of(one, templates=False),
        optional=not one.required,
        options=options,
        null="" if chosen else _null_of(one),
        is_null=is_null,
        omit="",
        is_omitted=False,
    )


def _null_of(one: Declared) -> str:
    """The box that makes it null."""
    return NULL + one.name if one.nullable else ""


def may_be_omitted(one: Declared) -> bool:
    """Whether leaving it out is something else than not giving it."""
    return one.default is not None and not one.required


def _text_of(one: Declared, *, templates: bool) -> str:
    hints = [one.description, _HINTS.get(one.type, ""), one.hint]
    if templates and one.type in _TYPE_WORDS:
        hints.insert(1, f"{_TYPE_WORDS[one.type].capitalize()}, or a reference to one.")
    if templates and one.default is not None:
        hints.append(f"Leave empty to send the default: {_shortened(one.default)}.")
    elif may_be_omitted(one):
        hints.append("Leave empty to omit it.")
    if one.api_default is not None:
        hints.append(f"The API's own default: {_shortened(one.api_default)}.")
    # A description is whatever an API's author wrote, often without a full stop.
    return " ".join(
        hint if hint.endswith((".", "!", "?", ":", "…")) else f"{hint}." for hint in hints if hint
    )


def _shortened(value: JsonValue) -> str:
    text = as_text(value) or '""'
    return text if len(text) <= _SHOWN_DEFAULT else f"{text[:_SHOWN_DEFAULT]}…"


def as_text(value: JsonValue) -> str:
    """A value as it stands in its field."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
