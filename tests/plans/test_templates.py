"""References in a plan's parameters: JMESPath and nothing more, checked when saved, resolved when run."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.plans import templates
from hub_app.plans.templates import Unresolved

VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KNOWN: dict[str, JsonValue] = {
    "steps": {"list_items": {"data": [{"id": 7, "name": "Ann"}], "status_code": 200, "ok": True}},
    "input": {"greeting": "Hello"},
    "event": {"id": "e", "type": "order.placed", "data": {"order": 12}},
}


async def test_a_reference_alone_keeps_its_type_and_one_within_a_text_becomes_text() -> None:
    params: JsonValue = {
        "id": "{{ steps.list_items.data[0].id }}",
        "row": " {{steps.list_items.data[0]}} ",
        "text": "{{ input.greeting }} {{ steps.list_items.data[0].name }}: {{ event.data }}",
        "nested": [{"ok": "{{ steps.list_items.ok }}"}, 3, None],
    }
    assert await templates.resolved(params, KNOWN, partition="acme") == {
        "id": 7,
        "row": {"id": 7, "name": "Ann"},
        "text": 'Hello Ann: {"order":12}',
        "nested": [{"ok": True}, 3, None],
    }


@given(value=VALUES)
async def test_whatever_a_reference_leads_to_arrives_as_it_is(value: JsonValue) -> None:
    assert await templates.resolved("{{ input.it }}", {"input": {"it": value}}, partition="acme") == value
    within = await templates.resolved("<{{ input.it }}>", {"input": {"it": value}}, partition="acme")
    assert isinstance(within, str)
    inside = within[1:-1]
    assert inside == value if isinstance(value, str) else json.loads(inside) == value


@given(text=st.text())
async def test_what_is_put_in_is_never_resolved_again(text: str) -> None:
    braced = "{{ " + text + " }} {{ steps.list_items.data }}"
    known: dict[str, JsonValue] = {**KNOWN, "input": {"it": braced}}
    assert await templates.resolved("{{ input.it }}", known, partition="acme") == braced
    assert await templates.resolved("a {{ input.it }}", known, partition="acme") == f"a {braced}"


@given(text=st.text().filter(lambda text: "{{" not in text))
async def test_a_text_without_references_stays(text: str) -> None:
    templates.check(text, [])
    assert await templates.resolved(text, {}, partition="acme") == text


@given(expression=st.text(max_size=40))
async def test_any_text_between_braces_is_refused_or_resolved_but_does_nothing_else(expression: str) -> None:
    text = "{{ " + expression + " }}"
    try:
        templates.check(text, ["list_items"])
    except ValueError:
        return
    try:
        found = await templates.resolved(text, KNOWN, partition="acme")
    except Unresolved as error:
        assert expression.strip() in str(error)  # noqa: PT017 - one outcome of two
    else:
        json.dumps(found)


@pytest.mark.parametrize(
    "expression",
    [
        "steps.__class__",
        "steps.list_items.__class__.__mro__",
        "input.__init__.__globals__",
        "event.data.keys",
        "input.greeting.upper",
        "steps.list_items.data[0].__dict__",
    ],
)
async def test_pythons_insides_are_not_there(expression: str) -> None:
    with pytest.raises(Unresolved) as error:
        await templates.resolved("{{ " + expression + " }}", KNOWN, partition="acme")
    assert f"{{{{ {expression} }}}} leads to nothing" in str(error.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ __import__('os').system('id') }}", "{{ __import__('os').system('id') }} must begin"),
        ("{{ env.HOME }}", "must begin with steps, input or event"),
        ("{{ length(steps.list_items.data) }}", "must begin with"),
        ("{{ inputs.x }}", "must begin with"),
        ("{{ }}", "must begin with"),
        ("{{ steps.later.data }}", "{{ steps.later.data }} does not name a step that comes before"),
        ("{{ steps.* }}", "does not name a step"),
        ("{{ steps }}", "does not name a step"),
        ("{{ input.a", "{{ without its }}"),
        ("{{ {{ input.a }} }}", "has a {{ without its }}"),
    ],
)
def test_what_is_no_reference_is_refused_when_it_is_saved(text: str, told: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - its text is what counts
        templates.check({"a": [{"b": text}]}, ["list_items"])
    assert told in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "{{ steps.list_items.data[?id > `3`].name | [0] }}",
        '{{ steps."list_items".data }}',
        "{{ steps.list_items.data | length(@) }}",
        "{{ input.a || 'none' }}",
        "no reference at all }}",
    ],
)
def test_jmespath_is_accepted(text: str) -> None:
    templates.check(text, ["list_items"])


async def test_references_cannot_multiply_what_they_find_without_end() -> None:
    known: dict[str, JsonValue] = {"input": {"much": "x" * 200_000}}
    assert await templates.resolved("{{ input.much }}" * 5, known, partition="acme") == "x" * 1_000_000
    with pytest.raises(Unresolved, match="larger than 1024 KiB"):
        await templates.resolved("{{ input.much }}" * 6, known, partition="acme")
    with pytest.raises(Unresolved, match="larger than 1024 KiB"):
        await templates.resolved({"list": ["{{ input.much }}" for _ in range(6)]}, known, partition="acme")


async def test_a_function_that_does_not_fit_names_the_reference() -> None:
    with pytest.raises(Unresolved, match=r"\{\{ input.greeting \| abs\(@\) \}\} does not fit"):
        await templates.resolved("{{ input.greeting | abs(@) }}", KNOWN, partition="acme")


def test_a_text_of_beginnings_alone_is_refused_at_once() -> None:
    """To look for the end of each would take hours."""
    with pytest.raises(ValueError, match=r"has a \{\{ without its \}\}"):
        templates.check("{{" * 1_000_000, [])


def test_the_expressions_of_a_plan_have_an_end_and_its_paths_do_not() -> None:
    """They are parsed whenever the plan is saved: to parse a megabyte would hold up everybody for seconds."""
    paths = "{{ input.a[0].b }}" * 200
    assert templates.check(paths, []) == templates.MAX_EXPRESSIONS
    left = templates.check("{{ input.a || 'x' }}", [])
    assert left == templates.MAX_EXPRESSIONS - len("input.a || 'x'")
    many = f"{{{{ input.a || '{'x' * 900}' }}}}"
    with pytest.raises(
        ValueError, match="has too many expressions: those of a plan may have 20,000 characters"
    ):
        templates.check(many * 30, [])
    with pytest.raises(ValueError, match="has too many expressions"):
        templates.check(many, [], 500)


@pytest.mark.parametrize(
    ("text", "why"),
    [("{{ input.a }}" * 201, "at most 200 references"), (f"{{{{ input.{'a' * 1000} }}}}", "at most 1,000")],
)
def test_references_are_few_and_short(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        templates.check({"a": ["{{ input.b }}", text]}, [])


@pytest.mark.parametrize(
    ("text", "beginnings"),
    [
        ("none", set[str]()),
        (
            "{{ steps.a.data[0].id }} {{ steps.b }} {{ input.x }} {{event}}",
            {"steps.a", "steps.b", "input", "event"},
        ),
        ("{{ steps.a.data }} {{ steps.a || steps.b }}", None),
        ('{{ steps."a".data }}', {"steps.a"}),
    ],
)
def test_what_references_begin_with_is_known_when_they_are_paths(
    text: str, beginnings: set[str] | None
) -> None:
    assert templates.beginnings({"text": [text]}) == beginnings
