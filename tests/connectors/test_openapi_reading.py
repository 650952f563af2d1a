"""OpenAPI documents → proposals: what becomes of each part."""

import json
from typing import Any

import pytest

from tests.connectors.openapi_documents import (
    OK,
    document,
    findings,
    json_body,
    one_action,
    parameters,
    proposed,
)


def test_an_operation_becomes_an_action_with_its_parameters_and_body() -> None:
    operation = {
        "operationId": "updateItem",
        "summary": "Change an item",
        "description": "All of it.",
        "parameters": [
            {"name": "notify", "in": "query", "schema": {"type": "boolean", "default": False}},
            {"name": "X-Trace", "in": "header", "schema": {"type": ["string", "null"]}},
        ],
        **json_body(
            {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "size": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": 3},
                    "made_at": {"type": "string", "readOnly": True},
                },
            }
        ),
    }
    paths = {
        "/items/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "put": operation,
        }
    }
    found = proposed(document(paths))
    (action,) = found.connector.actions
    assert found.findings == []
    assert (action.id, action.name, action.description) == ("update_item", "Change an item", "All of it.")
    assert (action.method, action.endpoint, action.body) == ("PUT", "/items/{id}", None)
    assert parameters(action) == {
        "id": ("path", "integer", True, None),
        "notify": ("query", "boolean", False, False),
        "X-Trace": ("header", "string", False, None),
        "name": ("body", "string", True, None),
        "size": ("body", "integer", False, 3),
    }


@pytest.mark.parametrize(
    ("kind", "default", "kept"),
    [
        ("integer", 5, 5),
        ("integer", "5", None),
        ("integer", True, None),
        ("integer", 2**64, None),
        ("string", "a\nb", "a\nb"),
        ("string", "a\x00b", None),
        ("string", "a\ud800", None),
        ("string", "a" * 2000, None),
        ("array", ["a"], ["a"]),
    ],
)
def test_a_documented_default_is_kept_as_the_apis_when_it_is_of_its_type_and_can_be_stored(
    kind: str, default: Any, kept: Any
) -> None:
    query = {"name": "x", "in": "query", "schema": {"type": kind, "default": default}}
    assert parameters(one_action({"parameters": [query], **OK}, method="get"))["x"][3] == kept


def test_the_title_names_the_connector_and_ids_are_given_once() -> None:
    paths = {
        "/a": {"get": {"operationId": "list items", **OK}, "post": {"operationId": "listItems", **OK}},
        "/items/{id}": {"get": OK},
        "/1": {"get": {"operationId": "1st", **OK}},
        "/ü": {"get": {"operationId": "日本", **OK}},
    }
    found = proposed(document(paths)).connector
    assert (found.name, found.display_name) == ("shop_api", "Shop API")
    assert [one.id for one in found.actions] == [
        "list_items",
        "list_items_2",
        "get_items_id",
        "call_1st",
        "call",
    ]
    assert found.actions[2].name == "GET /items/{id}"


def test_a_body_that_is_no_flat_object_is_one_parameter_and_says_so() -> None:
    listed = {"type": "array", "items": {"type": "string"}}
    action = one_action(json_body(listed))
    assert (action.body, parameters(action)) == ("{{ body }}", {"body": ("body", "array", True, None)})
    paths = {"/items": {"post": json_body(listed)}}
    assert findings(document(paths)) == {
        "/paths/~1items/post/requestBody": "The body is one parameter, given as JSON: it is of type array."
    }


def test_a_body_whose_property_has_the_name_of_a_path_parameter_is_sent_whole() -> None:
    schema = {"type": "object", "properties": {"id": {"type": "string"}, "body": {"type": "string"}}}
    action = one_action(json_body(schema), "/items/{id}/{body}", "put")
    assert action.body == "{{ request_body }}"
    assert [one.name for one in action.parameters] == ["request_body", "id", "body"]


def test_properties_of_all_of_come_together_through_references() -> None:
    schemas = {
        "Base": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
        "Item": {
            "allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"b~/c": {"type": "number"}}}]
        },
    }
    action = one_action(
        json_body({"$ref": "#/components/schemas/Item"}), components={"schemas": schemas}, openapi="3.0.3"
    )
    assert parameters(action) == {
        "b~/c": ("body", "number", False, None),
        "a": ("body", "string", True, None),
    }


@pytest.mark.parametrize(
    ("part", "where", "message"),
    [
        ({"parameters": [{"name": "sid", "in": "cookie"}]}, "/parameters/0", "cookies"),
        ({"parameters": [{"name": "a\r\nb", "in": "header"}]}, "/parameters/0", "left out"),
        ({"parameters": [{"name": "Host", "in": "header"}]}, "/parameters/0", "set by Hub itself"),
        ({"parameters": [{"name": "id", "in": "path"}]}, "/parameters/0", "does not contain"),
        ({"parameters": [{"name": "é" * 10**6, "in": "query"}]}, "/parameters/0", "left out"),
        (
            {"parameters": [{"name": "f", "in": "query", "style": "deepObject", "schema": {"type": "object"}}]},
            "/parameters/0",
            "in a way of its own",
        ),
        ({"parameters": [{"$ref": "other.yaml#/x"}]}, "/parameters/0", "another document"),
        ({"parameters": [{"$ref": "#/components/nothing"}]}, "/parameters/0", "not a part of this document"),
        ({"requestBody": {"required": True, "content": {"text/xml": {}}}}, "", "JSON only"),
        ({"requestBody": {"content": {"text/xml": {}}}}, "/requestBody", "body is left out"),
        (
            json_body({"type": "object", "properties": {"a": {"type": ["string", "array"]}}}),
            "/requestBody",
            "does not give one type for a",
        ),
        ({"callbacks": {"done": {}}}, "/callbacks", "makes calls only"),
        ({"servers": [{"url": "https://elsewhere.example"}]}, "", "another server"),
    ],
)  # fmt: skip
def test_what_is_left_out_or_guessed_is_told_with_its_place(
    part: dict[str, Any], where: str, message: str
) -> None:
    found = findings(document({"/items": {"post": part | OK}}))
    assert message in found[f"/paths/~1items/post{where}"]


def test_a_query_parameter_named_like_one_of_the_path_is_left_out() -> None:
    query = {"name": "id", "in": "query", "required": True}
    (finding,) = proposed(document({"/items/{id}": {"get": {"parameters": [query], **OK}}})).findings
    assert "another parameter of the action has the same name" in finding.message
    assert finding.message.endswith("The API asks for it: calls may be refused.")


def test_webhooks_and_other_methods_are_told() -> None:
    found = findings(document({"/items": {"head": OK, "get": OK}}, webhooks={"sold": {"post": OK}}))
    assert set(found) == {"/paths/~1items/head", "/webhooks"}


@pytest.mark.parametrize(
    "path",
    ["/../admin", "//evil.example/x", "/a/%2e%2e/b", "https://evil.example/", "/a b", "/{", "/x?y=1", "@"],
)
def test_a_path_that_could_leave_the_base_makes_no_action(path: str) -> None:
    found = proposed(document({path: {"get": OK}}))
    assert found.connector.actions == []
    assert found.findings[0].message.startswith("Left out: its path")


@pytest.mark.parametrize(
    ("servers", "url", "base"),
    [
        ([{"url": "https://a.example/v1/"}], "", "https://a.example/v1"),
        (
            [{"url": "https://{env}.a.example", "variables": {"env": {"default": "prod"}}}],
            "",
            "https://prod.a.example",
        ),
        ([{"url": "../v2"}], "https://a.example/docs/openapi.json", "https://a.example/v2"),
        ([{"url": "//b.example/x"}], "https://a.example/openapi.json", "https://b.example/x"),
        (None, "https://a.example/docs/openapi.json", "https://a.example"),
        ([{"url": "ftp://a.example"}, {"url": "https://b.example"}], "", "https://b.example"),
        ([{"url": "/v1"}], "", ""),
        ([{"url": "https://user:pw@a.example"}], "", ""),
        ([{"url": "https://{env}.a.example"}], "", ""),
        ([{"url": "https://a.example/v1?x=1"}], "", ""),
        ([{"url": "https://[::bad/"}], "https://a.example/", ""),
    ],
)
def test_the_base_url_is_the_first_server_that_can_be_one(servers: Any, url: str, base: str) -> None:
    value = document(servers=servers)
    assert proposed(value, url).connector.oauth_config.base_url == base
    if not base:
        assert "Fill in the base URL" in findings(value, url)["/servers"]


def test_pages_are_guessed_only_where_the_document_leaves_no_doubt() -> None:
    def listing(properties: dict[str, Any], query: str = "cursor", **answer: Any) -> str:
        schema = {"type": "object", "properties": properties}
        operation = {
            "parameters": [{"name": query, "in": "query", "schema": {"type": "string"}}],
            "responses": {"200": {"content": {"application/json": {"schema": schema}}, **answer}},
        }
        return one_action(operation, method="get").pagination.model_dump_json(
            include={"type", "parameter", "next", "items"}, exclude_defaults=True
        )

    rows = {"type": "array"}
    assert json.loads(listing({"items": rows, "next_cursor": {}})) == {
        "type": "cursor", "parameter": "cursor", "next": "next_cursor", "items": "items",
    }  # fmt: skip
    assert json.loads(listing({"rows": rows}, headers={"Link": {}})) == {"type": "link", "items": "rows"}
    assert listing({"items": rows, "more": rows, "next_cursor": {}}) == "{}"
    assert listing({"items": rows, "next_cursor": {}}, "page") == "{}"


def test_a_servers_variable_is_no_longer_than_a_url() -> None:
    """Named over and over, a large one would make an address of gigabytes."""
    server = {"url": "https://{a}" + "{a}" * 20, "variables": {"a": {"default": "x" * 1_000_000}}}
    assert "'a' is longer than a URL may be" in findings(document(servers=[server]))["/servers/0"]
