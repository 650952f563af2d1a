"""A hub, a source that may write values its own way, and a line between them on which pages come late, writes are refused and
processes die; with what hypothesis draws for them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st

from hub_app.sync.merge import (
    MISSING,
    Base,
    Terms,
    Value,
    acknowledged,
    merge_field,
)

Spelling = Callable[[Value], Value]


def _spelled(how: Callable[[str], str]) -> Spelling:
    return lambda value: how(value) if isinstance(value, str) else value


AS_IT_IS, UPPER, LOWER, SHORT = (
    _spelled(how) for how in (lambda text: text, str.upper, str.lower, lambda text: text[:1])
)
EXAMPLES = settings(max_examples=500, deadline=None)
values = st.sampled_from([None, "a", "B", "cd", "Ef"])
terms = st.builds(
    Terms,
    rule=st.sampled_from(["hub_wins", "source_wins", "newest_wins", "manual_review"]),
    direction=st.sampled_from(["in", "out", "both"]),
    blanks=st.sampled_from(["overwrite", "keep"]),
)
bases = st.builds(
    Base,
    hub=values | st.just(MISSING),
    source=values | st.just(MISSING),
)
spellings = st.tuples(st.sampled_from([AS_IT_IS, UPPER, LOWER, SHORT]), st.sampled_from([AS_IT_IS, LOWER]))
events = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["hub_edit", "source_edit"]), values),
        st.tuples(
            st.sampled_from(["read", "apply", "pull", "push", "push_killed", "push_refused"]), st.none()
        ),
    ),
    max_size=12,
)


@dataclass(frozen=True)
class Page:
    """What was read of the source, and when it was asked for."""

    value: Value
    modified: int
    asked: int


@dataclass
class World:
    """One field of one record, in the hub and in a source."""

    terms: Terms
    stored: Spelling = AS_IT_IS
    mapped: Spelling = AS_IT_IS
    hub: Value = None
    source: Value = None
    base: Base = field(default_factory=Base)
    clock: int = 0
    hub_at: int = 0
    source_at: int = 0
    seen_at: int = 0
    pushed_at: int = 0
    pushes: int = 0
    late: Page | None = None
    conflict: bool = False

    def do(self, event: str, value: Value = None) -> None:
        self.clock += 1
        match event:
            case "hub_edit":
                if value != self.hub:
                    self.hub, self.hub_at = value, self.clock
            case "source_edit":
                if self.stored(value) != self.source:
                    self.source, self.source_at = self.stored(value), self.clock
            case "read":
                self.late = self.read()
            case "apply":
                if self.late is not None:
                    self.apply(self.late)
            case "pull":
                self.apply(self.read())
            case _:
                self.push(event.removeprefix("push").removeprefix("_"))

    def read(self) -> Page:
        return Page(self.mapped(self.source), self.source_at, self.clock)

    def apply(self, page: Page) -> bool:
        """Merge what was read; whether the source has to be written to. What is older than what is known is left out."""
        if page.asked < self.pushed_at or page.modified < self.seen_at:
            return False
        merged = merge_field(
            self.terms, self.base, self.hub, page.value, theirs_newer=page.modified > self.hub_at
        )
        if merged.hub != self.hub:
            self.hub_at = page.modified
        self.hub, self.base, self.conflict = merged.hub, merged.base, merged.conflict
        self.seen_at = page.modified
        return merged.push

    def push(self, fault: str = "") -> None:
        """Never blind: read, merge, write, read back."""
        if not self.apply(self.read()) or fault == "refused":
            return
        self.pushes += 1
        self.clock += 1
        self.source, self.source_at = self.stored(self.hub), self.clock
        if fault == "killed":
            return
        self.pushed_at = self.clock + 1
        self.clock += 1
        self.base, self.seen_at = acknowledged(self.hub, self.mapped(self.source)), self.source_at

    def cycle(self) -> None:
        self.do("pull")
        self.do("push")


def world(of: Terms, spelled: tuple[Spelling, Spelling], what: list[tuple[str, Value]]) -> World:
    made = World(of, *spelled)
    for event, value in what:
        made.do(event, value)
    return made


def settled(of: Terms, at: Value) -> World:
    """A world whose sides have agreed on a value."""
    one = World(of, hub=at, source=at)
    one.cycle()
    assert one.base == Base(at, at)
    return one
