"""What the forms of an endpoint send, read as the schema of creating one."""

from collections.abc import Mapping
from typing import cast

from hub_app.ui.inputs import read, read_headers
from hub_app.webhooks.schemas import EndpointIn


def endpoint_of(data: object) -> EndpointIn:
    """Name, URL, events, retries, rate and description of a form; Invalid names the fields."""
    form = cast("Mapping[str, object]", data if isinstance(data, Mapping) else {})
    rate = str(form.get("rate_limit", "")).strip()
    events = [word.strip() for word in str(form.get("events", "")).split(",") if word.strip()]
    headers = read_headers(str(form.get("headers", "")))
    return read(EndpointIn, form, events=events, rate_limit=rate or None, headers=headers)
