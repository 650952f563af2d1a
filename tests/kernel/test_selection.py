"""JMESPath as Hub applies it: what it selects, and that nothing it is given holds Hub up or fills its memory."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.kernel import confined, selection
from hub_app.kernel.jmespath import evaluator, values
from hub_app.kernel.selection import Unselectable
from tests.kernel.expressions import ATTACKS, Attack
from tests.kernel.ticks import Ticks, memory

JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=3), parts, max_size=4),
)
ITEMS: JsonValue = {"items": [{"id": 1, "on": True}, {"id": 2, "on": False}], "x-y": [[1], [2, None]]}


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("", ITEMS),
        (" @ ", ITEMS),
        ("items[].id", [1, 2]),
        ("items[0].id", 1),
        ("items[-1].id", 2),
        ("items[2]", None),
        ("items.id", None),
        ("items[0][0]", None),
        ('"x-y"[]', [1, 2]),
        ('"x-y"[*][]', [1, 2]),
        ('"x-y"[][*]', []),
        ("items[::-1].id", [2, 1]),
        ("*", [[{"id": 1, "on": True}, {"id": 2, "on": False}], [[1], [2, None]]]),
        ("items[?on].id | [0]", 1),
        ("items[0].{key: id}", {"key": 1}),
        ("nothing.here", None),
        ("length(items)", 2),
    ],
)
async def test_it_selects(expression: str, found: JsonValue) -> None:
    assert await selection.select(expression, ITEMS, partition="acme") == found


async def test_several_expressions_are_answered_together_and_the_one_that_fails_is_named() -> None:
    given = ["length(items)", "items[0].id", "items[?on].id"]
    assert await selection.select_all(given, ITEMS, partition="acme") == [2, 1, [1]]
    with pytest.raises(selection.UnselectableOf, match="takes number, not array") as refused:
        await selection.select_all([*given, "abs(items)", "abs('a')"], ITEMS, partition="acme")
    assert refused.value.expression == "abs(items)"


async def test_of_many_values_each_has_its_own_answers_and_failures() -> None:
    given: list[JsonValue] = [{"a": ["x", "y"]}, {"a": 1}, {"a": None}]
    found = await selection.select_each(["join('-', a)", "not_null(a, 'none')"], given, partition="acme")
    joined = [one for one, _ in found]
    assert joined[0] == "x-y"
    assert [str(one) for one in joined[1:]] == [
        "does not fit the data: join() takes array-string, not number",
        "does not fit the data: join() takes array-string, not null",
    ]
    assert [other for _, other in found] == [["x", "y"], 1, "none"]


async def test_a_value_that_costs_too_much_leaves_the_others_their_share() -> None:
    small: list[JsonValue] = [{"a": [1]}]
    large: JsonValue = {"a": [*range(40_000)]}
    given = [*small, large, *small * 98]
    found = await selection.select_each(["length(a[?@])", "length(a)"], given, partition="acme")
    assert found[0] == found[99] == [1, 1]
    assert all(str(one).startswith("takes more than 30,000 steps") for one in found[1])


async def test_many_walks_through_the_data_take_no_more_of_the_others_time_than_one() -> None:
    """Each of them alone is done in a moment; two hundred moments are a stall."""
    value: JsonValue = {"rows": [{"a": 0} for _ in range(1_800)]}
    expressions = [f"rows[*].b{n}" for n in range(200)]
    for one in expressions:
        selection.check(one)
    before = time.thread_time()
    assert await selection.select_all(expressions, value, partition="acme") == [[]] * 200
    assert time.thread_time() - before < 0.05


async def test_what_many_expressions_select_is_looked_through_once() -> None:
    value: JsonValue = {"rows": list(range(1_500))}
    expressions = [f"rows[:{n + 1_300}] | [::]" for n in range(200)]
    before = time.perf_counter()
    found = evaluator.evaluate_all(expressions, value)["found"]
    assert [len(one) for one in found] == [1_300 + n for n in range(200)]
    # As long as it takes to look through the last of them so often.
    once = time.perf_counter() - before
    before = time.perf_counter()
    for _ in range(1_000):
        values.check_result(found[-1])
    assert once < time.perf_counter() - before


@pytest.mark.parametrize("value", [2**80, -(10**4000), "half \ud800", 0.1, 1e300, "a\x00b", None, "é" * 1000])
async def test_values_come_back_from_a_child_process_as_they_went(value: JsonValue) -> None:
    assert await selection.select("not_null(@)", {"a": value}, partition="acme") == {"a": value}


@given(st.text(max_size=30), JSON)
async def test_any_text_is_an_expression_or_refused(expression: str, value: JsonValue) -> None:
    try:
        selection.check(expression)
    except Unselectable as error:
        assert str(error).startswith("is not a JMESPath expression: ")  # noqa: PT017 - either may be
        return
    try:
        await selection.select(expression, value, partition="acme")
    except Unselectable as error:
        assert str(error).startswith("does not fit the data: ")  # noqa: PT017 - as above


@pytest.mark.parametrize("expression", ["[", "a b", "a.[b", "unknown(@)", "@" * 5000, "(" * 5000])
async def test_what_is_none_is_refused_in_a_line(expression: str) -> None:
    with pytest.raises(Unselectable) as refused:
        await selection.select(expression, {"a": 1}, partition="acme")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("expression", ["ceil(to_number('1e999'))", "not_null(&a)", "to_array(&a)"])
async def test_what_is_no_value_is_refused(expression: str) -> None:
    with pytest.raises(Unselectable, match="does not fit the data"):
        await selection.select(expression, {"a": 1}, partition="acme")


async def test_a_refusal_shows_nothing_of_the_data() -> None:
    secret = "hunter2-hunter2"
    for expression in [
        "abs(@)",
        "@ < `1`",
        "sum([@])",
        "to_number(@) | abs(@)",
        "contains(@, `1`)",
        "max([@, `1`])",
    ]:
        with pytest.raises(Unselectable) as refused:
            await selection.select(expression, secret, partition="acme")
        assert secret not in str(refused.value)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_no_expression_holds_up_hub_or_fills_its_memory(attack: Attack) -> None:
    """Each ends with a value or in words. Others are served meanwhile, and what it takes is not Hub's memory."""
    before = memory()
    async with Ticks() as ticks:
        try:
            found = await selection.select(attack.expression, attack.data, partition="mallory")
        except Unselectable as refused:
            assert "\n" not in str(refused)  # noqa: PT017 - one outcome of two
            assert len(str(refused)) < 300  # noqa: PT017
        else:
            selection.check_size(found)
    assert ticks.longest_share < 0.5
    assert memory() - before < 100 * 2**20


async def test_expressions_that_wait_for_each_other_leave_room_for_another_tenant() -> None:
    assert confined.PER_PARTITION < confined.AT_ONCE
    heavy = next(one for one in ATTACKS if one.name == "filter in filter")
    attacks = [
        asyncio.create_task(selection.select(heavy.expression, heavy.data, partition="mallory"))
        for _ in range(confined.AT_ONCE)
    ]
    await asyncio.sleep(0)
    assert await selection.select("length(items)", ITEMS, partition="acme") == 2
    assert not any(one.done() for one in attacks[confined.PER_PARTITION :])
    for one in attacks:
        one.cancel()
    await asyncio.gather(*attacks, return_exceptions=True)


async def test_one_tenant_cannot_wait_without_end() -> None:
    heavy = next(one for one in ATTACKS if one.name == "filter in filter")
    many = confined.PER_PARTITION + confined.WAITING_PER_PARTITION
    attacks = [
        asyncio.create_task(selection.select(heavy.expression, heavy.data, partition="mallory"))
        for _ in range(many)
    ]
    await asyncio.sleep(0)
    with pytest.raises(Unselectable, match="this tenant already has too many in progress"):
        await selection.select("length(@)", [], partition="mallory")
    for one in attacks:
        one.cancel()
    await asyncio.gather(*attacks, return_exceptions=True)
    assert await selection.select("length(@)", [], partition="mallory") == 0


async def test_a_selection_that_is_given_up_leaves_the_next_one_a_child() -> None:
    heavy = next(one for one in ATTACKS if one.name == "filter in filter")
    for _ in range(2 * confined.AT_ONCE):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(selection.select(heavy.expression, heavy.data, partition="mallory"), 0.05)
    assert await selection.select("length(items)", ITEMS, partition="mallory") == 2


async def test_more_data_than_a_child_takes_is_refused_in_words_but_read_by_a_path() -> None:
    data: JsonValue = {"text": "x" * (33 * 2**20), "id": 7}
    with pytest.raises(Unselectable, match="more than 32 MiB of data"):
        await selection.select("length(text)", data, partition="acme")
    assert await selection.select("id", data, partition="acme") == 7
