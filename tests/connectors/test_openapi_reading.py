"""OpenAPI documents → proposals: what becomes of each part, and that no document, however made, does harm."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hub_app.connectors.openapi import proposal, scalars, syntax
from hub_app.connectors.openapi.document import MAX_FINDINGS
from hub_app.connectors.schemas.actions import MAX_ACTIONS, MAX_PARAMETERS, Action
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


# Authentication


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


# Servers


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


# Pages


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


# Broken documents


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"openapi": "3.1.0",\n "paths": {,}}',
            "not valid JSON: Expecting property name enclosed in double",
        ),
        ('{"openapi": "3.1.0",\n "paths": {,}}', "at line 2, column 12"),
        ("openapi: 3.1.0\npaths: [", "in what begins at line 2, column 8"),
        ("openapi: 3.1.0\npaths:\n  a: 1\n b: 2", "at line 4, column 2"),
        ("openapi: 3.1.0\nopenapi: 3.0.0", "the key 'openapi' is there twice at line 2, column 1"),
        ('{"a": 1,\n "a": 2}', "the key 'a' is there twice at line 2, column 2"),
        (
            "a: !!python/object/apply:os.system [id]",
            "the tag 'tag:yaml.org,2002:python/object/apply:os.system'",
        ),
        ("a: &a [*a]", "stands for nothing that comes before it at line 1, column 8"),
        ("a: 1\n---\nb: 2", "a second document begins"),
        ("a: \x01", "a character that may not be there at line 1"),
        (b"\xff\x00\x81", "not text in UTF-8"),
        ("", "is empty"),
        ("[]", "must be an OpenAPI 3 document"),
        ("just words", "must be an OpenAPI 3 document"),
        ("swagger: '2.0'", "is a Swagger 2.0 document. Hub reads OpenAPI 3.0 and 3.1: convert it first"),
        ("asyncapi: 3.0.0", "is an AsyncAPI document"),
        ("openapi: 4.0.0", "is of OpenAPI 4.0.0"),
        ("info: {}", "is no OpenAPI document"),
        ("openapi: 3.1.0", "is broken at /paths: it is required"),
        ("openapi: 3.1.0\npaths: []", "is broken at /paths: it must be an object"),
        ("openapi: 3.1.0\npaths: {/a: {get: 1}}", "is broken at /paths/~1a/get: it must be an object"),
        (
            "openapi: 3.1.0\npaths: {/a: {get: {parameters: [{in: query}]}}}",
            "is broken at /paths/~1a/get/parameters/0: it must have 'name'",
        ),
        ("a: " + "[" * 5000, "nested more than 100 deep at line 1"),
        ("[" * 5000, "nested more than 100 deep"),
        ("1" * 200, "more than 100 digits"),
        ('{"a": 1e999}', "too large"),
        ("x" * (scalars.MAX_BYTES + 1), "at most 4 MiB"),
    ],
)
def test_a_broken_document_is_refused_with_the_place(text: str | bytes, message: str) -> None:
    assert message in refusal(text)


def test_several_broken_operations_are_told_at_once() -> None:
    with pytest.raises(proposal.Unusable) as error:
        proposal.propose(document({f"/{n}": {"get": None, "put": []} for n in range(100)}))
    assert len(error.value.messages) == 20


def test_yaml_means_what_openapi_says_it_means() -> None:
    text = "a: no\nb: 2024-01-31\nc: 0x10\nd: 1e3\ne: ~\nf: 'true'\n200: {<<: &x {y: 1, z: 2}, z: 3}\ng: *x"
    assert read(text.encode()) == {
        "a": "no", "b": "2024-01-31", "c": 16, "d": 1000.0, "e": None, "f": "true",
        "200": {"y": 1, "z": 3}, "g": {"y": 1, "z": 2},
    }  # fmt: skip
    assert read("a: é".encode("utf-16")) == {"a": "é"}


# Hostile documents


def test_aliases_that_multiply_are_refused_before_they_do() -> None:
    bomb = "a0: &a0 [x,x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1},*a{n - 1},*a{n - 1}]\n" for n in range(1, 60))
    assert "at most 400,000 values" in refusal(bomb)
    merged = "a0: &a0 {" + ",".join(f"k{n}: 1" for n in range(5000)) + "}\n"
    merged += "".join(f"m{n}: {{<<: *a0}}\n" for n in range(1000))
    assert "at most 400,000 values, aliases and merges (<<) written out" in refusal(merged)


def test_references_in_circles_and_through_each_other_end() -> None:
    circles = {
        "A": {"$ref": "#/components/schemas/B"},
        "B": {"$ref": "#/components/schemas/A"},
        "C": {
            "allOf": [{"$ref": "#/components/schemas/C"}],
            "properties": {"c": {"$ref": "#/components/schemas/C"}},
        },
    }
    paths = {
        "/a": {"post": json_body({"$ref": "#/components/schemas/A"})},
        "/c": {"post": json_body({"$ref": "#/components/schemas/C"})},
        "/p": {"$ref": "#/paths/~1p"},
        "/r": {"post": {"requestBody": {"$ref": "#/paths/~1r/post/requestBody"}, **OK}},
    }
    found = proposed(document(paths, components={"schemas": circles}))
    assert [one.id for one in found.connector.actions] == ["post_a", "post_c", "post_r"]
    assert any("leads to itself" in one.message for one in found.findings)


def test_a_document_that_branches_without_end_is_refused() -> None:
    schemas: dict[str, Any] = {
        f"S{n}": {"allOf": [{"$ref": f"#/components/schemas/S{n + 1}"}] * 10} for n in range(15)
    }
    value = document(
        {"/a": {"post": json_body({"$ref": "#/components/schemas/S0"})}}, components={"schemas": schemas}
    )
    with pytest.raises(proposal.Unusable, match="refers to itself in too many ways"):
        proposal.propose(value)


def test_of_too_many_operations_the_first_become_actions_and_the_others_are_counted() -> None:
    value = document({f"/items/{n}": {"get": {"operationId": "same", **OK}} for n in range(50_000)})
    found = proposed(value)
    assert len(found.connector.actions) == MAX_ACTIONS
    assert found.findings[0].message == "A connector has at most 500 actions: 49500 operations are left out."


def test_of_too_many_parameters_the_required_ones_stay() -> None:
    many = [{"name": f"p{n}", "in": "query", "required": n > 400} for n in range(450)]
    action = one_action({"parameters": many, **OK}, method="get")
    assert len(action.parameters) == MAX_PARAMETERS
    assert [one.name for one in action.parameters if one.required] == [f"p{n}" for n in range(401, 450)]


def test_findings_are_cut_off_and_counted() -> None:
    found = proposed(document({f"/{n}/..": {"get": OK} for n in range(1000)})).findings
    assert len(found) == MAX_FINDINGS + 1
    assert found[-1].message == "701 more findings are not listed."


def test_enormous_and_unprintable_names_are_made_fit() -> None:
    long = "\ud800\x00\x07" + "é" * 10**6
    value = document(
        {
            f"/{'a' * 5000}": {"get": OK},
            "/b": {"get": {"operationId": long, "summary": long, "description": long}},
        },
        info={"title": long, "description": long},
        components={"securitySchemes": {long: {"type": long}}},
    )
    found = proposed(value)
    assert len(found.connector.actions) == 1
    found.model_dump_json()
    assert max(len(one.where) for one in found.findings) <= 300


# Whatever is given

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
NAMES = (
    "$ref allOf anyOf oneOf type properties items required enum default parameters requestBody content schema get post "
    "in name path query header cookie application/json servers url variables security securitySchemes flows responses "
    "200 headers Link apiKey http oauth2 scheme bearer authorizationCode scopes string object array openapi info title "
    "paths components schemas callbacks webhooks #/components/schemas/A #/paths #/ # /items /{id}"
)
WORDS = st.sampled_from(NAMES.split())
ALIKE = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=40,
)


def read_or_refuse(content: bytes) -> None:
    try:
        value = read(content)
        proposed(value)
    except (scalars.Unreadable, proposal.Unusable) as error:
        assert str(error)  # noqa: PT017 - any of the two, or none


@given(
    st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    read_or_refuse(content)


@given(st.text("[]{}:,-&*!|>'\"%@`#? \n\tab1<~", max_size=60))
def test_any_punctuation_is_read_or_refused(text: str) -> None:
    read_or_refuse(text.encode())


@given(JSON)
def test_any_json_is_read_as_it_is(value: Any) -> None:
    assert read(json.dumps({"in": value}).encode()) == {"in": value}
    with pytest.raises(proposal.Unusable):
        proposal.propose(value)


@given(st.fixed_dictionaries({"paths": ALIKE, "components": ALIKE, "security": ALIKE, "servers": ALIKE}))
@hypothesis_settings(max_examples=150)
def test_any_parts_make_a_proposal_that_can_be_saved_or_a_refusal(parts: dict[str, Any]) -> None:
    read_or_refuse(json.dumps({"openapi": "3.1.0", "info": {"title": "x"}, **parts}).encode())


SCHEMA = st.deferred(
    lambda: st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "object", "array", ["null", "integer"], "odd", 3]),
            "$ref": st.sampled_from(
                ["#/components/schemas/A", "#/components/schemas/B", "#/x", "x.yaml", ""]
            ),
            "properties": st.dictionaries(st.text(max_size=5), SCHEMA, max_size=3),
            "required": st.just(["a"]) | st.booleans(),
            "allOf": st.lists(SCHEMA, max_size=2),
            "oneOf": st.lists(SCHEMA, max_size=2),
            "default": JSON,
            "enum": st.lists(JSON, max_size=3),
            "readOnly": st.booleans(),
        },
    )
)
PARAMETER = st.fixed_dictionaries(
    {
        "name": st.text(max_size=8) | st.just("id"),
        "in": st.sampled_from(["path", "query", "header", "cookie", "body"]),
    },
    optional={"schema": SCHEMA, "required": st.booleans(), "content": st.just({}), "explode": st.booleans()},
)
OPERATION = st.fixed_dictionaries(
    {},
    optional={
        "operationId": st.text(max_size=20),
        "summary": st.text(max_size=20) | st.integers(),
        "parameters": st.lists(PARAMETER, max_size=4),
        "requestBody": st.fixed_dictionaries(
            {"content": st.dictionaries(st.sampled_from(["application/json", "text/xml"]), st.just({}))},
            optional={"required": st.booleans()},
        )
        | st.builds(json_body, SCHEMA).map(lambda made: made["requestBody"]),
        "responses": st.builds(
            lambda schema, name: {"200": {"content": {name: {"schema": schema}}, "headers": {"Link": {}}}},
            SCHEMA, st.sampled_from(["application/json", "*/*"]),
        ),
    },
)  # fmt: skip


@given(
    st.dictionaries(
        st.text(max_size=10).map("/{id}".__add__) | st.text(max_size=10),
        st.dictionaries(st.sampled_from(["get", "post", "delete", "trace"]), OPERATION, max_size=2),
        max_size=4,
    ),
    SCHEMA,
    SCHEMA,
)
@hypothesis_settings(max_examples=150)
def test_any_well_formed_document_makes_a_proposal_that_can_be_saved(
    paths: dict[str, Any], a: dict[str, Any], b: dict[str, Any]
) -> None:
    read_or_refuse(json.dumps(document(paths, components={"schemas": {"A": a, "B": b}})).encode())


def test_a_servers_variable_is_no_longer_than_a_url() -> None:
    """Named over and over, a large one would make an address of gigabytes."""
    server = {"url": "https://{a}" + "{a}" * 20, "variables": {"a": {"default": "x" * 1_000_000}}}
    assert "'a' is longer than a URL may be" in findings(document(servers=[server]))["/servers/0"]
