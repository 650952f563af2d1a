"""Building calls: whatever parameters hold, what is sent stays within what the action declares."""

import asyncio
import json
import re
from collections.abc import Collection, Iterator
from ipaddress import ip_network
from typing import cast
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.apiclient import urls
from hub_app.apiclient.call import Call
from hub_app.connectors import building
from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.tables import Connector
from hub_app.kernel import values
from hub_app.kernel.errors import Invalid
from hub_app.kernel.ids import new_id
from hub_app.kernel.outbound import OutboundClient
from hub_app.kernel.values import ValueType
from tests.peers.api import Api, Received

ANY_TEXT = st.text(st.characters(), max_size=30)
NASTY = st.sampled_from(
    [
        "..",
        ".",
        "/",
        "\\",
        "@",
        "#",
        "?",
        "%",
        "%2e",
        "%2f",
        "%252e",
        "//",
        "\r\n",
        "\x00",
        ":",
        ";",
        "{id}",
        "http://x/",
    ]
)
TEXTS = ANY_TEXT | st.lists(NASTY | ANY_TEXT, max_size=6).map("".join)
JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(TEXTS, parts, max_size=4),
    max_leaves=10,
)


def connector(
    base: str = "https://api.example.com/v1", default_headers: dict[str, str] | None = None
) -> Connector:
    return Connector(
        tenant_id=new_id(),
        name="shop",
        display_name="Shop",
        auth_type="api_key",
        base_url=base,
        auth_header="Authorization",
        auth_prefix="Bearer",
        default_headers=default_headers or {},
    )


def call_of(
    connector: Connector, action: Action, params: dict[str, JsonValue], omit: Collection[str] = ()
) -> Call:
    """The call of an action whose body has no costly expression: nothing is waited for."""
    try:
        building.of_action(connector, action, params, omit).send(None)
    except StopIteration as done:
        return cast("Call", done.value)
    raise AssertionError("It waited.")


def built(base: str, params: dict[str, JsonValue]) -> Call | list[str]:
    """The call, or the fields that were refused."""
    try:
        return call_of(connector(base), EVERYWHERE, params)
    except Invalid as refused:
        return [one.field for one in refused.errors]


def action(**given: JsonValue) -> Action:
    return Action.model_validate({"id": "it", "method": "POST", "endpoint": "/items", **given})


EVERYWHERE = action(
    endpoint="/items/{id}/{part}.json",
    parameters=[
        "id",
        "part",
        {"name": "q", "in": "query"},
        {"name": "list", "in": "query", "type": "array"},
        {"name": "X-Trace", "in": "header"},
        {"name": "X-List", "in": "header", "type": "array"},
        {"name": "text"},
        {"name": "parts", "type": "object"},
    ],
)


class Wire:
    """A server at a base that has a path, and the guarded client, in a loop of their own."""

    def __init__(self, api: Api, client: OutboundClient, loop: asyncio.AbstractEventLoop) -> None:
        self.api, self._client, self._loop = api, client, loop
        self.base = f"{api.url}/open/echo/below"

    def send(self, call: Call) -> Received:
        """The request as it arrives."""
        target = urls.target(call.base, call.path, call.query)
        sent = self._client.send(
            target, method=call.method, headers=call.headers, content=call.content, timeout=10, max_body=10
        )
        self._loop.run_until_complete(sent)
        return self.api.requests[-1]


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        api, client = Api(), runner.run(_client())
        runner.run(api.__aenter__())
        yield Wire(api, client, loop)
        runner.run(client.aclose())
        runner.run(api.__aexit__())


async def _client() -> OutboundClient:
    return OutboundClient([ip_network("127.0.0.1/32")])


@settings(max_examples=400)
@given(identity=TEXTS, part=TEXTS, q=TEXTS, several=st.lists(TEXTS, max_size=3), header=TEXTS, text=TEXTS)
def test_whatever_parameters_hold_the_server_sees_them_in_their_places(
    wire: Wire, identity: str, part: str, q: str, several: list[str], header: str, text: str
) -> None:
    """Or the call is refused, naming the parameter."""
    params: dict[str, JsonValue] = {
        "id": identity,
        "part": part,
        "q": q,
        "list": cast("list[JsonValue]", several),
        "X-Trace": header,
        "text": text,
    }
    call = built(wire.base, params)
    if isinstance(call, list):
        assert set(call) <= {"params", *(f"params.{name}" for name in params)}
        return
    came = wire.send(call)
    assert came.method == "POST"
    place = came.path.removeprefix("/open/echo/below/items/").removesuffix(".json")
    assert [unquote(one) for one in place.split("/")] == [identity, part]
    assert not {".", ".."} & set(came.path.split("/"))
    assert came.query == [("q", q), *(("list", one) for one in several)]
    assert came.headers["x-trace"] == header.strip()
    assert set(came.headers) == {
        "host", "accept", "accept-encoding", "user-agent", "content-type", "content-length", "x-trace",
    }  # fmt: skip
    assert came.json == {"text": text}


@given(
    st.dictionaries(st.sampled_from([one.name for one in EVERYWHERE.parameters]) | TEXTS, JSON, max_size=8)
)
def test_whatever_is_given_becomes_a_call_or_is_refused(params: dict[str, JsonValue]) -> None:
    call = built("https://api.example.com/v1", params)
    if isinstance(call, list):
        assert all(field.startswith("params") for field in call)
        return
    assert call.path.startswith("/items/")
    assert all(value.isascii() and value.isprintable() for value in call.headers.values())
    json.loads(call.content)


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("string", "3", "3"),
        ("string", 3, "3"),
        ("string", True, "true"),
        ("string", "", ""),
        ("integer", "3", 3),
        ("integer", " -3 ", -3),
        ("integer", 3.0, 3),
        ("integer", "", None),
        ("integer", 2**80, 2**80),
        ("number", "2.50", 2.5),
        ("number", "1e3", 1000.0),
        ("number", 3, 3),
        ("boolean", "true", True),
        ("boolean", "False", False),
        ("boolean", False, False),
        ("array", '["a", 1]', ["a", 1]),
        ("array", [1], [1]),
        ("object", '{"a": 1}', {"a": 1}),
        ("object", None, None),
    ],
)
def test_a_value_becomes_one_of_its_type(kind: ValueType, value: JsonValue, found: JsonValue) -> None:
    converted = values.converted(kind, value)
    assert (converted, type(converted)) == (found, type(found))


@pytest.mark.parametrize(
    ("kind", "value", "rule"),
    [
        ("string", [1], "must be text"),
        ("string", "\ud800", "must not contain unpaired surrogate characters"),
        ("integer", "3.5", "must be a whole number, such as 3"),
        ("integer", True, "must be a whole number, such as 3"),
        ("integer", "1_000", "must be a whole number, such as 3"),
        ("integer", "٣", "must be a whole number, such as 3"),
        ("integer", "9" * 5000, "must be a whole number, such as 3"),
        ("number", "inf", "must be a number, such as 3.5"),
        ("number", "1e999", "must be a number, such as 3.5"),
        ("number", float("nan"), "must be a number, such as 3.5"),
        ("boolean", "yes", "must be true or false"),
        ("boolean", 1, "must be true or false"),
        ("array", "a, b", 'must be an array, such as ["a", "b"]'),
        ("array", {"a": 1}, 'must be an array, such as ["a", "b"]'),
        ("object", "[1]", 'must be an object, such as {"name": "value"}'),
        (
            "object",
            {"a": float("inf")},
            "must be JSON with finite numbers, and not nested too deeply",
        ),
        ("array", "[" * 100_000, 'must be an array, such as ["a", "b"]'),
    ],
)
def test_a_value_that_is_none_of_its_type_is_refused_with_the_rule(
    kind: ValueType, value: JsonValue, rule: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(rule)}$"):
        values.converted(kind, value)


def test_defaults_stand_in_and_must_fit_too() -> None:
    wanted = action(method="GET", parameters=[{"name": "n", "type": "integer", "default": "5"}])
    assert call_of(connector(), wanted, {}).query == [("n", "5")]
    assert call_of(connector(), wanted, {"n": " "}).query == [("n", "5")]
    wrong = action(method="GET", parameters=[{"name": "n", "type": "integer", "default": "many"}])
    with pytest.raises(Invalid) as refused:
        call_of(connector(), wrong, {})
    assert refused.value.errors[0].field == "params.n"


def test_a_body_that_refers_to_nothing_declared_says_so() -> None:
    with pytest.raises(Invalid) as refused:
        call_of(connector(), action(body={"a": "{{ b }}"}), {})
    assert refused.value.errors[0].field == "params.b"
    assert refused.value.errors[0].message == "stands in the body, but is not declared"


def test_a_large_parameter_named_over_and_over_makes_no_larger_call() -> None:
    large = "x" * 1_000_000
    repeating = action(body="{{ b }} " * 20, parameters=["b"])
    with pytest.raises(Invalid) as refused:
        call_of(connector(), repeating, {"b": large})
    assert refused.value.errors[0].message == "make a body of more than 16 MiB"
    in_path = action(endpoint="/{a}")
    with pytest.raises(Invalid) as refused:
        call_of(connector(), in_path, {"a": large})
    assert "must have at most 2,048 characters" in refused.value.errors[0].message


def test_an_action_without_body_parameters_sends_no_body() -> None:
    call = call_of(connector(default_headers={"Content-Type": "text/xml"}), action(), {})
    assert (call.content, "content-type" in call.headers) == (b"", False)
    takes_one = call_of(connector(), action(parameters=["note"]), {})
    assert takes_one.content == b"{}"


def test_default_headers_give_way_to_parameters_and_not_to_hubs_encoding() -> None:
    standard = {"Accept": "application/xml", "X-Team": "a", "Accept-Encoding": "gzip", "User-Agent": "Acme/2"}
    wanted = action(parameters=[{"name": "x-team", "in": "header"}])
    headers = call_of(connector(default_headers=standard), wanted, {"x-team": "b"}).headers
    assert headers == {
        "accept": "application/xml", "user-agent": "Acme/2", "x-team": "b", "accept-encoding": "identity",
    }  # fmt: skip


def test_a_body_refers_to_parts_of_parameters_and_to_what_jmespath_makes_of_them() -> None:
    declared: list[JsonValue] = [{"name": "who", "type": "object"}, {"name": "ids", "type": "array"}]
    template: JsonValue = {
        "to": "{{ who.mail }}",
        "text": "For {{who.name}} and {{ ids[1] }}",
        "many": "{{ length(ids) }}",
        "gone": "{{ who.fax }}",
    }
    wanted = action(body=template, parameters=declared)
    given: dict[str, JsonValue] = {"who": {"name": "Ann", "mail": "a@x.example"}, "ids": [1, 2]}
    call = asyncio.run(building.of_action(connector(), wanted, given))
    assert json.loads(call.content) == {"to": "a@x.example", "text": "For Ann and 2", "many": 2}
    with pytest.raises(Invalid) as refused:
        asyncio.run(building.of_action(connector(), wanted, {**given, "ids": None}))
    assert refused.value.errors[0].message.startswith("{{ length(ids) }} does not fit the data")


def test_a_body_has_an_end_of_expressions() -> None:
    many: JsonValue = [f"{{{{ a||`{number}` }}}}" for number in range(3000)]
    with pytest.raises(Invalid, match="too many expressions"):
        call_of(connector(), action(body=many, parameters=["a"]), {"a": "b"})
