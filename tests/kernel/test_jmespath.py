"""The bounded evaluator against jmespath itself: the same values, or a refusal in words; and what it counts."""

import json
from typing import Any

import jmespath
import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError
from jmespath.parser import Parser

from hub_app.kernel.jmespath import evaluator, grammar, values
from hub_app.kernel.jmespath.budget import Budget, Unselectable

NAMES = st.sampled_from(["a", "b", "c", '"x-y"'])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.sampled_from([0.5, 1.0, 2**70, -(2**63)])
    | st.sampled_from(["", "a", "b", "1", "1.5", "é", "ab"])
)
DATA: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "c", "x-y"]), inner, max_size=4)
    ),
    max_leaves=15,
)
LITERALS = SCALARS.map(lambda value: f"`{json.dumps(value)}`") | st.sampled_from(
    ["'a'", "'1'", "`[1, 2]`", "`{}`"]
)
INDICES = st.integers(-3, 3)
SLICES = st.tuples(*[st.none() | INDICES] * 3).map(
    lambda parts: "[" + ":".join("" if part is None else str(part) for part in parts) + "]"
)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def joined(*parts: Any) -> st.SearchStrategy[str]:
        return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map("".join)

    one = st.sampled_from(
        [
            "abs",
            "avg",
            "ceil",
            "floor",
            "keys",
            "length",
            "max",
            "min",
            "not_null",
            "reverse",
            "sort",
            "sum",
            "to_array",
            "to_number",
            "to_string",
            "type",
            "values",
        ]
    )
    two = st.sampled_from(["contains", "ends_with", "join", "starts_with", "merge", "not_null"])
    by = st.sampled_from(["max_by", "min_by", "sort_by"])
    comparison = st.sampled_from([" == ", " != ", " < ", " <= ", " > ", " >= ", " || ", " && ", " | "])
    tail = st.sampled_from(["[*]", "[]", ".*", ".a", ".b", "[0]", "[-1]", ".[a, @]", ".{k: a, l: b}"])
    return st.one_of(
        joined(inner, tail), joined(inner, SLICES), joined(inner, comparison, inner), joined("(", inner, ")"),
        joined(inner, "[?", inner, "]"), joined(inner, "[?", inner, "].", NAMES), joined("!", inner),
        joined("[", inner, ", ", inner, "]"), joined("{k: ", inner, ", l: ", inner, "}"),
        joined(one, "(", inner, ")"), joined(two, "(", inner, ", ", inner, ")"),
        joined(by, "(", inner, ", &", inner, ")"), joined("map(&", inner, ", ", inner, ")"),
    )  # fmt: skip


EXPRESSIONS = st.recursive(st.sampled_from(["@", "*", "[*]", "[]"]) | NAMES | LITERALS, _larger, max_leaves=8)


def plain(expression: str, data: Any) -> Any:
    """What jmespath selects; Unselectable where it fails."""
    try:
        return jmespath.search(expression, data)
    except (JMESPathError, TypeError, ValueError, ArithmeticError):
        raise Unselectable from None


def exact(value: Any) -> str:
    """Text that tells 1 from true and 1.0, and `{a: …, b: …}` from `{b: …, a: …}`."""
    return json.dumps(value)


@given(EXPRESSIONS, DATA)
@example("a == b", {"a": [1, [True]], "b": [1.0, [1]]})
@example("contains(a, b)", {"a": [[0], {}], "b": [False]})
@hypothesis_settings(max_examples=600)
def test_whatever_is_asked_of_whatever_data_is_what_jmespath_answers(expression: str, data: Any) -> None:
    try:
        tree = grammar.parsed(expression)
    except Unselectable:
        with pytest.raises(JMESPathError):
            jmespath.compile(expression)
        return
    try:
        found = evaluator.evaluate(tree, data, Budget())
        values.check_result(found)
    except Unselectable as refused:
        assert str(refused)  # noqa: PT017 - one outcome of two
        try:
            unusable = plain(expression, data)
        except Unselectable:
            return
        with pytest.raises(Unselectable):
            values.check_result(unusable)
        return
    assert exact(found) == exact(plain(expression, data))


PARTS = st.sampled_from(["a", "b", "c", '"x-y"', '"a"', "[0]", "[-1]", "[2]"])


@given(st.sampled_from(["a", "b", '"x-y"']), st.lists(PARTS, max_size=5), DATA)
def test_a_path_finds_what_jmespath_finds(first: str, parts: list[str], data: Any) -> None:
    expression = first + "".join(part if part.startswith("[") else f".{part}" for part in parts)
    path = grammar.path_of(expression)
    assert path is not None
    assert exact(path.follow(data)) == exact(jmespath.search(expression, data))


@pytest.mark.parametrize(
    "expression", ['"a', 'a"b"', '"a"b', '""', '"a\\"b"', '"a\nb"', 'a."', '"a".', '"a"("b")']
)
def test_what_is_not_quite_a_path_is_none(expression: str) -> None:
    assert grammar.path_of(expression) is None


def test_a_path_of_quoted_names_has_them_as_they_stand() -> None:
    path = grammar.path_of('"First Name"."Größe [m].x"[0].id')
    assert path is not None
    assert path.parts == ("First Name", "Größe [m].x", 0, "id")


@pytest.mark.parametrize(
    ("expression", "paths", "filters"),
    [
        ("a.b[0].c", {("a", "b", 0, "c")}, False),
        ("a.b || not_null(c, d.e)", {("a", "b"), ("c",), ("d", "e")}, False),
        ("a[?b == 'c'].d | [0]", {("a",)}, True),
        ("items[].name | join(', ', @)", {("items",)}, False),
        ("people[*].{n: name, x: other}", {("people",)}, False),
        ("[first, last][0]", {("first",), ("last",)}, False),
        ("map(&name, people.all)", {("people", "all")}, False),
        ("a == 'x' && !b", {("a",), ("b",)}, False),
        ("'constant'", set(), False),
        ("length(@)", set(), False),
    ],
)
def test_an_expression_rests_on_the_paths_that_begin_at_the_value(
    expression: str, paths: set[tuple[str | int, ...]], *, filters: bool
) -> None:
    assert grammar.rests_on(expression) == grammar.Rests(frozenset(paths), filters)


WALKS = st.lists(
    st.sampled_from(["a", "b", "[*]", "[]", "*", "[0]", "[::-1]", "[:1]", "[?@]", "[@, @]"]),
    min_size=1,
    max_size=5,
).map(" | ".join)


@given(WALKS, DATA)
def test_what_only_walks_makes_nothing_twice(expression: str, data: Any) -> None:
    """It is done at once, without a look at its result: that can be no more than the data."""
    if grammar.walk_of(expression) is None:
        assert "[?" in expression or "[@," in expression
    else:
        assert size(plain(expression, data)) <= size(data)


def size(value: Any) -> int:
    return 1 + sum(map(size, values.parts(value)))


@given(DATA, DATA)
def test_equal_is_pythons_equal(left: Any, right: Any) -> None:
    assert values.equal([left], [right], Budget()) == ([left] == [right])
    assert values.equal([left], [json.loads(json.dumps(left))], Budget())


@pytest.mark.parametrize(
    ("expression", "data"),
    [
        ("join(a, b)", {"a": "x" * 1_000, "b": ["y"] * 1_000}),
        ("to_string(@)", ["\x00" * 1_000]),
        ("reverse(@)", "x" * 10_000),
        ("reverse(@)", [0] * 10_000),
        ("sort(@)", [0] * 10_000),
        ("[*]", [0] * 10_000),
        ("[]", [[0] * 10_000]),
        ("@[:]", [0] * 10_000),
        ("@[::-1]", [0] * 10_000),
        ("map(&@, @)", [0] * 10_000),
        ("keys(@)", {str(n): n for n in range(10_000)}),
        ("values(@)", {str(n): n for n in range(10_000)}),
        ("merge(@, @)", {str(n): n for n in range(10_000)}),
        ("[*].[@]", [0] * 10_000),
        ("[*].{a: @}", [0] * 10_000),
        ("[?@ == `0`]", [0] * 10_000),
    ],
)
def test_what_makes_something_is_refused_before_it_is_made(expression: str, data: Any) -> None:
    """Whatever makes thousands of values or characters has counted them, as bytes, by then."""
    evaluator.evaluate(grammar.parsed(expression), data, Budget())
    with pytest.raises(Unselectable, match="MiB on the way"):
        evaluator.evaluate(grammar.parsed(expression), data, Budget(memory=20_000))


@pytest.mark.parametrize(
    ("expression", "data"),
    [
        ("a == b", {"a": [[0]] * 5_000, "b": [[1 - 1]] * 4_999 + [[1]]}),
        ("a == b", {"a": {str(n): [0] for n in range(5_000)}, "b": {str(n): [0] for n in range(5_000)}}),
        (
            "a == b",
            {"a": {str(n): {"c": 0} for n in range(500)}, "b": {str(n): {"c": 0} for n in range(500)}},
        ),
        ("a == b", {"a": "x" * 1_000_000, "b": "y" * 1_000_000}),
        ("a < b", {"a": "x" * 1_000_000, "b": "y" * 1_000_000}),
        ("contains(a, b)", {"a": [[n] for n in range(5_000)], "b": [-1]}),
        ("contains(a, b)", {"a": [[[0] * 4_000 + [n]] for n in range(10)], "b": [[0] * 4_000 + [-1]]}),
        ("contains(a, b)", {"a": "x" * 1_000_000, "b": "y"}),
        ("starts_with(a, a)", {"a": "x" * 1_000_000}),
        ("ends_with(a, a)", {"a": "x" * 1_000_000}),
        ("to_number(a)", {"a": "x" * 100_000}),
        ("max(a)", {"a": ["x" * 1_000] * 1_000}),
        ("min(a)", {"a": ["x" * 1_000] * 1_000}),
        ("sort(a)", {"a": ["x" * 1_000] * 100}),
        ("sort_by(a, &@)", {"a": ["x" * 1_000] * 100}),
        ("max_by(a, &@)", {"a": ["x" * 1_000] * 100}),
        ("sum(a)", {"a": [1] * 5_000}),
        ("avg(a)", {"a": [1] * 5_000}),
        ("a[?!@]", {"a": [1] * 5_000}),
        ("map(&@, a)", {"a": [1] * 5_000}),
    ],
)
def test_what_takes_work_is_counted(expression: str, data: Any) -> None:
    evaluator.evaluate(grammar.parsed(expression), data, Budget())
    with pytest.raises(Unselectable, match="takes more than 1,000 steps"):
        evaluator.evaluate(grammar.parsed(expression), data, Budget(steps=1_000))


def test_of_long_expressions_nothing_is_kept() -> None:
    """A parsed one takes hundreds of times the memory of its text, and anybody may write thousands."""
    long = "@|" * 400 + "a"
    assert grammar.parsed(long) is not grammar.parsed(long)
    assert grammar.parsed("a|b") is grammar.parsed("a|b")
    assert "a|b" not in vars(Parser)["_CACHE"]
