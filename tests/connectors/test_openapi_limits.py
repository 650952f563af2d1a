"""OpenAPI documents that are broken, endless or enormous: refused with the place, or cut off and told."""

from typing import Any

import pytest

from hub_app.connectors.openapi import proposal, scalars
from hub_app.connectors.openapi.document import MAX_FINDINGS
from hub_app.connectors.schemas.actions import MAX_ACTIONS, MAX_PARAMETERS
from tests.connectors.openapi_documents import OK, document, json_body, one_action, proposed, read, refusal


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
        ("openapi: 3.1.0\nopenapi: 3.0.0", "the key 'openapi' appears more than once at line 2, column 1"),
        ('{"a": 1,\n "a": 2}', "the key 'a' appears more than once at line 2, column 2"),
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
