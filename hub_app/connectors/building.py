"""From an action and parameters to one call. What is wrong with them comes out all at once."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl

from pydantic import JsonValue

from hub_app.apiclient import bodies, urls
from hub_app.apiclient.call import Call, encoded
from hub_app.apiclient.templates import ABSENT, Absent
from hub_app.apiclient.urls import UrlOutsideBase
from hub_app.connectors.schemas.actions import Action, Parameter
from hub_app.connectors.schemas.connectors import MAX_HEADER_VALUE
from hub_app.connectors.tables import Connector
from hub_app.kernel.errors import FieldError, Invalid
from hub_app.kernel.values import as_texts, check, converted

_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
USER_AGENT = "Hub-Connectors/1.0"


async def of_action(
    connector: Connector, action: Action, params: Mapping[str, JsonValue], omit: Collection[str] = ()
) -> Call:
    """The call of an action; Invalid, naming each parameter that is missing, unknown or none of its type.

    What is not in `params` has its default, unless `omit` names it; null is sent in a JSON body, and not at all elsewhere.
    """
    values = _values(connector, action, params, omit)
    by_place = {place: _of_place(action, place, values) for place in ("path", "query", "header", "body")}
    query = [(name, text) for name, value in by_place["query"].items() for text in as_texts(value)]
    headers = {name.lower(): _line(value) for name, value in by_place["header"].items()}
    try:
        path = urls.filled(action.endpoint, {name: _line(value) for name, value in by_place["path"].items()})
        urls.target(connector.base_url, path, query)
    except UrlOutsideBase as error:
        raise Invalid.field("params", str(error)) from None
    return _with_body(connector, action.method, path, query, headers, await _body(connector, action, values))


def of_path(connector: Connector, method: str, path: str, body: JsonValue) -> Call:
    """A call of a path with its query that someone typed; Invalid when it is none, or the body cannot be sent."""
    try:
        checked = urls.checked_path(path)
        _check_typed_query(connector, checked.partition("?")[2])
        urls.target(connector.base_url, checked)
    except UrlOutsideBase as error:
        raise Invalid.field("endpoint", str(error)) from None
    try:
        check(body)
    except ValueError as error:
        raise Invalid.field("body", str(error)) from None
    return _with_body(connector, method, checked, [], {}, ABSENT if body is None else body)


def canonical(
    action: Action, params: Mapping[str, JsonValue], omit: Collection[str] = ()
) -> dict[str, JsonValue]:
    """The parameters as they are used, defaults and all; for those that `of_action` took."""
    found = {one.name: _value(one, params, omit) for one in action.parameters}
    return {name: value for name, value in found.items() if not isinstance(value, Absent)}


def _with_body(
    connector: Connector,
    method: str,
    path: str,
    query: list[tuple[str, str]],
    given: Mapping[str, str],
    body: JsonValue | Absent,
) -> Call:
    headers = {
        "accept": "application/json",
        "user-agent": USER_AGENT,
        **{name.lower(): value for name, value in connector.default_headers.items()},
        **given,
        # Answers are read as they come over the wire.
        "accept-encoding": "identity",
    }
    content = b""
    if not isinstance(body, Absent):
        content, headers["content-type"] = encoded(body, headers.get("content-type", ""))
    else:
        headers.pop("content-type", None)
    return Call(method, connector.base_url, path, query, headers, content)


def _values(
    connector: Connector, action: Action, params: Mapping[str, JsonValue], omit: Collection[str]
) -> dict[str, JsonValue]:
    """The parameters that are sent, each of its type; Invalid with everything that is wrong."""
    declared = {one.name for one in action.parameters}
    errors = [
        FieldError(f"{where}.{name[:100]}", _unknown(sorted(declared)))
        for where, names in (("params", params), ("omit", omit))
        for name in names
        if name not in declared
    ]
    try:
        undeclared = bodies.unknown(action.body, declared)
    except ValueError as error:
        raise Invalid.field("params", str(error)) from None
    errors += [FieldError(f"params.{name}", "stands in the body, but is not declared") for name in undeclared]
    values: dict[str, JsonValue] = {}
    for one in action.parameters:
        try:
            value = _value(one, params, omit)
            _check(connector, one, value)
        except ValueError as error:
            errors.append(FieldError(f"params.{one.name}", str(error)))
            continue
        if not isinstance(value, Absent):
            values[one.name] = value
    if errors:
        raise Invalid(errors)
    return values


def _value(one: Parameter, params: Mapping[str, JsonValue], omit: Collection[str]) -> JsonValue | Absent:
    if one.name in omit:
        return ABSENT
    if one.name in params and params[one.name] is None:
        # Only JSON has a word for it. A query that says `null` says a text.
        return None if one.place == "body" else ABSENT
    value = converted(one.type, params.get(one.name))
    if value is None:
        value = converted(one.type, one.default)
    return ABSENT if value is None else value


def _check(connector: Connector, one: Parameter, value: JsonValue | Absent) -> None:
    """ValueError with the rule of its place that the value breaks."""
    if isinstance(value, Absent):
        if one.required:
            raise ValueError("is required")
        return
    match one.place:
        case "path":
            urls.filled(f"/{{{one.name}}}", {one.name: _line(value)})
        case "query":
            if one.name == _credentials_query(connector):
                raise ValueError("is where the credential goes, and cannot be given")
        case "header":
            if one.name.lower() == _credentials_header(connector):
                raise ValueError("is the header of the credential, and cannot be given")
            text = _line(value)
            if not _HEADER_VALUE.fullmatch(text) or len(text) > MAX_HEADER_VALUE:
                raise ValueError(
                    f"must be printable ASCII of at most {MAX_HEADER_VALUE} characters, in one line"
                )
        case _:
            return


def _credentials_query(connector: Connector) -> str:
    """The query parameter that the credential goes into, if any."""
    return connector.auth_query if connector.auth_type in ("api_key", "oauth") else ""


def _credentials_header(connector: Connector) -> str:
    if connector.auth_type == "none" or _credentials_query(connector):
        return ""
    return connector.auth_header.lower()


def _check_typed_query(connector: Connector, query: str) -> None:
    carried = _credentials_query(connector)
    if carried in (name for name, _ in parse_qsl(query, keep_blank_values=True)):
        raise UrlOutsideBase(f"must not hold {carried}: the credential goes there")


def _of_place(action: Action, place: str, values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {
        one.name: values[one.name] for one in action.parameters if one.place == place and one.name in values
    }


async def _body(connector: Connector, action: Action, values: Mapping[str, JsonValue]) -> JsonValue | Absent:
    """The body, if there is one. An action that takes body parameters sends an object even without any."""
    if action.body is not None:
        try:
            names = {one.name for one in action.parameters}
            return await bodies.filled(action.body, names, values, partition=connector.tenant_id)
        except ValueError as error:
            raise Invalid.field("params", str(error)) from None
    takes_some = any(one.place == "body" for one in action.parameters)
    return _of_place(action, "body", values) if takes_some else ABSENT


def _line(value: JsonValue) -> str:
    """A value as a part of a path or a header: a list with commas."""
    return ",".join(as_texts(value))


def _unknown(declared: list[str]) -> str:
    if not declared:
        return "is unknown: this action takes no parameters"
    return f"is unknown. This action takes {', '.join(declared[:20])}{' …' if len(declared) > 20 else ''}"  # noqa: PLR2004 - to be read
