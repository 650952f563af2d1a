"""What pydantic found wrong with an input, in plain words: for REST's problem documents and the forms alike."""

import re
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from pydantic import BaseModel, StringConstraints, ValidationError

from hub_app.kernel.errors import FieldError, Invalid

In = TypeVar("In", bound=BaseModel)
T = TypeVar("T")
NO_SPACES = "may contain only letters A to Z, digits and punctuation, without spaces"
_PATTERNS: dict[str, str] = {}
_PLACES = {"body", "query", "path", "header", "cookie"}

_Context = Mapping[str, Any]
_WORDS: dict[str, Callable[[_Context], str]] = {
    "missing": lambda _: "is required",
    "extra_forbidden": lambda _: "is not a known field",
    "string_type": lambda _: "must be text",
    "string_too_short": lambda c: (
        "must not be empty" if c["min_length"] == 1 else f"must have at least {c['min_length']} characters"
    ),
    "string_too_long": lambda c: f"must have at most {c['max_length']} characters",
    "string_pattern_mismatch": lambda c: _PATTERNS[c["pattern"]],
    "int_type": lambda _: "must be a whole number",
    "int_parsing": lambda _: "must be a whole number",
    "int_from_float": lambda _: "must be a whole number",
    "float_type": lambda _: "must be a number",
    "float_parsing": lambda _: "must be a number",
    "bool_type": lambda _: "must be true or false",
    "bool_parsing": lambda _: "must be true or false",
    "greater_than": lambda c: f"must be greater than {c['gt']}",
    "greater_than_equal": lambda c: f"must be at least {c['ge']}",
    "less_than": lambda c: f"must be less than {c['lt']}",
    "less_than_equal": lambda c: f"must be at most {c['le']}",
    "enum": lambda c: f"must be one of {c['expected']}",
    "literal_error": lambda c: f"must be one of {c['expected']}",
    "list_type": lambda _: "must be a list",
    "too_short": lambda c: f"must have at least {c['min_length']} entries",
    "too_long": lambda c: f"must have at most {c['max_length']} entries",
    "dict_type": lambda _: "must be an object",
    "model_type": lambda _: "must be an object",
    "model_attributes_type": lambda _: "must be an object",
    "uuid_parsing": lambda _: "must be an id (a UUID)",
    "uuid_type": lambda _: "must be an id (a UUID)",
    "datetime_parsing": lambda _: "must be a time such as 2026-01-31T12:00:00Z",
    "datetime_from_date_parsing": lambda _: "must be a time such as 2026-01-31T12:00:00Z",
    "string_unicode": lambda _: "must not contain unpaired surrogate characters",
    "finite_number": lambda _: "must be a finite number",
    "url_parsing": lambda _: "must be a complete URL such as https://example.com/path",
    "url_scheme": lambda c: f"must be a URL that begins with {c['expected_schemes']}",
    "json_invalid": lambda c: f"is not valid JSON: {c['error']}",
    "value_error": lambda c: str(c["error"]),
    "assertion_error": lambda c: str(c["error"]),
}


def matching(pattern: str, words: str, *, most: int) -> StringConstraints:
    """Text that matches the pattern and has at most so many characters. `words` say to people what the pattern says.

    Annotated[str, matching(r"^[a-z]+$", "may contain only lowercase letters", most=64)]
    """
    _PATTERNS[pattern] = words
    shortest = None if re.match(pattern, "") else 1
    return StringConstraints(pattern=pattern, min_length=shortest, max_length=most)


def validated(schema: type[In], value: object) -> In:
    """The value as its schema. Raises Invalid."""
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        raise Invalid(field_errors(error.errors(include_url=False, include_input=False))) from None


class Refusals:
    """What is wrong with the parts of an input that are read one after the other: they are refused together.

    with refusals() as refused:
        headers = refused.part(lambda: read_headers(text), {})
        return read(EndpointIn, data, headers=headers)
    """

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def add(self, field: str, message: str) -> None:
        self.errors.append(FieldError(field, message))

    def part(self, read: Callable[[], T], instead: T) -> T:
        """What `read` returns; `instead`, to go on with, when it raises Invalid."""
        try:
            return read()
        except Invalid as error:
            self.errors += error.errors
            return instead

    def settle(self) -> None:
        """Raises Invalid when anything was refused, with the first message of each field."""
        if self.errors:
            raise Invalid(list({one.field: one for one in reversed(self.errors)}.values())[::-1])


@contextmanager
def refusals() -> Generator[Refusals]:
    """Raises Invalid at the end of the block with all that was refused in it; what the block raises itself comes last."""
    refused = Refusals()
    try:
        yield refused
    except Invalid as error:
        refused.errors += error.errors
    refused.settle()


@contextmanager
def renamed(name: Callable[[FieldError], str]) -> Generator[None]:
    """Give refused fields the names that the caller knows, such as a form's in place of its document's."""
    try:
        yield
    except Invalid as error:
        raise Invalid([FieldError(name(one), one.message) for one in error.errors]) from None


def field_errors(errors: Iterable[Mapping[str, Any]]) -> tuple[FieldError, ...]:
    """The refused fields of `ValidationError.errors()`: dotted paths as the caller sent them, rules in words."""
    return tuple(FieldError(_path(error["loc"]), _message(error)) for error in errors)


def _path(location: Iterable[str | int]) -> str:
    parts = [str(part) for part in location]
    if len(parts) > 1 and parts[0] in _PLACES:
        parts = parts[1:]
    return ".".join(parts)


def _message(error: Mapping[str, Any]) -> str:
    words = _WORDS.get(error["type"])
    if words is None:
        return str(error["msg"])
    return words(error.get("ctx") or {})
