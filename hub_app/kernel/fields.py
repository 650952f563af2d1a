"""Field types and the base of every input schema."""

import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, ClassVar, cast

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from hub_app.kernel.errors import BadRequest

# Sent by older clients, decided by the login: never read, but where a schema asks for it.
_IGNORED = ("user_id", "workspace_id")
# Half characters (surrogates) among them: JSON can hold one, no database can.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# Letters that show nothing (Hangul fillers, an empty Braille pattern): what they make looks like another name.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# Words of some scripts and many emoji need them; nothing else that cannot be seen is part of a name.
_JOINERS = "\u200c\u200d"
# An escape of its own, not the end of an escaped backslash.
_JSON_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def _no_control_characters(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("must not contain control characters")
    return value


def _composed(value: object) -> object:
    """One spelling of what looks the same (Unicode's NFC), before its length is judged."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _printable(value: str) -> str:
    kinds = {one: unicodedata.category(one) for one in value}
    if any(kind in {"Cc", "Zl", "Zp"} for kind in kinds.values()):
        raise ValueError("must be one line, without control characters")
    # Those that turn the direction of all that follows among them.
    if any(one in _FILLERS or (kind == "Cf" and one not in _JOINERS) for one, kind in kinds.items()):
        raise ValueError("must not contain characters that cannot be seen")
    if not any(kind[0] in "LNPS" for kind in kinds.values()):
        raise ValueError("must have a character that can be seen")
    return value


def _storable(value: JsonValue) -> JsonValue:
    """What both databases can keep as JSON: finite numbers, whole ones of 64 bits, no NUL, no half characters."""
    try:
        text = orjson.dumps(value)
    except TypeError as error:
        raise ValueError(_why_not(str(error))) from None
    if _JSON_NUL.search(text):
        raise ValueError("must not contain NUL characters")
    if b"null" in text and not _is_finite(value):
        # orjson writes null for them.
        raise ValueError("must not contain NaN or numbers too large to be kept, such as 1e999")
    return value


def _why_not(error: str) -> str:
    """Orjson's reason in plain words."""
    reasons = {
        "Integer": "must not contain whole numbers of more than 64 bits: send them as text",
        "surrogates": "must not contain unpaired surrogate characters",
        "Recursion": "must not be nested so deeply",
    }
    return next(
        (words for mark, words in reasons.items() if mark in error), f"cannot be kept as JSON: {error}"
    )


def _is_finite(value: JsonValue) -> bool:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case float() as number:
                if not math.isfinite(number):
                    return False
            case list() as parts:
                waiting += parts
            case dict() as parts:
                waiting += parts.values()
            case _:
                continue
    return True


def _is_half(value: object) -> bool:
    """Whether it is a text with half a character."""
    if not isinstance(value, str) or value.isascii():
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("must include a time zone, as in 2026-01-31T12:00:00Z")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be between the years 1 and 9999") from None


Text = Annotated[str, AfterValidator(_no_control_characters)]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_printable),
    BeforeValidator(_composed),
]
"""One line of any script."""
Json = Annotated[JsonValue, AfterValidator(_storable)]
Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""A time with a zone; it comes out in UTC."""


class Input(BaseModel):
    """What a caller sends: unknown fields are refused by name, half characters (surrogates) in any text."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _leave_out_the_ignored(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        given = cast("dict[object, object]", value)
        return {name: one for name, one in given.items() if name not in _IGNORED or name in cls.model_fields}

    @field_validator("*", mode="before")
    @classmethod
    def _whole_characters(cls, value: object) -> object:
        """JSON can hold halves, and pydantic lets them through; nothing beyond can. What lies deeper is of type Json."""
        given: object = value
        parts = cast("Iterable[object]", value if isinstance(value, list | dict) else ())
        if _is_half(given) or any(map(_is_half, parts)):
            raise ValueError("must not contain unpaired surrogate characters")
        return given


class Patch(Input):
    """A partial change: what was sent. A null clears the fields that `nullable` names; others cannot be null.

    Fields default to None, which stands for "not sent".
    """

    nullable: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*", mode="before")
    @classmethod
    def _null_only_where_it_clears(cls, value: object, info: ValidationInfo) -> object:
        if value is None and info.field_name not in cls.nullable:
            raise ValueError("must not be null. Leave it out to keep it as it is")
        return value

    def changes(self) -> dict[str, object]:
        """The fields to change, with their new values; BadRequest when there are none."""
        changes = self.model_dump(exclude_unset=True)
        if not changes:
            raise BadRequest("No fields to update")
        return changes

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        fields = handler.resolve_ref_schema(schema).get("properties", {})
        for name, field in fields.items():
            field.pop("default", None)
            if name not in cls.nullable and "anyOf" in field:
                fields[name] = _not_null(field)
        return schema


def _not_null(field: JsonSchemaValue) -> JsonSchemaValue:
    """A field's schema without the null that stands for "not sent"."""
    kinds = [kind for kind in field["anyOf"] if kind != {"type": "null"}]
    rest = {name: value for name, value in field.items() if name != "anyOf"}
    return {**kinds[0], **rest} if len(kinds) == 1 else {**rest, "anyOf": kinds}
