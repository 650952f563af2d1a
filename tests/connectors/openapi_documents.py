"""Small OpenAPI documents, and what becomes of them."""

import json
from typing import Any

import pytest

from hub_app.connectors.openapi import proposal, scalars, syntax
from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.schemas.imports import ImportOut

OK = {"responses": {"200": {"description": "OK"}}}


def document(paths: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop API", "version": "1"},
        "servers": [{"url": "https://api.example.com/v1"}],
        "paths": {"/items": {"get": OK}} if paths is None else paths,
        **more,
    }


def proposed(value: Any, url: str = "") -> ImportOut:
    """The proposal, which can be saved as it is."""
    found = proposal.propose(syntax.check(value), url)
    connector = json.loads(found.connector.model_dump_json(by_alias=True))
    connector["oauth_config"]["base_url"] = connector["oauth_config"]["base_url"] or "https://example.com"
    ConnectorIn.model_validate(connector)
    return found


def one_action(operation: dict[str, Any], path: str = "/items", method: str = "post", **more: Any) -> Action:
    (action,) = proposed(document({path: {method: operation}}, **more)).connector.actions
    return action


def findings(value: Any, url: str = "") -> dict[str, str]:
    return {one.where: one.message for one in proposed(value, url).findings}


def read(content: bytes) -> Any:
    return syntax.parsed(syntax.decoded(content))


def refusal(text: str | bytes) -> str:
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises((scalars.Unreadable, proposal.Unusable)) as error:
        proposal.propose(read(content))
    return str(error.value)


def json_body(schema: dict[str, Any], kind: str = "application/json", **more: Any) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema}}, **more}, **OK}


def parameters(action: Action) -> dict[str, tuple[Any, ...]]:
    assert all(one.default is None for one in action.parameters)
    return {one.name: (one.place, one.type, one.required, one.api_default) for one in action.parameters}
