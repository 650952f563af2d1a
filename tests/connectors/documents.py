"""Documents that cost as much to read as their writer can make them cost. Each is refused, or read at its length's cost."""

import json
from dataclasses import dataclass
from typing import Any

MIB = 2**20
_OK = {"responses": {"200": {"description": "OK"}}}
_HEAD = "openapi: 3.1.0\ninfo: {title: Shop}\nservers: [{url: /v1}]\n"


@dataclass(frozen=True)
class Attack:
    """`told` is a part of the refusal; "" when the document can be read."""

    name: str
    document: str
    told: str


def _document(paths: dict[str, Any] | None = None, **more: Any) -> str:
    base = {"openapi": "3.1.0", "info": {"title": "Shop"}, "servers": [{"url": "/v1"}]}
    return json.dumps({**base, "paths": {"/items": {"get": _OK}} if paths is None else paths, **more})


def _chained(first: str, each: str, times: int) -> str:
    return f"a0: &a0 {first}\n" + "".join(
        f"a{n}: &a{n} {each.format(before=f'*a{n - 1}')}\n" for n in range(1, times)
    )


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}, **_OK}


def _shared(item: dict[str, Any], times: int) -> str:
    """The same path item at many paths."""
    paths = {f"/a{n}": {"$ref": "#/components/pathItems/P"} for n in range(times)}
    return _document(paths, components={"pathItems": {"P": {"get": _OK, **item}}})


_VALUES = "at most 400,000 values, aliases and merges (<<) written out"
_CHARACTERS = "at most 16 million characters, aliases written out"
_TANGLED = "refers to itself in too many ways"
_LONG = "x" * MIB

ATTACKS = [
    # Aliases
    Attack("a billion laughs", _chained("[x, x]", "[{before}, {before}, {before}]", 60), _VALUES),
    Attack("a billion laughs in objects", _chained("{a: 1}", "{{a: {before}, b: {before}}}", 60), _VALUES),
    Attack("quadratic aliases", "a: &a [" + "x," * 2_000 + "]\nb: [" + "*a," * 2_000 + "]", _VALUES),
    Attack("aliases of a long text", f"a: &a {_LONG}\nb: [{'*a,' * 10_000}]", _CHARACTERS),
    Attack("aliases of a long key", f"a: &a {{? {_LONG} : 1}}\nb: [{'*a,' * 10_000}]", _CHARACTERS),
    Attack("aliases in aliases deep down", _chained("[x]", "[{before}]", 300), "nested more than 100 deep"),
    Attack("an alias of itself", "a: &a [*a]", "stands for nothing that comes before it"),
    Attack("anchors by the thousand", "".join(f"a{n}: &a{n} x\n" for n in range(100_000)), "is no OpenAPI"),
    Attack("one anchor again and again", "a: [" + "&a x," * 100_000 + "]", "is no OpenAPI document"),
    # Merge keys
    Attack("merges of a large object", "a: &a {" + ",".join(f"k{n}: 1" for n in range(3_000)) + "}\n"
           + "".join(f"m{n}: {{<<: *a}}\n" for n in range(3_000)), _VALUES),
    Attack("merges of a list of empty ones", "l: &l [" + "{}," * 4_000 + "]\nm: {" + "<<: *l," * 2_000 + "}", _VALUES),
    Attack("a merge of a long list", "e: &e {}\nm: {<<: [" + "*e," * 300_000 + "]}", "is no OpenAPI document"),
    Attack("merges of lists of lists", "e: &e {a: 1}\nl: &l [" + "*e," * 5_000 + "]\n"
           + "".join(f"m{n}: {{<<: *l}}\n" for n in range(5_000)), _VALUES),
    Attack("merges of merges", _chained("{a: 1, b: 2}", "{{<<: {before}, c: {before}}}", 60), _VALUES),
    Attack("merges of merges twice", _chained("{a: 1}", "{{<<: [{before}, {before}]}}", 60), _VALUES),
    Attack("a merge of a text", "a: {<<: x}", "only objects can be merged"),
    # Depth and length
    Attack("deep lists", "a: " + "[" * 100_000, "nested more than 100 deep"),
    Attack("deep objects", "a: " + "{a: " * 100_000, "nested more than 100 deep"),
    Attack("deep blocks", "\n".join(" " * n + "a:" for n in range(2_000)), "nested more than 100 deep"),
    Attack("deep dashes", "- " * 500_000, "nested more than 100 deep"),
    Attack("deep questions", "? " * 500_000, "a key must be text"),
    Attack("deep JSON", "[" * MIB, "nested more than 100 deep"),
    Attack("deep JSON objects", '{"a":' * 500_000, "nested more than 100 deep"),
    Attack("many values", "- a\n" * MIB, _VALUES),
    Attack("many values in JSON", "[" + "[]," * MIB + "[]]", "at most 400,000 values"),
    Attack("many texts in JSON", '["a"' + ',"a"' * (MIB - 10) + "]", "at most 400,000 values"),
    Attack("too long", "x" * (4 * MIB + 1), "must have at most 4 MiB"),
    Attack("a long text", "a: " + "x " * (2 * MIB - 10), "is no OpenAPI document"),
    Attack("a long folded text", "a: >\n" + " x\n" * MIB, "is no OpenAPI document"),
    Attack("a long comment", _HEAD + "#" * 3 * MIB + "\npaths: {/a: {get: {}}}", ""),
    Attack("many comments", _HEAD + "# x\n" * 700_000 + "paths: {/a: {get: {}}}", ""),
    # Scalars
    Attack("a long number", "a: " + "1" * MIB, "more than 100 digits"),
    Attack("a long fraction", "a: 0." + "1" * MIB, "more than 100 digits"),
    Attack("a long number in JSON", "[" + "1" * MIB + "]", "more than 100 digits"),
    Attack("a long fraction in JSON", "[0." + "1" * MIB + "]", "more than 100 digits"),
    Attack("infinite", "a: 1e999", "a number that is too large"),
    Attack("no number", "a: .nan\nb: .inf\nc: 0b1\nd: 1:30:00\ne: 2024-01-31T12:00:00Z", "is no OpenAPI document"),
    Attack("almost a number", "a: " + "1" * MIB + "x", "is no OpenAPI document"),
    Attack("what cannot be there", "a: \x00", "a character that may not be there"),
    Attack("characters of four bytes", "a: " + "𒐫" * (MIB - 10), "is no OpenAPI document"),
    Attack("combining characters", 'a: "' + "\u0301" * MIB + '"', "is no OpenAPI document"),
    Attack("escapes", 'a: "' + "\\U0001F600" * 400_000 + '"', "is no OpenAPI document"),
    Attack("half characters", '{"a": "\\ud800", "openapi": 3}', "is broken at /openapi"),
    # Tags and keys
    Attack("tags of Python", "a: !!python/object/apply:os.system [id]", "the tag 'tag:yaml.org,2002:python/object"),
    Attack("tags of binary", "a: !!binary aGVsbG8=", "the tag 'tag:yaml.org,2002:binary' is not known"),
    Attack("a long tag", "a: !" + "x" * MIB + " b", "is not known"),
    Attack("thousands of tag directives", "".join(f"%TAG !x{n}! a\n" for n in range(200_000)) + "--- a",
           "at most 20 lines that begin with %TAG"),
    Attack("a key twice", "a: 1\na: 2", "the key 'a' appears more than once at line 2"),
    Attack("a long key twice", f'{{"{_LONG}": 1, "{_LONG}": 2}}', "is not valid YAML"),
    Attack("a key twice at the end", "{" + ",".join(f'"k{n}": 1' for n in range(100_000)) + ', "k0": 2}', "appears more than once"),
    Attack("an object as a key", "? {a: 1}\n: b", "a key must be text"),
    Attack("an alias as a key", "a: &a [1]\n*a : b", "a key must be text"),
    Attack("many documents", "--- a\n" * 100_000, "a second document begins"),
    # References
    Attack("references that branch", _document({"/a": {"post": _body({"$ref": "#/components/schemas/S0"})}}, components={
        "schemas": {f"S{n}": {"allOf": [{"$ref": f"#/components/schemas/S{n + 1}"}] * 10} for n in range(15)}}), _TANGLED),
    Attack("properties under a long name", _document(
        {"/a": {"post": _body({"$ref": f"#/components/schemas/{_LONG}"})}},
        components={"schemas": {_LONG: {"properties": {f"p{n}": {} for n in range(50_000)}}}}), ""),
    Attack("a long reference from many places", _document(
        {f"/a{n}": {"$ref": "#/components/pathItems/P"} for n in range(20_000)},
        components={"pathItems": {"P": {"$ref": f"#/components/pathItems/{_LONG}"}, _LONG: {"get": _OK}}}), _TANGLED),
    Attack("thousands of parts of a large object", _document({"/a": {"post": _body({"allOf": [
        {"properties": {f"p{n}": {} for n in range(30_000)}}, *[{}] * 30_000]})}}), ""),
    Attack("servers of a shared path", _shared({"servers": [{"url": "https://{a}.x", "variables": {
        **{f"v{n}": {"default": 1} for n in range(20_000)}, "a": {"default": "b"}}}]}, 20_000), _TANGLED),
    Attack("parameters of a shared path", _shared({"parameters": [
        {"name": f"p{n}", "in": "query", "schema": {"type": "string"}} for n in range(5_000)]}, 500), _TANGLED),
    Attack("values of a shared parameter", _shared({"parameters": [
        {"name": "a", "in": "query", "schema": {"enum": ["x"] * 50_000}}]}, 500), _TANGLED),
    Attack("security of every operation", _document({f"/a{n}": {"get": _OK} for n in range(500)},
        security=[{"a": []}] * 50_000), _TANGLED),
]  # fmt: skip
