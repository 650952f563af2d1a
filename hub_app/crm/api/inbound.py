"""Leads that come in by a private URL, and its key."""

from typing import Annotated, Any
from urllib.parse import parse_qsl
from uuid import UUID

import orjson
from fastapi import Path, Request
from pydantic import JsonValue

from hub_app.crm.schemas.importing import InboundKeyOut, LeadOut
from hub_app.crm.service import inbound
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.routes import router_of

router = router_of("/api/crm/inbound", "CRM")
keys = router_of("/api/crm/integrations", "CRM")
_MOST = 64 * 1024
_MOST_FIELDS = 200
_OBJECT = {"schema": {"type": "object", "additionalProperties": True}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": _OBJECT,
            "application/x-www-form-urlencoded": _OBJECT,
            "multipart/form-data": _OBJECT,
        },
    }
}


@router.post(
    "/{key}",
    summary="Send a lead",
    description="No token: the key in the URL says whose lead it is. Names such as `name`, `email`, `phone`, `event_date` and"
    " `message` are recognized; what is not stands in the notes. The same body within a day is the same lead.",
    status_code=202,
    openapi_extra=_BODY,
    max_body_size=_MOST,
)
async def send_lead(key: Annotated[str, Path(max_length=100)], request: Request) -> LeadOut:
    body, why = await _body(request)
    return await inbound.receive(key, body, unreadable=why)


async def _body(request: Request) -> tuple[JsonValue, str]:
    """What was sent, and why it cannot be read, "" where it can."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        async with request.form(max_files=10, max_fields=_MOST_FIELDS) as form:
            return {name: text for name, text in form.items() if isinstance(text, str)}, ""
    raw = await request.body()
    text = raw.decode(errors="replace").replace("\0", "")
    if kind == "application/x-www-form-urlencoded":
        found: dict[str, JsonValue] = {**dict(parse_qsl(text, max_num_fields=_MOST_FIELDS))}
        return (found, "") if found else (text, "It is an empty form.")
    try:
        body: JsonValue = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return text, "It is neither JSON nor a form."
    return (body, "") if isinstance(body, dict) else (body, "It is no JSON object.")


@keys.post(
    "/{integration_id}/inbound-key",
    summary="Make a new key for the inbound URL",
    description="It is shown this once. The one before ends at once.",
    status_code=201,
)
async def rotate_inbound_key(actor: CurrentActor, integration_id: UUID) -> InboundKeyOut:
    return await inbound.rotate_key(actor, integration_id)


@keys.delete("/{integration_id}/inbound-key", summary="Take no more leads", status_code=204)
async def end_inbound_key(actor: CurrentActor, integration_id: UUID) -> None:
    await inbound.end_key(actor, integration_id)
