"""Security schemes of OpenAPI documents → how a connector authenticates."""

from typing import Any

import pytest

from hub_app.connectors.schemas.imports import ImportOut
from tests.connectors.openapi_documents import OK, document, findings, proposed


def secured(scheme: dict[str, Any], **operation: Any) -> ImportOut:
    return proposed(
        document(
            {"/items": {"get": OK | operation}},
            components={"securitySchemes": {"main": scheme}},
            security=[{"main": ["read"] if scheme["type"] == "oauth2" else []}],
        )
    )


@pytest.mark.parametrize(
    ("scheme", "kind", "access"),
    [
        (
            {"type": "apiKey", "in": "header", "name": "X-Key"},
            "api_key",
            {"auth_header": "X-Key", "auth_prefix": ""},
        ),
        ({"type": "apiKey", "in": "query", "name": "key"}, "api_key", {"auth_query": "key"}),
        (
            {"type": "http", "scheme": "Bearer"},
            "api_key",
            {"auth_header": "Authorization", "auth_prefix": "Bearer"},
        ),
        ({"type": "http", "scheme": "basic"}, "basic", {}),
        (
            {
                "type": "oauth2",
                "flows": {
                    "authorizationCode": {
                        "authorizationUrl": "https://login.example/authorize",
                        "tokenUrl": "https://login.example/token",
                        "scopes": {"read": "Read", "admin": "Everything"},
                    }
                },
            },
            "oauth",
            {
                "authorize_url": "https://login.example/authorize",
                "token_url": "https://login.example/token",
                "scopes": ["read"],
            },
        ),
    ],
)
def test_a_security_scheme_becomes_the_kind_of_authentication(
    scheme: dict[str, Any], kind: str, access: dict[str, Any]
) -> None:
    found = secured(scheme).connector
    assert found.auth_type == kind
    assert found.oauth_config.model_dump(include=set(access)) == access


@pytest.mark.parametrize(
    ("scheme", "message"),
    [
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, "cookie"),
        ({"type": "apiKey", "in": "header", "name": "X-Key\r\nX-Evil"}, "cannot be sent"),
        ({"type": "http", "scheme": "digest"}, "'digest'"),
        ({"type": "mutualTLS"}, "'mutualTLS'"),
    ],
)
def test_authentication_that_hub_does_not_have_is_told(scheme: dict[str, Any], message: str) -> None:
    found = secured(scheme)
    told = {one.where: one.message for one in found.findings}
    assert found.connector.auth_type == "none"
    assert message in told["/components/securitySchemes/main"]
    assert "get_items" in told["/security"]


@pytest.mark.parametrize(
    "scheme",
    [
        {"type": "openIdConnect", "openIdConnectUrl": "https://login.example"},
        {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "https://login.example/t", "scopes": {}}},
        },
    ],
)
def test_tokens_that_hub_cannot_get_by_itself_are_a_finding(scheme: dict[str, Any]) -> None:
    found = secured(scheme)
    assert found.connector.auth_type == "oauth"
    assert "as the credential" in found.findings[0].message


def test_the_scheme_that_serves_most_actions_is_taken_and_the_others_are_named() -> None:
    schemes = {
        "rare": {"type": "http", "scheme": "basic"},
        "usual": {"type": "apiKey", "in": "header", "name": "X-Key"},
    }
    paths = {
        "/a": {"get": OK | {"security": [{"rare": []}]}},
        "/b": {"get": OK},
        "/c": {"get": OK},
        "/d": {"get": OK | {"security": []}},
    }
    value = document(paths, components={"securitySchemes": schemes}, security=[{"usual": []}])
    assert proposed(value).connector.oauth_config.auth_header == "X-Key"
    found = findings(value)
    assert "1 action(s)" in found["/security"]
    assert "get_a." in found["/security"]
    assert "/components/securitySchemes/rare" in found
