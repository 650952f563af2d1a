"""The call that an action's form shows is the call that a run makes, with hints for secrets."""

import json
import shlex
from urllib.parse import parse_qsl

import pytest

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.schemas.connectors import CredentialIn
from hub_app.connectors.schemas.runs import RunIn
from hub_app.connectors.service import connectors, credentials, runs
from hub_app.connectors.service.previews import preview
from hub_app.connectors.service.status import statuses
from hub_app.kernel.errors import Invalid
from hub_app.kernel.paging import PageRequest
from tests.connectors.conftest import Params, Shop
from tests.peers.api import KEY

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
_LIST: Params = {
    "id": "list",
    "endpoint": "/pages",
    "parameters": [
        {"name": "q", "default": "a b&c"},
        {"name": "tags", "in": "query", "type": "array", "default": ["x", "y"]},
        {"name": "X-Shop", "in": "header", "default": "north"},
        "left_out",
    ],
    "pagination": {"type": "page", "items": "data", "size_parameter": "per_page", "size": 7, "max_pages": 1},
}
_WRITE: Params = {
    "id": "write",
    "method": "POST",
    "endpoint": "/items",
    "parameters": [
        {"name": "title", "default": "Nora's"},
        {"name": "count", "type": "integer", "default": 3},
    ],
    "body": {"item": {"title": "{{ title }}", "count": "{{ count }}"}},
}


@pytest.mark.parametrize("given", [_LIST, _WRITE])
@pytest.mark.parametrize("scheme", ["bearer", "query"])
async def test_it_is_what_a_run_sends(shop: Shop, given: Params, scheme: str) -> None:
    connector = await shop.connector(given, scheme=scheme)
    shown = await preview(shop.actor, connector, Action.model_validate(given))
    await runs.run_action(shop.actor, connector, str(given["id"]), RunIn())
    sent = shop.api.requests[-1]
    secret = {"api_key": KEY}
    query = [(name, value) for name, value in sent.query if name not in secret]
    path, _, shown_query = shown.url.removeprefix(shop.api.url).partition("?")
    assert (shown.method, path, bool(shown.body)) == (sent.method, sent.path, bool(sent.body))
    assert not sent.body or json.loads(shown.body) == sent.json
    assert [pair for pair in parse_qsl(shown_query) if pair[0] not in secret] == query
    for name, value in shown.headers.items():
        if name != "Authorization":
            assert sent.headers[name.lower()] == value
    assert KEY not in repr(shown)
    assert KEY[-4:] in shown.curl


async def test_what_a_caller_must_give_stands_in_braces(shop: Shop) -> None:
    action: Params = {
        "id": "one",
        "method": "PUT",
        "endpoint": "/items/{id}",
        "parameters": [
            {"name": "id", "type": "integer"},
            {"name": "amount", "in": "body", "type": "integer", "required": True},
            {"name": "dry", "in": "query", "type": "boolean", "required": True},
            {"name": "note", "in": "body"},
        ],
    }
    connector = await shop.connector(action)
    shown = await preview(shop.actor, connector, Action.model_validate(action))
    assert shown.url == f"{shop.api.base('open')}/items/{{id}}?dry={{dry}}"
    assert shown.body == '{"amount":1}'
    assert shown.left_out == ["note"]
    assert shlex.split(shown.curl.replace("\\\n", ""))[:4] == ["curl", "-X", "PUT", shown.url]


async def test_a_call_that_no_run_could_make_is_told(shop: Shop) -> None:
    action: Params = {"id": "bad", "method": "POST", "endpoint": "/items", "body": {"a": "{{ nobody }}"}}
    connector = await shop.connector()
    with pytest.raises(Invalid) as refused:
        await preview(shop.actor, connector, Action.model_validate(action))
    assert [one.field for one in refused.value.errors] == ["params.nobody"]


async def test_how_credentials_stand(shop: Shop) -> None:
    """In one list: none needed, none there, not tried, refused, off."""
    made = {
        "open": await shop.connector(),
        "untried": await shop.connector(scheme="bearer"),
        "refused": await shop.connector(_LIST, scheme="bearer"),
        "works": await shop.connector(_LIST, scheme="bearer"),
        "off": await shop.connector(scheme="bearer", is_active=False),
        "missing": await shop.connector(scheme="bearer"),
    }
    await credentials.remove_credential(shop.admin, made["missing"], "api_key")
    await runs.run_action(shop.actor, made["works"], "list", RunIn())
    await credentials.set_credential(
        shop.admin, made["refused"], CredentialIn(type="api_key", value="of-somebody-else")
    )
    await runs.run_action(shop.actor, made["refused"], "list", RunIn())
    found = await connectors.list_connectors(shop.actor, PageRequest())
    told = await statuses(shop.actor, found.items)
    assert {name: told[one] for name, one in made.items()} == {name: name for name in made}
