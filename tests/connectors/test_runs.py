"""Runs of actions against a real API: every authentication, every place of a parameter, every kind of answer."""

import asyncio

import pytest
from pydantic import JsonValue

from hub_app.connectors.schemas.runs import RunIn
from hub_app.connectors.service import connectors, runs
from hub_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests.connectors.conftest import Params, Shop
from tests.peers.api import SCHEMES

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
ONE_PLACE_EACH: Params = {
    "id": "it",
    "method": "POST",
    "endpoint": "/echo/{id}/x",
    "parameters": [
        "id",
        {"name": "q", "in": "query"},
        {"name": "tag", "in": "query", "type": "array"},
        {"name": "deep", "in": "query", "type": "boolean"},
        {"name": "X-Trace", "in": "header"},
        {"name": "count", "type": "integer", "default": 3},
        {"name": "note"},
    ],
}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_call_carries_the_credential_where_the_api_wants_it(shop: Shop, scheme: str) -> None:
    connector_id = await shop.connector(
        {"id": "list", "endpoint": "/items", "response": "data[].id"}, scheme=scheme
    )
    out = await shop.run(connector_id, "list")
    assert (out.ok, out.status_code, out.error) == (True, 200, None)
    assert out.data == list(range(1, 26))
    if scheme != "open":
        state = await shop.state(connector_id)
        assert (state.is_valid, state.last_error) == (True, "")
        assert state.last_validated_at is not None


async def test_each_parameter_goes_to_its_place(shop: Shop) -> None:
    params: Params = {
        "id": "a b/c",
        "q": "ü&=",
        "tag": ["x", 2],
        "deep": True,
        "X-Trace": "t-1",
        "note": "Hé",
    }
    out = await shop.try_once(ONE_PLACE_EACH, params)
    (request,) = shop.api.requests
    assert request.path == "/open/echo/a%20b%2Fc/x"
    assert request.query == [("q", "ü&="), ("tag", "x"), ("tag", "2"), ("deep", "true")]
    assert request.headers["x-trace"] == "t-1"
    assert request.json == {"count": 3, "note": "Hé"}
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"] == "Hub-Connectors/1.0"
    assert isinstance(out.data, dict)
    assert out.data["path"] == "/open/echo/a%20b%2Fc/x"


async def test_a_form_may_give_every_value_as_text(shop: Shop) -> None:
    params: Params = {"id": "7", "count": "12", "deep": "false", "tag": '["a"]'}
    await shop.try_once(ONE_PLACE_EACH, params)
    (request,) = shop.api.requests
    assert request.query == [("tag", "a"), ("deep", "false")]
    assert request.json == {"count": 12}


async def test_a_body_template_keeps_types_and_drops_what_is_not_given(shop: Shop) -> None:
    body: JsonValue = {
        "item": {"name": "{{ name }}", "price": "{{ price }}", "note": "{{ note }}"},
        "tags": ["{{ note }}", "fixed"],
        "text": "About {{name}}, {{ note }}.",
    }
    action: Params = {
        "method": "POST",
        "endpoint": "/echo",
        "parameters": ["name", {"name": "price", "type": "number"}, "note"],
        "body": body,
    }
    await shop.try_once(action, {"name": 'A "B"', "price": 2.5})
    assert shop.api.requests[0].json == {
        "item": {"name": 'A "B"', "price": 2.5},
        "tags": ["fixed"],
        "text": 'About A "B", .',
    }


async def test_a_body_of_text_is_sent_as_it_is_and_a_form_as_one(shop: Shop) -> None:
    xml: Params = {"method": "POST", "endpoint": "/echo", "parameters": ["name"], "body": "<n>{{ name }}</n>"}
    await shop.try_once(xml, {"name": "Ada"}, default_headers={"Content-Type": "text/xml"})
    form: Params = {"method": "POST", "endpoint": "/echo", "parameters": ["name", "city"]}
    kind = "application/x-www-form-urlencoded"
    await shop.try_once(form, {"name": "Ada & Co", "city": "B"}, default_headers={"Content-Type": kind})
    first, second = shop.api.requests
    assert (first.headers["content-type"], first.body) == ("text/xml", b"<n>Ada</n>")
    assert (second.headers["content-type"], second.body) == (kind, b"name=Ada+%26+Co&city=B")


async def test_items_are_made_changed_and_deleted(shop: Shop) -> None:
    connector_id = await shop.connector(
        {"id": "add", "method": "POST", "endpoint": "/items", "parameters": ["name"]},
        {"id": "rename", "method": "PATCH", "endpoint": "/items/{id}", "parameters": ["id", "name"]},
        {"id": "remove", "method": "DELETE", "endpoint": "/items/{id}"},
        {"id": "get", "endpoint": "/items/{id}", "response": "name"},
    )
    made = await shop.run(connector_id, "add", {"name": "New"})
    assert (made.status_code, made.data) == (201, {"id": 26, "name": "New"})
    await shop.run(connector_id, "rename", {"id": 26, "name": "Newer"})
    assert (await shop.run(connector_id, "get", {"id": 26})).data == "Newer"
    gone = await shop.run(connector_id, "remove", {"id": 26})
    assert (gone.ok, gone.status_code, gone.data) == (True, 204, None)
    after = await shop.run(connector_id, "get", {"id": 26})
    assert after.error is not None
    assert (after.ok, after.status_code, after.error.kind, after.data) == (False, 404, "status", None)
    assert after.error.detail == 'The API answered 404 Not Found: {"error": "No such item."}'


@pytest.mark.parametrize(
    ("fault", "data"),
    [
        ("latin", "Grüße"),
        ("utf16", {"word": "Grüße"}),
        ("odd-charset", {"word": "ok"}),
        ("problem", {"title": "No"}),
        ("empty", None),
        ("binary", "256 bytes of image/png"),
        ("nul", {"text": "a\x00b"}),
        ("gzip", {"plain": True}),
    ],
)
async def test_an_answer_is_read_as_what_it_is(shop: Shop, fault: str, data: JsonValue) -> None:
    out = await shop.try_once({"endpoint": f"/faults/{fault}"})
    assert (out.error, out.data) == (None, data)


async def test_all_that_is_wrong_with_parameters_is_told_at_once_and_recorded(shop: Shop) -> None:
    connector_id = await shop.connector(ONE_PLACE_EACH)
    with pytest.raises(Invalid) as refused:
        await shop.run(
            connector_id, "it", {"count": "many", "deep": 1, "X-Trace": "a\r\nX: 1", "tag": {}, "other": 1}
        )
    assert {one.field: one.message for one in refused.value.errors} == {
        "params.other": "is unknown. This action takes X-Trace, count, deep, id, note, q, tag",
        "params.id": "is required",
        "params.tag": 'must be an array, such as ["a", "b"]',
        "params.deep": "must be true or false",
        "params.X-Trace": "must be printable ASCII of at most 2000 characters, in one line",
        "params.count": "must be a whole number, such as 3",
    }
    assert shop.api.count == 0
    (execution,) = await shop.executions()
    assert (execution.ok, execution.error_kind, execution.status_code) == (False, "params", None)
    assert "params.id: is required" in execution.error_detail
    assert execution.url == f"{shop.api.base()}/echo/{{id}}/x"


@pytest.mark.parametrize(
    "value",
    ["..", ".", "../x", "%2e%2e", "%252e%252e/admin", "a/../b", "..\\x", "https://evil.example/x", ""],
)
async def test_a_path_parameter_never_leaves_the_base(shop: Shop, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        await shop.try_once({"endpoint": "/items/{id}"}, {"id": value})
    assert refused.value.errors[0].field == "params.id"
    assert shop.api.count == 0
    assert (await shop.executions())[0].error_kind == "params"


async def test_a_parameter_never_stands_in_for_the_credential(shop: Shop) -> None:
    header: Params = {"endpoint": "/echo", "parameters": [{"name": "authorization", "in": "header"}]}
    with pytest.raises(Invalid, match="is the header of the credential"):
        await shop.try_once(header, {"authorization": "Bearer mine"}, scheme="bearer")
    with pytest.raises(Invalid, match="is where the credential goes"):
        await shop.try_once(
            {"endpoint": "/echo", "parameters": ["api_key"]}, {"api_key": "mine"}, scheme="query"
        )
    assert shop.api.count == 0


async def test_engineers_run_actions_and_viewers_do_not(shop: Shop) -> None:
    connector_id = await shop.connector({"id": "it", "endpoint": "/items"})
    with pytest.raises(Forbidden, match="Engineer role required"):
        await runs.run_action(shop.people.vera.actor, connector_id, "it", RunIn())
    with pytest.raises(NotFound, match="Integration not found"):
        await runs.run_action(shop.people.mallory.actor, connector_id, "it", RunIn())
    with pytest.raises(NotFound, match="Action not found"):
        await shop.run(connector_id, "other")
    assert shop.api.count == 0


async def test_a_connector_that_is_switched_off_runs_nothing(shop: Shop) -> None:
    connector_id = await shop.connector({"id": "it", "endpoint": "/items"}, is_active=False)
    with pytest.raises(Conflict, match="Shop is off"):
        await shop.run(connector_id)
    assert shop.api.count == 0


async def test_a_connector_that_is_deleted_during_a_run_takes_the_execution_along(shop: Shop) -> None:
    connector_id = await shop.connector({"id": "it", "endpoint": "/faults/held"})
    running = asyncio.create_task(shop.run(connector_id))
    await shop.api.wait_for(1)
    await connectors.delete_connector(shop.admin, connector_id)
    shop.api.released.set()
    with pytest.raises(NotFound, match="Integration not found"):
        await running
    assert await shop.executions() == []
