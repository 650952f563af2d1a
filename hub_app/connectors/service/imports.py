"""Importing an OpenAPI document: what it describes becomes a proposal to choose from. Nothing is saved here."""

from http import HTTPStatus
from typing import cast
from urllib.parse import urljoin

from pydantic import JsonValue

from hub_app.apiclient.call import request
from hub_app.apiclient.errors import ApiError
from hub_app.connectors.openapi import proposal, scalars, syntax
from hub_app.connectors.openapi.document import shortened
from hub_app.connectors.schemas.imports import ImportIn, ImportOut
from hub_app.connectors.service.lookup import WRITE
from hub_app.kernel import confined, outbound, threads
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import FieldError, Invalid

MAX_BYTES = scalars.MAX_BYTES
_TIMEOUT_SECONDS = 30.0
_READING_SECONDS = 60
_PART = "Import a part of it"
_STOPPED: dict[confined.Reason, str] = {
    "time": f"could not be read within {_READING_SECONDS} seconds. {_PART}",
    "memory": f"takes more memory to be read than there is for it. {_PART}",
    "data": f"takes more memory to be read than there is for it. {_PART}",
    "busy": "was not read: this tenant already has too many in progress. Try again later",
}
_HEADERS = {
    "accept": "application/vnd.oai.openapi, application/json, application/yaml, text/yaml;q=0.9, */*;q=0.5",
    "accept-encoding": "identity",
    "user-agent": "Hub/1.0",
}
_BY_HAND = "Download the document and give it as a file"
_AUTH_URLS = ("authorize_url", "token_url", "revoke_url")


async def read_document(actor: Actor, given: ImportIn) -> ImportOut:
    """A connector made of the document, and what was left out or guessed. Invalid, saying where, when it is broken."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    if given.url is not None:
        return await _proposed(actor, await _fetched(given.url), given.url)
    return await _proposed(actor, given.document)


async def read_file(actor: Actor, content: bytes) -> ImportOut:
    """The same of a file's bytes: JSON or YAML."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    return await _proposed(actor, content)


async def _proposed(actor: Actor, document: JsonValue | bytes, url: str = "") -> ImportOut:
    try:
        value = await _read(actor, document)
        # A document of the largest size takes seconds.
        found = await threads.run(proposal.propose, value, url, partition=actor.tenant_id)
    except scalars.Unreadable as error:
        raise Invalid.field("document", f"{error}.") from None
    except proposal.Unusable as error:
        raise Invalid([FieldError("document", f"{one}.") for one in error.messages]) from None
    await _check_addresses(found)
    return found


async def _read(actor: Actor, document: JsonValue | bytes) -> JsonValue:
    """The document's value. Text is read in a child process: what parsers written in C do with it, nobody can interrupt."""
    if not isinstance(document, bytes | str):
        return await threads.run(syntax.check, document, partition=actor.tenant_id)
    text = syntax.decoded(document)
    try:
        answer = await confined.run(syntax.answer, text, partition=actor.tenant_id, seconds=_READING_SECONDS)
    except confined.Stopped as error:
        raise scalars.Unreadable(_STOPPED[error.reason]) from None
    if "refused" in answer:
        raise scalars.Unreadable(answer["refused"])
    return cast("JsonValue", answer["value"])


async def _check_addresses(found: ImportOut) -> None:
    """Invalid, naming the part of the document, for addresses that Hub would never call."""
    access = found.connector.oauth_config
    urls = [
        ("servers", access.base_url),
        *(("securitySchemes", getattr(access, name)) for name in _AUTH_URLS),
    ]
    errors: list[FieldError] = []
    for field, url in urls:
        if not url:
            continue
        try:
            await outbound.get_client().check_url(url)
        except (outbound.InvalidUrl, outbound.RefusedAddress) as error:
            errors.append(FieldError(field, f"{outbound.scheme_host(url)}: {error}"))
    if errors:
        raise Invalid(errors)


async def _fetched(url: str) -> bytes:
    """The document at this URL; Invalid, with a sentence, when there is none to be had."""
    try:
        target = outbound.Target.parse(url)
        response = await request(target, headers=_HEADERS, timeout=_TIMEOUT_SECONDS, max_body=MAX_BYTES)
    except (outbound.InvalidUrl, ApiError) as error:
        raise Invalid.field("url", str(error)) from None
    why = _why_no_document(url, response)
    if why:
        raise Invalid.field("url", why)
    return response.body


def _why_no_document(url: str, response: outbound.OutboundResponse) -> str:
    """What is wrong with the answer; empty when its body can be read."""
    status = response.status
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return f"leads on to {_location(url, response)}. Hub follows no redirects: give that URL if you trust it."
    if status != HTTPStatus.OK:
        login = status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        advice = f"It asks for a login. {_BY_HAND}" if login else "Check the URL"
        return f"gave no document: the server answered {status}. {advice}."
    if response.truncated:
        return f"gave a document of more than {MAX_BYTES // 2**20} MiB. Give a part of it as a file."
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return f"gave a compressed document though Hub asked for a plain one. {_BY_HAND}."
    if response.body.lstrip()[:1] == b"<":
        return "gave a web page or XML. Give the URL of the OpenAPI document itself, as JSON or YAML."
    return ""


def _location(url: str, response: outbound.OutboundResponse) -> str:
    location = response.headers.get("location", "")
    try:
        return shortened(urljoin(url, location), 300) if location else "nowhere"
    except ValueError:
        return "an invalid URL"
