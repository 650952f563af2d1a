"""An execution once more: with the parameters that were read back from what was sent, or as a command for a shell."""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import cast
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import orjson
from pydantic import JsonValue

from hub_app.apiclient.call import curl
from hub_app.connectors.schemas.actions import Action, Parameter
from hub_app.connectors.schemas.connectors import ConnectorOut
from hub_app.connectors.schemas.runs import ExecutionDetail
from hub_app.kernel import values

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_VARIABLES = {"api_key": "$API_KEY", "oauth": "$ACCESS_TOKEN", "basic": "$BASE64_OF_USERNAME_AND_PASSWORD"}
# What a client sends by itself.
_BY_ITSELF = {"accept-encoding", "connection", "content-length", "host", "user-agent"}


def parameters_of(
    execution: ExecutionDetail, action: Action, connector: ConnectorOut
) -> dict[str, JsonValue] | None:
    """The parameters; None when they cannot be told: the action has changed, or its body is a template of its own."""
    in_path = _of_path(execution, action, connector)
    in_body = _of_body(execution, action)
    if in_path is None or in_body is None:
        return None
    found = dict(in_body)
    for one in action.parameters:
        texts = _texts(execution, one, in_path)
        if texts:
            found[one.name] = _typed(one, texts)
    if any(one.required and one.name not in found for one in action.parameters):
        return None
    return found


def _texts(execution: ExecutionDetail, parameter: Parameter, in_path: Mapping[str, str]) -> list[str]:
    """What was sent of a parameter of the path, the query or the headers."""
    match parameter.place:
        case "path":
            return [in_path[parameter.name]]
        case "query":
            sent = parse_qsl(urlsplit(execution.url).query, keep_blank_values=True)
            return [text for name, text in sent if name == parameter.name]
        case "header":
            sent = list(execution.request_headers.items())
            return [text for name, text in sent if name.lower() == parameter.name.lower()]
        case _:
            return []


def _of_path(execution: ExecutionDetail, action: Action, connector: ConnectorOut) -> dict[str, str] | None:
    url = urlsplit(execution.url)
    base = urlsplit(connector.oauth_config.base_url)
    if execution.method != action.method or url.netloc != base.netloc:
        return None
    if "}{" in action.endpoint:
        return None  # Nobody can tell where one value ends and the next begins.
    pattern, names = _pattern(action.endpoint)
    match = re.fullmatch(re.escape(base.path.rstrip("/")) + pattern, url.path)
    if match is None:
        return None
    return dict(zip(names, (unquote(text) for text in match.groups()), strict=True))


def _pattern(endpoint: str) -> tuple[str, list[str]]:
    """What matches the endpoint's paths, and the names of its groups.

    A value before another one in the same part of the path ends where the text between them begins: otherwise there are
    many ways to read a path, and to try them all may take for ever.
    """
    first, *rest = _PLACEHOLDER.split(endpoint)
    names, texts = rest[::2], rest[1::2]
    pattern = re.escape(first)
    for number, text in enumerate(texts, 1):
        ends_part = "/" in text or number == len(texts)
        pattern += f"([^/{'' if ends_part else re.escape(text[0])}]+){re.escape(text)}"
    return pattern, names


def _of_body(execution: ExecutionDetail, action: Action) -> dict[str, JsonValue] | None:
    names = {one.name for one in action.parameters if one.place == "body"}
    if not names or not execution.request_body:
        return {}
    if action.body is not None:
        return None
    try:
        body = cast("object", orjson.loads(execution.request_body))
    except orjson.JSONDecodeError:
        return None
    if not isinstance(body, Mapping):
        return None
    sent = cast("Mapping[str, JsonValue]", body)
    return {name: value for name, value in sent.items() if name in names}


def _typed(parameter: Parameter, texts: Sequence[str]) -> JsonValue:
    """What was sent as a value of the parameter's type; a list may have been sent part by part."""
    parts = list[JsonValue](texts)
    try:
        return values.converted(parameter.type, parts if parameter.type == "array" else texts[-1])
    except ValueError:
        return texts[-1]


def curl_of(execution: ExecutionDetail, connector: ConnectorOut) -> str:
    """The command, with shell variables in place of the credential."""
    left_out = _BY_ITSELF | {_secret_header(connector)}
    return curl(
        execution.method,
        _url(execution.url, connector),
        {name: value for name, value in execution.request_headers.items() if name.lower() not in left_out},
        execution.request_body,
        arguments=_credential(connector),
    )


def _secret_header(connector: ConnectorOut) -> str:
    """The header that carries the credential, in lower case; "" when none does."""
    if connector.auth_type == "none" or _secret_parameter(connector):
        return ""
    return connector.oauth_config.auth_header.lower()


def _secret_parameter(connector: ConnectorOut) -> str:
    """The parameter of the query that carries the credential; "" when none does."""
    return connector.oauth_config.auth_query if connector.auth_type in ("api_key", "oauth") else ""


def _credential(connector: ConnectorOut) -> list[str]:
    access, header = connector.oauth_config, _secret_header(connector)
    if not header:
        return []
    if connector.auth_type == "basic" and header == "authorization":
        return ['-u "$USERNAME:$PASSWORD"']
    prefix = "Basic" if connector.auth_type == "basic" else access.auth_prefix
    # An imported document may name the header: what a shell would run must not be in double quotes.
    before = shlex.quote(f"{access.auth_header}: {prefix} ".rstrip() + " ")
    return [f'-H {before}"{_VARIABLES[connector.auth_type]}"']


def _url(url: str, connector: ConnectorOut) -> str:
    """The URL in quotes, with the key's parameter from a variable."""
    name = _secret_parameter(connector)
    if not name:
        return shlex.quote(url)
    parts = urlsplit(url)
    others = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    plain = urlunsplit(parts._replace(query=urlencode(others)))
    joint = "&" if others else "?"
    return f'{shlex.quote(plain)}"{joint}{quote(name)}={_VARIABLES[connector.auth_type]}"'
