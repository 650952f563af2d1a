"""What the forms of an endpoint send, read as the schema of creating one."""

from collections.abc import Mapping
from typing import cast

from hub_app.kernel.errors import Invalid
from hub_app.ui.inputs import read
from hub_app.webhooks.schemas import EndpointIn

_MOST_LINES = 100


def endpoint_of(data: object) -> EndpointIn:
    """Name, URL, events, retries, rate and description of a form; Invalid names the fields."""
    form = cast("Mapping[str, object]", data if isinstance(data, Mapping) else {})
    rate = str(form.get("rate_limit", "")).strip()
    events = [word.strip() for word in str(form.get("events", "")).split(",") if word.strip()]
    headers = read_headers(str(form.get("headers", "")))
    return read(EndpointIn, form, events=events, rate_limit=rate or None, headers=headers)


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
