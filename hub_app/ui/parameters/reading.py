"""What a form of declared parameters sends, as the values it means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from pydantic import JsonValue

from hub_app.kernel import values
from hub_app.kernel.errors import FieldError, Invalid
from hub_app.ui.parameters import Declared
from hub_app.ui.parameters.fields import NULL, NULL_WORD, OMIT, PREFIX, as_text, may_be_omitted


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form says: the parameters it gives, and those it leaves out though they have a default."""

    params: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    omit: list[str] = field(default_factory=list[str])


def read_parameters(declared: Sequence[Declared], data: object) -> Filled:
    """What a form made by `fields_of` says. A default stands in its field: one that was emptied is left out.

    Invalid names the fields whose text is not of their type.
    """
    return _read(declared, data, templates=False)


def read_templates(declared: Sequence[Declared], data: object) -> Filled:
    """What a form made by `template_fields_of` says. Invalid names the fields whose text is not of their type."""
    return _read(declared, data, templates=True)


def _read(declared: Sequence[Declared], data: object, *, templates: bool) -> Filled:
    form = cast("Mapping[str, object]", data if isinstance(data, Mapping) else {})
    found, errors = Filled(), list[FieldError]()
    for one in declared:
        sent = form.get(PREFIX + one.name, "")
        text = sent if isinstance(sent, str) else ""
        try:
            if _says_otherwise(one, form, text, found, templates=templates):
                continue
            if text.strip():
                found.params[one.name] = _value(one, text, templates=templates)
            else:
                _leave_empty(one, text, found, templates=templates)
        except ValueError as error:
            instead = ", or a reference such as {{ input.name }}" if templates and text.strip() else ""
            errors.append(FieldError(PREFIX + one.name, f"{error}{instead}"))
    if errors:
        raise Invalid(errors)
    return found


def _says_otherwise(
    one: Declared, form: Mapping[str, object], text: str, found: Filled, *, templates: bool
) -> bool:
    """Whether a box makes it null or leaves it out; ValueError when that is not all that is said of it."""
    is_word = text == NULL_WORD and one.type == "boolean" and not templates
    is_null = one.nullable and (is_word or bool(form.get(NULL + one.name)))
    is_omitted = templates and may_be_omitted(one) and bool(form.get(OMIT + one.name))
    if is_null + is_omitted + bool(text.strip() and not is_word) > 1:
        raise ValueError("has a value although its box is ticked. Clear the field, or clear the box")
    if is_null:
        found.params[one.name] = None
    elif is_omitted:
        found.omit.append(one.name)
    return is_null or is_omitted


def _leave_empty(one: Declared, text: str, found: Filled, *, templates: bool) -> None:
    """Take a field without a value; ValueError when it needs one."""
    stands = one.default is not None and (templates or text == as_text(one.default))
    if one.required and not stands:
        raise ValueError("is required")
    if one.default is not None and not stands:
        found.omit.append(one.name)


def _value(parameter: Declared, text: str, *, templates: bool) -> JsonValue:
    """The text as a value of the parameter's type; ValueError with the rule."""
    alone = text.strip().startswith("{{") and text.strip().endswith("}}")
    is_single = parameter.type not in {"array", "object"}
    if templates and parameter.type != "string" and (alone or (is_single and "{{" in text)):
        return text.strip()
    return values.converted(parameter.type, text)
