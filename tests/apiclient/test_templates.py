"""One language for `{{ references }}`: names and JMESPath, with the results that bodies of names alone have always had."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.apiclient import bodies, templates
from hub_app.apiclient.templates import ABSENT, ANY, PLAIN, Absent
from hub_app.kernel.values import as_text

NAMES = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="{}"), min_size=1, max_size=6
)
LIKELY = st.sampled_from(
    ["a", "a.b", "b", "a[0]", "a-b", "$f", "@", "1", "`1`", "a||b", "length(a)", "*", "'a'", "#if", "/if"]
)
JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda parts: (
        st.lists(parts, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b"]) | st.text(max_size=4), parts, max_size=3)
    ),
    max_leaves=6,
)
SPACES = st.sampled_from(["", " ", "  ", "\n", "\u00a0"])


def as_before(template: JsonValue, values: Mapping[str, JsonValue]) -> JsonValue | Absent:
    """What bodies became when their references were names and nothing else: kept here to compare with."""
    one = re.compile(r"\{\{\s*([\x21-\x7a\x7c\x7e]+?)\s*\}\}")

    def inside(found: re.Match[str]) -> str:
        value = values.get(found.group(1))
        return "" if value is None else as_text(value)

    match template:
        case str():
            whole = one.fullmatch(template.strip())
            return values.get(whole.group(1), ABSENT) if whole else one.sub(inside, template)
        case list():
            parts = [as_before(part, values) for part in template]
            return [part for part in parts if not isinstance(part, Absent)]
        case dict():
            fields = {name: as_before(part, values) for name, part in template.items()}
            return {name: part for name, part in fields.items() if not isinstance(part, Absent)}
        case _:
            return template


def names_in(template: JsonValue) -> set[str]:
    return set(templates.references(template, PLAIN))


@st.composite
def documents(draw: st.DrawFn) -> tuple[JsonValue, set[str], dict[str, JsonValue]]:
    """A body whose references are all declared, as it had to be; its parameters, and the values that are given."""
    declared = draw(st.lists(NAMES | LIKELY, min_size=1, max_size=4, unique=True))
    braced = st.builds(lambda b, n, a: "{{" + b + n + a + "}}", SPACES, st.sampled_from(declared), SPACES)
    other = st.sampled_from(
        ["{{ first name }}", "{{#each x}} ", "{{ a | up }}", "}}", "{{", "{", " "]
    ) | st.text(max_size=6)
    texts = st.lists(braced | other, max_size=4).map("".join)
    template = draw(
        st.recursive(
            texts | st.integers() | st.none(),
            lambda parts: st.lists(parts, max_size=3) | st.dictionaries(texts, parts, max_size=3),
            max_leaves=6,
        )
    )
    given = draw(st.lists(st.sampled_from(declared), unique=True))
    return template, {*declared, *names_in(template)}, {name: draw(JSON) for name in given}


@given(documents())
@example(("{{ a.b }}", {"a", "a.b"}, {"a": {"b": 1}}))
@example((["{{ a.b }}", "{{ a.b }}!"], {"a", "a.b"}, {"a": {"b": 1}, "a.b": None}))
async def test_every_document_of_names_gives_what_it_gave_before(
    document: tuple[JsonValue, set[str], dict[str, JsonValue]],
) -> None:
    template, declared, values = document
    assert bodies.unknown(template, declared) == []
    assert repr(await bodies.filled(template, declared, values, partition="a")) == repr(
        as_before(template, values)
    )


@given(JSON.filter(lambda value: "{{" not in str(value)))
async def test_a_template_without_references_is_sent_as_it_is(body: JsonValue) -> None:
    assert repr(await bodies.filled(body, ["a"], {"a": "b"}, partition="a")) == repr(body)


@given(JSON | st.just("{{ x }}"))
async def test_a_text_that_is_a_reference_becomes_the_value_whatever_it_holds(value: JsonValue) -> None:
    """Also a value with braces of its own: nothing is resolved twice."""
    values: dict[str, JsonValue] = {"v": value, "x": "!"}
    assert await bodies.filled({"a": ["{{ v }}"]}, values, values, partition="a") == {"a": [value]}


@given(name=st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True), value=JSON)
async def test_a_plain_name_means_the_same_to_bodies_and_to_plans(name: str, value: JsonValue) -> None:
    for pattern in (ANY, PLAIN):
        (reference,) = templates.references(f"{{{{ {name} }}}}", pattern)
        assert await templates.found([reference], {name: value}, partition="a") == {name: value}
        # By name or by JMESPath.
        nested = await templates.found([f"it.{reference}"], {"it": {name: value}}, partition="a")
        assert nested == {f"it.{name}": value}


@pytest.mark.parametrize(
    ("reference", "known"),
    [
        *((one, True) for one in ("a", "a.x[0]", "length(a)", "a||'b'", "'a'||b")),
        *((one, False) for one in ("b", "b.a", "#a", "/a", "@", "length(b)", "a." * 600)),
    ],
)
def test_what_has_to_do_with_no_parameter_is_told(reference: str, *, known: bool) -> None:
    assert templates.is_known(reference, ["a"]) is known
