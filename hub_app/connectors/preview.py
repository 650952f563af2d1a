"""What a call of an action looks like before anyone makes it: for the form that describes the action."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote, urlencode

import orjson
from pydantic import JsonValue

from hub_app.connectors.schemas.actions import Action, Parameter, ParameterType, Place
from hub_app.connectors.schemas.connectors import ConnectorOut, CredentialOut

_EXAMPLES: dict[ParameterType, JsonValue] = {
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "array": [],
    "object": {},
}
_REFERENCE = re.compile(r"\{\{\s*(.+?)\s*\}\}")
_HIDDEN = "••••"
_READABLE = "{}:/,"


@dataclass(frozen=True, slots=True)
class Preview:
    """A call with its parameters' defaults; those without one stand as `{name}`. Secrets are hints."""

    method: str
    url: str
    headers: dict[str, str]
    body: str
    curl: str
    left_out: list[str]
    """Optional parameters without a default: they go along only when a caller gives them."""


def preview(connector: ConnectorOut, action: Action) -> Preview:
    """The call that this action makes."""
    used = [one for one in action.parameters if one.required or one.default is not None]
    headers = {**connector.default_headers, **_authentication(connector)}
    headers |= {one.name: _text(_sample(one)) for one in _at(used, "header")}
    body = _body(action, used)
    if body:
        headers = {"Content-Type": "application/json", **headers}
    url = connector.oauth_config.base_url + _path(action) + _query(connector, action, used)
    left_out = [one.name for one in action.parameters if one not in used]
    curl = _curl(action.method, url, headers, body)
    return Preview(action.method, url, headers, body, curl, left_out)


def _at(parameters: Sequence[Parameter], place: Place) -> list[Parameter]:
    return [one for one in parameters if one.place == place]


def _sample(one: Parameter) -> JsonValue:
    """The parameter's default, or something in its place: its name in braces, or a value of its type."""
    if one.default is not None:
        return one.default
    return _EXAMPLES.get(one.type, f"{{{one.name}}}") if one.place == "body" else f"{{{one.name}}}"


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _path(action: Action) -> str:
    path = action.endpoint
    for one in _at(action.parameters, "path"):
        path = path.replace(f"{{{one.name}}}", quote(_text(_sample(one)), safe="{}"))
    return path


def _query(connector: ConnectorOut, action: Action, used: Sequence[Parameter]) -> str:
    pairs = [(one.name, _text(_sample(one))) for one in _at(used, "query")]
    named = {name for name, _ in pairs}
    paging = action.pagination
    if paging.type == "page" and paging.parameter not in named:
        pairs.append((paging.parameter, str(paging.start)))
    if paging.type != "none" and paging.size_parameter and paging.size_parameter not in named:
        pairs.append((paging.size_parameter, str(paging.size)))
    if connector.auth_type == "api_key" and connector.oauth_config.auth_query:
        pairs.append((connector.oauth_config.auth_query, _hint(connector.credentials)))
    return f"?{urlencode(pairs, safe=_READABLE + '•…', quote_via=quote)}" if pairs else ""


def _authentication(connector: ConnectorOut) -> dict[str, str]:
    access = connector.oauth_config
    if connector.auth_type == "none" or (connector.auth_type == "api_key" and access.auth_query):
        return {}
    if connector.auth_type == "basic":
        return {access.auth_header: f"Basic {_HIDDEN}"}
    return {access.auth_header: f"{access.auth_prefix} {_hint(connector.credentials)}".strip()}


def _hint(credentials: Sequence[CredentialOut]) -> str:
    return next((one.hint for one in credentials if one.hint and one.type != "oauth_refresh_token"), _HIDDEN)


def _body(action: Action, used: Sequence[Parameter]) -> str:
    samples = {one.name: _sample(one) for one in _at(used, "body")}
    body: JsonValue = dict(samples) if action.body is None else _filled(action.body, samples)
    if action.method in {"GET", "DELETE"} and not samples and action.body is None:
        return ""
    if not body and action.body is None:
        return ""
    return body if isinstance(body, str) else orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()


def _filled(template: JsonValue, samples: Mapping[str, JsonValue]) -> JsonValue:
    """The body template with the samples in their places; what has none stays as it is written."""
    match template:
        case str():
            whole = _REFERENCE.fullmatch(template.strip())
            if whole and whole.group(1) in samples:
                return samples[whole.group(1)]
            return _REFERENCE.sub(
                lambda found: _text(samples[found.group(1)]) if found.group(1) in samples else found.group(),
                template,
            )
        case list():
            return [_filled(one, samples) for one in template]
        case dict():
            return {
                name: _filled(one, samples) for name, one in cast("dict[str, JsonValue]", template).items()
            }
        case _:
            return template


def _curl(method: str, url: str, headers: Mapping[str, str], body: str) -> str:
    parts = [f"curl -X {method} {shlex.quote(url)}"]
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    if body:
        parts.append(f"--data {shlex.quote(body)}")
    return " \\\n  ".join(parts)
