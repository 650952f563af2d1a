"""Expressions that cost as much as their writer can make them cost, each with data of at most 400 KB."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Attack:
    name: str
    expression: str
    data: Any


def _piped(*parts: str) -> str:
    return " | ".join(parts)


def _doubled(times: int, by: str = "[@, @]") -> str:
    return _piped(*[by] * times)


def _deep(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


_ZEROS: Any = [0] * 100_000
_ROWS: Any = [{"id": n, "name": f"name {n}", "tags": ["a", "b", str(n)]} for n in range(4_000)]
_LISTS: Any = [[0] * 100 for _ in range(1_000)]
_TEXT = "a" * 200_000
_NAMES: Any = ["x" * 1_000 + str(n) for n in range(200)]
_OBJECT: Any = {f"name{n}": n for n in range(15_000)}
_SAME: Any = {"left": [[n] for n in range(20_000)], "right": [[n] for n in range(20_000)]}

ATTACKS = [
    # Comparing
    Attack("every list with itself", _piped(_doubled(20, "[@, @][]"), "[?@ == @]"), _LISTS),
    Attack("two doubled trees", f"[{_doubled(25)}, {_doubled(25)}] | [0] == [1]", [1, 2, 3]),
    Attack("two doubled objects", "[{0}, {0}] | [0] == [1]".format(_doubled(22, "{a: @, b: @}")), {"c": 1}),
    Attack("equal lists over and over", " && ".join(["left == right"] * 40), _SAME),
    Attack("a list in lists", _piped(_doubled(12, "[@, @][]"), "[?contains(@, `[]`)]"), _LISTS),
    Attack("a tree in trees", f"[{_doubled(20)}, {_doubled(20)}] | contains([[0]], [1])", [1]),
    Attack("texts by order", _piped(_doubled(14, "[@, @][]"), "[?t >= t]"), {"t": _TEXT}),
    Attack("beginnings", _piped("[@]", _doubled(20, "[@, @][]"), "[?starts_with(t, t)]"), {"t": _TEXT}),
    Attack("ends", _piped("[@]", _doubled(20, "[@, @][]"), "[?ends_with(t, t)]"), {"t": _TEXT}),
    Attack(
        "a needle", _piped("[@]", _doubled(12, "[@, @][]"), f"[?contains(@, '{'a' * 60}b{'a' * 60}')]"), _TEXT
    ),
    # Sorting and looking for the largest
    Attack("sorting again", _piped(*["sort(@)", "reverse(@)"] * 200), _NAMES),
    Attack("sorting by texts", _piped(*["sort_by(@, &to_string(@))"] * 30), _ROWS),
    Attack("sorting by sorting", _piped(*["sort_by(@, &sort(tags)[0])"] * 35), _ROWS),
    Attack("the largest by texts", _piped("[@, @, @, @][]", "max_by(@, &to_string(@))", "@"), _LISTS),
    Attack("the largest again", f"[{', '.join(['max(@)'] * 60)}]", _ZEROS),
    Attack("sums", f"[{', '.join(['sum(@)', 'avg(@)'] * 30)}]", _ZEROS),
    # Making texts
    Attack("join by a long text", "join(by, of)", {"by": _TEXT, "of": [""] * 13_000}),
    Attack("join doubles", _piped("to_string(@)", _doubled(40, "join('', [@, @])")), [1, 2, 3]),
    Attack("join of a map", "join(@[0], map(&@, @))", [_TEXT] * 2 + [""] * 20_000),
    Attack("written again and again", _piped(*["to_string([@])"] * 40), '"'),
    Attack("a doubled tree written", _piped(_doubled(60), "length(to_string(@))"), 1),
    Attack("doubled objects written", _piped(_doubled(38, "{a: @, b: @}"), "length(to_string(@))"), 1),
    Attack("all rows written for each", f"[{', '.join(['to_string(@)'] * 40)}]", _ROWS),
    Attack("turned round", f"[{', '.join(['reverse(@)'] * 70)}]", _TEXT * 2),
    # Making lists and objects
    Attack("lists double", _doubled(60, "[@, @][]"), [1, 2, 3]),
    Attack("lists double by projections", _doubled(50, "[[*], [*]][]"), [1, 2, 3]),
    Attack("lists double by slices", _doubled(60, "[@[:], @[::-1]][]"), [1, 2, 3]),
    Attack("values double", _doubled(60, "[values(@), values(@)][] | {a: @, b: @}"), _OBJECT),
    Attack("names", f"[{', '.join(['keys(@)', 'values(@)'] * 40)}]", _OBJECT),
    Attack("merging", _doubled(60, "merge(@, @, @, @)"), _OBJECT),
    Attack("a doubled tree as the result", _doubled(60), 1),
    Attack("wildcards over doubled objects", _piped(_doubled(30, "{a: @, b: @}"), f"*{'.*' * 30}"), 1),
    Attack("flattened step by step", _piped(_doubled(25), f"@{'[]' * 25}"), 1),
    Attack("map in map", _piped(_doubled(25), "map(&map(&map(&map(&map(&@, @), @), @), @), @)"), [1]),
    Attack("filter in filter", _piped(_doubled(23), f"{'[?' * 23}@{']' * 23}"), 1),
    Attack("objects for every zero", _piped(*["[*].{a: @, b: @, c: @, d: @}"] * 3), _ZEROS),
    # Nesting and numbers
    Attack("deep data", "to_string(@)", _deep(5_000)),
    Attack("deep data is no reason to stop", "[?@ == `1`]", _deep(240)),
    Attack("a deep result", _doubled(150, "[@]"), 1),
    Attack("a deep expression", "[" * 400 + "@" + "]" * 400, 1),
    Attack("many negations", "!" * 900 + "@", 1),
    Attack("expressions of expressions", "(&" * 300 + "@" + ")" * 300, 1),
    Attack("infinite", "sum([`1e308`, `1e308`])", 1),
    Attack("long numbers", "to_string(sum([@, @]))", 10**4299 * 9),
    Attack("a number of digits", _piped("[@]", _doubled(18, "[@, @][]"), "map(&to_number(@), @)"), "1" * 20_000),
    Attack("a slice without a step", "@[::0]", [1]),
    Attack("texts and numbers", "@ < 'a'", 1),
]  # fmt: skip
