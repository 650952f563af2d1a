"""What a call of an action looks like before anyone makes it: built as a run builds it, with secrets as hints."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import capwords
from urllib.parse import urlencode
from uuid import UUID

from pydantic import JsonValue

from hub_app.apiclient.call import curl
from hub_app.apiclient.declarations import Pagination
from hub_app.connectors import building
from hub_app.connectors.schemas.actions import Action, Parameter
from hub_app.connectors.schemas.connectors import CredentialOut
from hub_app.connectors.service import credentials, lookup
from hub_app.connectors.tables import Connector
from hub_app.kernel import db, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.values import ValueType

_HIDDEN = "••••"
_OF_TYPE: dict[ValueType, JsonValue] = {
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "array": [],
    "object": {},
}


@dataclass(frozen=True, slots=True)
class Preview:
    """A call with its parameters' defaults; required ones without a default stand as `{name}`."""

    method: str
    url: str
    headers: dict[str, str]
    body: str
    curl: str
    left_out: list[str]
    """Optional parameters without a default: they go along only when a caller gives them."""


async def preview(actor: Actor, connector_id: UUID, action: Action) -> Preview:
    """The call that this action would make, saved or not. Invalid, by `params.<name>`, for one that cannot be made."""
    actor.require(Role.CUSTOMER_VIEWER, lookup.READ)
    async with db.read(actor.tenant_id) as session:
        connector = await rows.get(session, Connector, connector_id)
        kept = await credentials.of_connector(session, connector)
    asked = [one for one in action.parameters if one.required and one.default is None]
    call = await building.of_action(
        connector, _with_texts(action, asked), {one.name: _sample(one) for one in asked}
    )
    headers, pairs = _credential(connector, kept)
    query = [*call.query, *_first_page(action.pagination, dict(call.query))]
    # The hint as it is: quoted, nobody could read it.
    shown_query = "&".join([*([urlencode(query, safe="{}:/,")] if query else []), *pairs])
    # The braces around the names of parameters, as they are to be read.
    path = call.path.replace("%7B", "{").replace("%7D", "}")
    url = call.base + path + (f"?{shown_query}" if shown_query else "")
    written = {name.lower(): name for name in _named(connector, action)}
    shown = {
        written.get(name, capwords(name, "-")): value for name, value in (call.headers | headers).items()
    }
    content = call.content.decode()
    return Preview(
        method=call.method,
        url=url,
        headers=shown,
        body=content,
        curl=curl(call.method, shlex.quote(url), shown, content),
        left_out=[one.name for one in action.parameters if not one.required and one.default is None],
    )


def _with_texts(action: Action, asked: Sequence[Parameter]) -> Action:
    """The action, in whose URL and headers any text may stand for what a caller gives."""
    names = {one.name for one in asked if one.place != "body"}
    changed = [
        one.model_copy(update={"type": "string"}) if one.name in names else one for one in action.parameters
    ]
    return action.model_copy(update={"parameters": changed})


def _sample(one: Parameter) -> JsonValue:
    """What stands for what a caller gives: its name in braces, or in a body something of its type."""
    return _OF_TYPE.get(one.type, f"{{{one.name}}}") if one.place == "body" else f"{{{one.name}}}"


def _named(connector: Connector, action: Action) -> list[str]:
    """The headers that somebody named, as they are written."""
    given = [one.name for one in action.parameters if one.place == "header"]
    return [connector.auth_header, *connector.default_headers, *given]


def _first_page(pagination: Pagination, given: Mapping[str, str]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    if pagination.type != "none" and pagination.size_parameter:
        pairs.append((pagination.size_parameter, str(pagination.size)))
    if pagination.type == "page":
        pairs.append((pagination.parameter, str(pagination.start)))
    return [(name, value) for name, value in pairs if name not in given]


def _credential(connector: Connector, kept: Sequence[CredentialOut]) -> tuple[dict[str, str], list[str]]:
    """The header or the query parameter of the credential, with its hint."""
    hint = next((one.hint for one in kept if one.hint and one.type != "oauth_refresh_token"), _HIDDEN)
    header = connector.auth_header.lower()
    match connector.auth_type:
        case "none":
            return {}, []
        case "basic":
            return {header: f"Basic {_HIDDEN}"}, []
        case _:
            if connector.auth_query:
                return {}, [f"{connector.auth_query}={hint}"]
            return {header: f"{connector.auth_prefix} {hint}".strip()}, []
