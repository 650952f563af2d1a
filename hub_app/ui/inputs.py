"""What arrives with an event. Reflex passes on whatever a client sent, of any type: handlers read it through these."""

from collections.abc import Mapping
from typing import TypeVar, cast
from uuid import UUID

from pydantic import BaseModel, ValidationError

from hub_app.kernel.errors import Invalid, NotFound
from hub_app.kernel.validation import field_errors

In = TypeVar("In", bound=BaseModel)
_MOST_LINES = 100


def read(schema: type[In], data: object, /, **more: object) -> In:
    """A form's data as its schema; fields that the schema does not have are left out. Invalid names the others.

    given = read(InvitationIn, data)
    """
    form = cast("Mapping[str, object]", data if isinstance(data, Mapping) else {})
    fields = {name: form[name] for name in schema.model_fields if name in form}
    try:
        return schema.model_validate({**fields, **more})
    except ValidationError as error:
        raise Invalid(field_errors(error.errors(include_url=False, include_input=False))) from None


def read_id(value: object) -> UUID:
    """An id that a page sends back. NotFound when it is none."""
    try:
        return UUID(str(value))
    except ValueError:
        raise NotFound("This no longer exists. Reload the page.") from None


def read_optional_id(value: object) -> UUID | None:
    """An id that an address may carry; None when there is none, or it is none."""
    try:
        return UUID(str(value))
    except ValueError:
        return None


def read_headers(text: str) -> dict[str, str]:
    """Headers from lines of `Name: value`; Invalid names the line that is none."""
    found: dict[str, str] = {}
    for line in text.splitlines()[:_MOST_LINES]:
        name, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon or not name.strip():
            raise Invalid.field("headers", "must be lines of the form Name: value")
        found[name.strip()] = value.strip()
    return found


def header_lines(headers: Mapping[str, str]) -> str:
    """Headers as `read_headers` takes them."""
    return "\n".join(f"{name}: {value}" for name, value in headers.items())
