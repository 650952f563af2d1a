"""Connectors over REST: documents of them, and how tests make one."""

from collections.abc import Mapping
from typing import Any

import httpx

HERE = "/api/custom-integrations"
KEY = "sk_live_0123456789abcdefghij"
CLIENT_SECRET = "a-client-secret-of-acme"


def document(**changes: object) -> dict[str, Any]:
    """The specification's own document."""
    given: dict[str, Any] = {
        "name": "my_api",
        "display_name": "My API",
        "auth_type": "api_key",
        "oauth_config": {
            "base_url": "http://127.0.0.1:9/v1",
            "auth_header": "Authorization",
            "auth_prefix": "Bearer",
        },
        "actions": [
            {
                "id": "list_items",
                "name": "List items",
                "method": "GET",
                "endpoint": "/items",
                "parameters": ["q", "limit"],
            }
        ],
    }
    return given | changes


def oauth_config(**changes: object) -> dict[str, object]:
    """A connector's access with an OAuth client of its own."""
    here = "http://127.0.0.1:9"
    given: dict[str, object] = {
        "base_url": f"{here}/v1",
        "authorize_url": f"{here}/authorize",
        "token_url": f"{here}/token",
        "client_id": "hub",
        "client_secret": CLIENT_SECRET,
        "scopes": ["items.read"],
    }
    return given | changes


async def create(client: httpx.AsyncClient, headers: Mapping[str, str], **changes: object) -> dict[str, Any]:
    answer = await client.post(HERE, json=document(**changes), headers=dict(headers))
    assert answer.status_code == 201, answer.text
    return answer.json()
