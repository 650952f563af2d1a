"""What a caller did not give is not sent, unless the connector's author typed a default; null is sent as null."""

import asyncio
import json
from typing import cast
from uuid import UUID

import pytest
from pydantic import JsonValue, ValidationError

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.schemas.imports import ImportIn
from hub_app.connectors.schemas.runs import RunIn
from hub_app.connectors.service import connectors, imports, runs
from hub_app.kernel.errors import Conflict, Invalid
from hub_app.kernel.ids import new_id
from hub_app.plans import worker as runner
from hub_app.plans.schemas import PlanIn, PlanRunIn, Step
from hub_app.plans.service import plans
from hub_app.plans.service import runs as plan_runs
from tests.connectors.conftest import Params, Shop
from tests.connectors.test_building import action, call_of, connector

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")

REPOSITORY: Params = {
    "openapi": "3.1.0",
    "info": {"title": "Repositories"},
    "servers": [{"url": "https://api.example.com"}],
    "paths": {
        "/echo/{version}": {
            "patch": {
                "operationId": "update",
                "parameters": [
                    {
                        "name": "version",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string", "default": "v1"},
                    },
                    {"name": "notify", "in": "query", "schema": {"type": "boolean", "default": True}},
                    {"name": "X-Mode", "in": "header", "schema": {"type": "string", "default": "fast"}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "description": {"type": "string"},
                                    "private": {"type": "boolean", "default": False},
                                    "security": {
                                        "type": "object",
                                        "default": {"scan": "off"},
                                        "properties": {"scan": {"type": "string", "default": "off"}},
                                    },
                                },
                            }
                        }
                    }
                },
                "responses": {"200": {"description": "OK"}},
            }
        }
    },
}
TYPED: Params = {
    "id": "it",
    "method": "PATCH",
    "endpoint": "/echo",
    "parameters": [
        "note",
        {"name": "size", "type": "integer", "default": 3},
        {"name": "private", "type": "boolean", "default": False},
        {"name": "page", "in": "query", "type": "integer", "default": 1},
        {"name": "X-Mode", "in": "header", "default": "fast"},
    ],
}


async def imported(shop: Shop) -> tuple[UUID, str]:
    found = await imports.read_document(shop.admin, ImportIn(document=REPOSITORY))
    document = found.connector.model_dump(mode="json", by_alias=True)
    document["oauth_config"]["base_url"] = shop.api.base("open")
    saved = await connectors.create_connector(shop.admin, ConnectorIn.model_validate(document))
    return saved.id, saved.actions[0].id


async def test_a_call_of_an_imported_action_sends_what_was_given_and_nothing_more(shop: Shop) -> None:
    connector_id, slug = await imported(shop)
    given = RunIn(params={"version": "v2", "description": "New"})
    out = await runs.run_action(shop.actor, connector_id, slug, given)
    assert out.ok
    (sent,) = shop.api.requests
    assert sent.json == {"description": "New"}
    assert sent.query == []
    assert "x-mode" not in sent.headers
    with pytest.raises(Invalid, match=r"params\.version: is required"):
        await runs.run_action(shop.actor, connector_id, slug, RunIn())


async def test_a_typed_default_is_sent_left_out_or_null(shop: Shop) -> None:
    connector_id = await shop.connector(TYPED)

    async def sent(params: Params, *omit: str) -> tuple[JsonValue, list[tuple[str, str]], str | None]:
        given = RunIn(params=params, omit=list(omit))
        assert (await runs.run_action(shop.actor, connector_id, "it", given)).ok
        last = shop.api.requests[-1]
        return cast("JsonValue", last.json), last.query, last.headers.get("x-mode")

    whole = {"note": "a", "size": 3, "private": False}
    assert await sent({"note": "a"}) == (whole, [("page", "1")], "fast")
    assert await sent({"note": "a"}, "size", "private", "page", "X-Mode") == ({"note": "a"}, [], None)
    assert await sent({"note": None, "private": None}) == (
        {"note": None, "size": 3, "private": None},
        [("page", "1")],
        "fast",
    )
    # A query and a header have no word for null.
    assert await sent({"page": None, "X-Mode": None}, "size", "private") == ({}, [], None)


def test_null_where_something_must_be_is_refused_or_sent() -> None:
    needs: list[JsonValue] = [{"name": "q", "in": "query", "required": True}, {"name": "b", "required": True}]
    asking = action(parameters=needs)
    call = call_of(connector(), asking, {"q": "x", "b": None})
    assert call.content == b'{"b":null}'
    with pytest.raises(Invalid) as refused:
        call_of(connector(), asking, {"q": None}, ["b"])
    assert [one.field for one in refused.value.errors] == ["params.q", "params.b"]
    with pytest.raises(Invalid, match=r"params\.id: is required"):
        call_of(connector(), action(endpoint="/{id}"), {"id": None})


def test_null_in_a_template_a_form_and_alone() -> None:
    templated = action(parameters=["a", "b"], body={"x": "{{ a }}", "y": "{{ b }}", "z": "-{{ a }}-"})
    assert json.loads(call_of(connector(), templated, {"a": None}).content) == {
        "x": None,
        "z": "--",
    }
    form = connector(default_headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert call_of(form, action(parameters=["a", "b"]), {"a": None, "b": "1"}).content == b"b=1"
    whole = action(parameters=[{"name": "all", "type": "object"}], body="{{ all }}")
    assert call_of(connector(), whole, {"all": None}).content == b"null"
    assert call_of(connector(), whole, {}).content == b""


def test_what_is_left_out_must_be_there_and_not_be_given() -> None:
    with pytest.raises(Invalid) as refused:
        call_of(connector(), action(parameters=["a"]), {}, ["b"])
    assert refused.value.errors[0].field == "omit.b"
    step = {"id": "a", "integration_id": str(new_id()), "action": "it", "params": {"x": None}, "omit": ["x"]}
    for schema, given in ((RunIn, {"params": {"x": 1}, "omit": ["x"]}), (Step, step)):
        with pytest.raises(ValidationError, match="x is in params and in omit"):
            schema.model_validate(given)


async def test_a_key_stands_for_what_is_left_out_too(shop: Shop) -> None:
    connector_id = await shop.connector(TYPED)
    first = await runs.run_action(shop.actor, connector_id, "it", RunIn(omit=["size"]), key="k")
    again = await runs.run_action(shop.actor, connector_id, "it", RunIn(omit=["size"]), key="k")
    assert first == again
    with pytest.raises(Conflict, match="other parameters"):
        await runs.run_action(shop.actor, connector_id, "it", RunIn(), key="k")


async def test_the_cache_tells_apart_what_is_left_out(shop: Shop) -> None:
    listed: Params = {
        "id": "it",
        "endpoint": "/echo",
        "cache_seconds": 60,
        "parameters": [{"name": "page", "default": "1"}],
    }
    connector_id = await shop.connector(listed)
    for omit in (list[str](), ["page"], ["page"]):
        await runs.run_action(shop.actor, connector_id, "it", RunIn(omit=omit))
    assert [one.query for one in shop.api.requests] == [[("page", "1")], []]


async def test_a_plans_step_sends_leaves_out_and_nulls_as_a_run_does(shop: Shop) -> None:
    connector_id = await shop.connector(TYPED)
    step = {"id": "a", "integration_id": str(connector_id), "action": "it"}
    given = {"params": {"note": "{{ input.note }}", "private": None}, "omit": ["size", "page"]}
    steps = [{**step, **given}, {**step, "id": "b"}]
    plan = await plans.create_plan(shop.admin, PlanIn.model_validate({"name": "Two", "steps": steps}))
    assert plan.steps[0].omit == ["size", "page"]
    async with runner.running():
        started = await plan_runs.start_run(shop.actor, plan.id, PlanRunIn(input={"note": "x"}))
        async with asyncio.timeout(60):
            while (await plan_runs.get_run(shop.actor, started.id)).finished_at is None:  # noqa: ASYNC110 - the database changes
                await asyncio.sleep(0.05)
    first, second = shop.api.requests
    assert (first.json, first.query) == ({"note": "x", "private": None}, [])
    assert (second.json, second.query) == ({"size": 3, "private": False}, [("page", "1")])
    unknown = {**step, "omit": ["other"]}
    with pytest.raises(Invalid) as refused:
        await plans.create_plan(shop.admin, PlanIn.model_validate({"name": "No", "steps": [unknown]}))
    assert refused.value.errors[0].field == "steps.0.omit.other"
