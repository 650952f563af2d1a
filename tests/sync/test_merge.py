"""The merge of one field, whatever happens on both sides."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub_app.sync.merge import (
    MISSING,
    Base,
    Direction,
    Merged,
    Rule,
    Terms,
    Value,
    chosen,
    is_blank,
    merge_field,
    merge_record,
    packed,
    unpacked,
)
from tests.sync.sides import (
    AS_IT_IS,
    EXAMPLES,
    Spelling,
    World,
    bases,
    events,
    settled,
    spellings,
    terms,
    values,
    world,
)


@EXAMPLES
@given(of=terms, base=bases, ours=values, theirs=values | st.just(MISSING), newer=st.booleans())
def test_merging_what_came_of_it_again_gives_the_same(
    of: Terms, base: Base, ours: Value, theirs: Value, *, newer: bool
) -> None:
    once = merge_field(of, base, ours, theirs, theirs_newer=newer)
    assert merge_field(of, once.base, once.hub, theirs, theirs_newer=newer) == once


@EXAMPLES
@given(of=terms, base=bases, ours=values, newer=st.booleans())
def test_what_is_not_known_changes_nothing(of: Terms, base: Base, ours: Value, *, newer: bool) -> None:
    merged = merge_field(of, base, ours, MISSING, theirs_newer=newer)
    assert (merged.hub, merged.base, merged.push, merged.conflict) == (ours, base, False, False)


@EXAMPLES
@given(of=terms, spelled=spellings, what=events)
def test_two_cycles_end_all_writes(
    of: Terms, spelled: tuple[Spelling, Spelling], what: list[tuple[str, Value]]
) -> None:
    one = world(of, spelled, what)
    one.cycle()
    one.cycle()
    before = replace(one)
    one.cycle()
    assert (one.hub, one.source, one.base, one.pushes) == (
        before.hub,
        before.source,
        before.base,
        before.pushes,
    )


@EXAMPLES
@given(of=terms, what=events)
def test_both_sides_converge(of: Terms, what: list[tuple[str, Value]]) -> None:
    assume(of.rule != "manual_review" and of.direction != "in")
    one = world(of, (AS_IT_IS, AS_IT_IS), what)
    one.cycle()
    one.cycle()
    blank = of.blanks == "keep" and (is_blank(one.hub) or is_blank(one.source))
    assert one.hub == one.source or blank


@EXAMPLES
@given(of=terms, at=values, to=values)
def test_a_change_on_one_side_only_survives(of: Terms, at: Value, to: Value) -> None:
    assume(at != to and not (of.blanks == "keep" and is_blank(to)))
    mine, theirs = settled(of, at), settled(of, at)
    mine.do("hub_edit", to)
    theirs.do("source_edit", to)
    for one in (mine, theirs):
        one.cycle()
        one.cycle()
    assert mine.hub == to
    assert mine.source == (at if of.direction == "in" else to)
    assert theirs.hub == (at if of.direction == "out" and not is_blank(at) else theirs.hub)
    if of.direction != "out":
        assert (theirs.hub, theirs.source) == (to, to)
    elif not (of.blanks == "keep" and is_blank(at)):
        assert (theirs.hub, theirs.source) == (at, at)


@EXAMPLES
@given(rule=st.sampled_from(["hub_wins", "source_wins", "newest_wins", "manual_review"]), late=st.booleans())
def test_a_change_on_both_sides_goes_by_the_rule(*, rule: Rule, late: bool) -> None:
    one = settled(Terms(rule, "both"), "a")
    edits = [("hub_edit", "ours"), ("source_edit", "theirs")]
    for event, value in edits if late else reversed(edits):
        one.do(event, value)
    one.cycle()
    expected = {"hub_wins": "ours", "source_wins": "theirs", "newest_wins": "theirs" if late else "ours"}
    if rule == "manual_review":
        assert (one.hub, one.source, one.conflict, one.pushes) == ("ours", "theirs", True, 0)
    else:
        assert (one.hub, one.source, one.conflict) == (expected[rule], expected[rule], False)


@EXAMPLES
@given(of=terms, spelled=spellings, what=events)
def test_one_way_stays_one_way(
    of: Terms, spelled: tuple[Spelling, Spelling], what: list[tuple[str, Value]]
) -> None:
    one = World(of, *spelled)
    for event, value in [*what, ("pull", None), ("push", None)]:
        before = replace(one)
        one.do(event, value)
        if of.direction == "in":
            assert one.pushes == 0
        if of.direction == "out" and event != "hub_edit":
            assert one.hub == before.hub


@EXAMPLES
@given(of=terms, spelled=spellings, what=events)
def test_blanks_that_are_kept_out_empty_nothing(
    of: Terms, spelled: tuple[Spelling, Spelling], what: list[tuple[str, Value]]
) -> None:
    one = World(replace(of, blanks="keep"), *spelled)
    for event, value in [*what, ("pull", None), ("push", None)]:
        before = replace(one)
        one.do(event, value)
        if not event.endswith("_edit"):
            assert is_blank(before.hub) or not is_blank(one.hub)
            assert is_blank(before.source) or not is_blank(one.source)


@EXAMPLES
@given(of=terms, spelled=spellings, what=events)
def test_our_own_write_does_not_come_back(
    of: Terms, spelled: tuple[Spelling, Spelling], what: list[tuple[str, Value]]
) -> None:
    """There is at most one write for each edit, one for the first meeting, and one for each that was cut off."""
    one = World(of, *spelled)
    for event, value in what:
        one.do(event, value)
        one.cycle()
    edits = sum(event.endswith(("_edit", "_killed")) for event, _ in what)
    assert one.pushes <= edits + 1


@EXAMPLES
@given(of=terms, spelled=spellings, value=values, other=values)
def test_a_page_read_before_our_write_does_not_revert_it(
    of: Terms, spelled: tuple[Spelling, Spelling], value: Value, other: Value
) -> None:
    one = World(replace(of, direction="both"), *spelled, hub=other, source=other)
    one.cycle()
    one.do("read")
    one.do("hub_edit", value)
    one.do("push")
    assume(one.pushes)
    before = (one.hub, one.base)
    one.do("apply")
    assert (one.hub, one.base) == before


@EXAMPLES
@given(of=terms, spelled=spellings, what=events)
def test_a_write_never_covers_what_was_not_seen(
    of: Terms, spelled: tuple[Spelling, Spelling], what: list[tuple[str, Value]]
) -> None:
    """With `source_wins`, what somebody entered there is in the hub after every push, or was entered before by the hub."""
    one = World(replace(of, rule="source_wins", direction="both", blanks="overwrite"), *spelled)
    for event, value in what:
        one.do(event, value)
    one.cycle()
    before = one.mapped(one.source)
    one.do("source_edit", "entered there")
    # What the spellings make equal nobody can see.
    assume(one.mapped(one.source) != before)
    one.do("push")
    assert one.source == one.stored("entered there")
    assert one.hub == one.mapped(one.source)


@EXAMPLES
@given(
    first=terms,
    second=terms,
    spelled=st.tuples(spellings, spellings),
    what=st.lists(
        st.tuples(st.sampled_from(["hub_edit", "first", "second", "pull_first", "push_second"]), values),
        max_size=10,
    ),
)
def test_two_sources_of_one_record_stop_writing(
    first: Terms,
    second: Terms,
    spelled: tuple[tuple[Spelling, Spelling], tuple[Spelling, Spelling]],
    what: list[tuple[str, Value]],
) -> None:
    """Each has a base of its own; the hub's value and its time are theirs together."""
    both = [World(first, *spelled[0]), World(second, *spelled[1])]

    def act(which: int, event: str, value: Value = None) -> None:
        one, other = both[which], both[1 - which]
        one.clock = max(one.clock, other.clock)
        one.do(event, value)
        other.hub, other.hub_at = one.hub, one.hub_at

    for event, value in what:
        match event:
            case "hub_edit":
                act(0, "hub_edit", value)
            case "first" | "second":
                act(event == "second", "source_edit", value)
            case "pull_first":
                act(0, "pull")
            case _:
                act(1, "push")
    seen: list[tuple[Value, ...]] = []
    for _ in range(6):
        for which in (0, 1):
            act(which, "pull")
            act(which, "push")
        seen.append((both[0].hub, both[0].source, both[1].source, both[0].pushes, both[1].pushes))
    assert any(one == other for one, other in pairwise(seen))


@EXAMPLES
@given(rule=st.sampled_from(["hub_wins", "newest_wins"]), times=st.integers(1, 4), to=values)
def test_an_edit_survives_refused_writes(rule: Rule, times: int, to: Value) -> None:
    one = settled(Terms(rule, "both"), "a")
    one.do("hub_edit", to)
    for _ in range(times):
        one.do("pull")
        one.do("push_refused")
        assert one.hub == to
    one.cycle()
    assert (one.hub, one.source) == (to, to)


@EXAMPLES
@given(
    spelled=spellings,
    direction=st.sampled_from(["in", "both"]),
    takes_theirs=st.booleans(),
    meanwhile=st.none() | st.just("moved on"),
)
def test_a_choice_converges_also_when_the_source_moved_on(
    spelled: tuple[Spelling, Spelling], direction: Direction, *, takes_theirs: bool, meanwhile: str | None
) -> None:
    one = World(Terms("manual_review", direction), *spelled)
    one.do("hub_edit", "ours")
    one.do("source_edit", "theirs")
    one.do("pull")
    assert one.conflict
    seen = one.mapped(one.source)
    if meanwhile:
        one.do("source_edit", meanwhile)
    one.base, hub = chosen(seen, takes_theirs=takes_theirs)
    one.hub = one.hub if hub is MISSING else hub
    one.cycle()
    one.cycle()
    if meanwhile and not takes_theirs:
        # Not what the person saw: asked again.
        assert one.conflict == (one.mapped(one.source) != seen)
    elif takes_theirs:
        assert (one.hub, one.conflict) == (one.mapped(one.source), False)
    else:
        assert (one.hub, one.conflict) == ("ours", False)
        assert one.source == (one.stored("ours") if direction == "both" else one.stored("theirs"))


@EXAMPLES
@given(base=st.dictionaries(st.sampled_from("abc"), bases))
def test_a_base_is_stored_and_read_as_it_was(base: dict[str, Base]) -> None:
    known = {name: one for name, one in base.items() if one != Base()}
    assert unpacked(*packed(known)) == known


def test_a_record_is_merged_field_by_field() -> None:
    of = {name: Terms("manual_review") for name in ("name", "phone", "email", "note")}
    agreed = {name: Base("x", "x") for name in of}
    merged = merge_record(
        of,
        agreed,
        {"name": "x", "phone": "mine", "email": "mine", "note": "x"},
        {"name": "theirs", "phone": "x", "email": "theirs"},
        theirs_newer=lambda _: True,
    )
    assert merged.changes == {"name": "theirs"}
    assert (merged.push, merged.conflicts) == (["phone"], ["email"])
    assert merged.base["note"] == Base("x", "x")


@pytest.mark.parametrize("direction", ["in", "both"])
@pytest.mark.parametrize("rule", ["hub_wins", "source_wins", "newest_wins", "manual_review"])
def test_a_field_that_was_never_compared_takes_what_one_side_alone_has(
    rule: Rule, direction: Direction
) -> None:
    """Such as one that has just been mapped: where a side holds nothing, nobody emptied it."""
    terms = Terms(rule, direction)
    assert merge_field(terms, Base(), None, "x", theirs_newer=False) == Merged("x", Base("x", "x"))
    kept = merge_field(terms, Base(), "x", None, theirs_newer=True)
    assert (kept.hub, kept.push, kept.conflict) == ("x", direction == "both", False)
    assert merge_field(terms, kept.base, kept.hub, None, theirs_newer=True) == kept
