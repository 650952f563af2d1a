"""What arrives with an event. Reflex passes on whatever a client sent, of any type: handlers read it through these."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

import orjson
from pydantic import BaseModel, JsonValue

from hub_app.kernel import outbound
from hub_app.kernel.errors import Invalid, NotFound
from hub_app.kernel.validation import refusals, validated

In = TypeVar("In", bound=BaseModel)
T = TypeVar("T")
_MOST_LINES = 100


def form_of(data: object) -> Mapping[str, Any]:
    """A form's data by the names of its fields; empty when it is none."""
    return cast("Mapping[str, Any]", data) if isinstance(data, Mapping) else {}


def read(schema: type[In], data: object, /, **more: object) -> In:
    """A form's data as its schema; fields that the schema does not have are left out. Invalid names the others.

    given = read(InvitationIn, data)
    """
    form = form_of(data)
    fields = {name: form[name] for name in schema.model_fields if name in form}
    return validated(schema, {**fields, **more})


async def with_urls(take: Callable[[], T], urls: Mapping[str, str]) -> T:
    """What `take` makes of a form. Where it raises Invalid, those of the `urls`, by their fields, that Hub would never call
    are named too: the service, which checks them, is not reached.
    """
    with refusals() as refused:
        try:
            return take()
        except Invalid as error:
            refused.errors += error.errors
            await outbound.check_urls({name: url.strip() for name, url in urls.items()})
            raise


def read_json(data: object, field: str, *, empty: str = "") -> JsonValue:
    """The JSON in a field; an empty one means the JSON `empty`, and is refused without it. Raises Invalid, by the field's
    name.
    """
    text = str(form_of(data).get(field, "")).strip() or empty
    if not text:
        raise Invalid.field(field, "must not be empty")
    try:
        return cast("JsonValue", orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise Invalid.field(field, f"is not valid JSON: {error}") from None


def read_words(text: object) -> list[str]:
    """Words that a `tags_field` sends, separated by commas."""
    return [word.strip() for word in str(text or "").split(",") if word.strip()]


def ticked(data: object, field: str) -> list[str]:
    """Which boxes of a `checks_field` or a `picks_field` are ticked."""
    prefix = f"{field}:"
    return [
        name.removeprefix(prefix)
        for name, on in form_of(data).items()
        if name.startswith(prefix) and is_on(on)
    ]


def is_on(value: object) -> bool:
    """Whether a switch or a box is on. One that is off is not sent, or sent as an empty text, or as what JavaScript has."""
    return value not in {None, False, "", "false", "False"}


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
