"""A document that was read → the connector that is proposed, with what was left out or guessed."""

from collections.abc import Sequence

from pydantic import JsonValue

from hub_app.connectors.openapi import security, servers
from hub_app.connectors.openapi.document import Document, Misshapen, TooEntangled, one_line, shortened
from hub_app.connectors.openapi.operations import Reading, slug
from hub_app.connectors.schemas.imports import ImportOut, ProposedConnector

_READ = "Hub reads OpenAPI 3.0 and 3.1"
_CONVERT = f"{_READ}: convert it first, for example with the Swagger Editor"


class Unusable(ValueError):
    """No document that Hub can import; `messages` say why, to be read after the field's name."""

    def __init__(self, messages: Sequence[str]) -> None:
        super().__init__(messages[0])
        self.messages = tuple(messages)


def propose(value: JsonValue, url: str = "") -> ImportOut:
    """The connector that a document describes; Unusable when it is no OpenAPI 3 or broken. `url`: where it came from."""
    try:
        doc = Document(_root(value), url)
        return _proposed(doc)
    except Misshapen as error:
        raise Unusable([_broken(error)]) from None
    except TooEntangled:
        raise Unusable(["refers to itself in too many ways to be read. Import a part of it"]) from None


def _proposed(doc: Document) -> ImportOut:
    info = doc.root.get("info") or doc.root.below({}, "info")
    base_url = servers.base_url(doc, doc.root)
    reading = Reading(doc, base_url)
    reading.read()
    if reading.broken:
        raise Unusable([_broken(one) for one in reading.broken])
    auth_type, access = security.choose(doc, reading.needs)
    _tell_the_rest(doc, reading)
    title = one_line(info.words("title", 200), 100)
    return ImportOut(
        connector=ProposedConnector(
            name=slug(title, "api"),
            display_name=title or "API",
            description=info.words("description", 1000),
            auth_type=auth_type,
            oauth_config=access.model_copy(update={"base_url": base_url}),
            actions=reading.actions,
        ),
        findings=doc.all_findings(),
    )


def _root(value: JsonValue) -> dict[str, JsonValue]:
    """The document itself, if it is one that Hub reads."""
    if not isinstance(value, dict):
        raise Unusable(["must be an OpenAPI 3 document: an object with `openapi`, `info` and `paths`"])
    if "swagger" in value:
        raise Unusable([f"is a Swagger {shortened(str(value['swagger']), 20)} document. {_CONVERT}"])
    if "asyncapi" in value:
        raise Unusable([f"is an AsyncAPI document: it describes messages. {_READ}"])
    version = value.get("openapi")
    if version is None:
        raise Unusable([f"is no OpenAPI document: it does not have `openapi` with its version. {_READ}"])
    if isinstance(version, bool) or not isinstance(version, str | float):
        raise Unusable([f"is broken at /openapi: it must be a version such as 3.1.0. {_READ}"])
    if not (str(version) + ".").startswith(("3.0.", "3.1.")):
        raise Unusable([f"is of OpenAPI {shortened(str(version), 20)}. {_READ}"])
    if "paths" not in value and "webhooks" not in value and "components" not in value:
        raise Unusable(["is broken at /paths: it is required"])
    return value


def _broken(error: Misshapen) -> str:
    return f"is broken at {shortened(error.where, 300) or '/'}: it {error}"


def _tell_the_rest(doc: Document, reading: Reading) -> None:
    if doc.root.get("webhooks") is not None:
        doc.note("/webhooks", "Left out: webhooks are calls to you. Hub makes calls only.")
    if not reading.actions:
        doc.note("/paths", "The document has no operation that an action can be made of.")
