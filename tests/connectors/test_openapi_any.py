"""Whatever an OpenAPI document says: it makes a proposal that can be saved, or is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hub_app.connectors.openapi import proposal, scalars
from tests.connectors.openapi_documents import document, json_body, proposed, read

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
