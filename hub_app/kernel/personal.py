"""What the tables of a capability may hold about people: declared once for each (`Capability.personal`), so that a person's data
can be found, exported and erased wherever it lies (docs/decisions/0026-erasing-a-person.md).

Every column of text, JSON or bytes of a tenant's table is declared: as content, as a setting, as a member's name, or as holding
nothing about people, with the reason. `tests/governance/test_personal.py` finds one that is not.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import orjson
import sqlalchemy as sa
from pydantic import JsonValue
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import capabilities
from hub_app.kernel.tenancy import TenantScoped
from hub_app.kernel.vault import SealedType

ERASED = "Erased"
"""What stands in place of a name or a setting that mentioned somebody."""

Mentions = Callable[[str], bool]
"""Whether a text mentions the person who is looked for."""
Leaves = Callable[[Any, Mentions], object]
"""What is left of a column's value."""


def leaves(value: object) -> Leaves:
    """This value, whatever was there before."""

    def left(_value: object, _mentions: Mentions) -> object:
        return value

    return left


def masked(value: JsonValue, mentions: Mentions) -> JsonValue:
    """The same JSON without the texts, names and numbers that mention the person. One in which they still do is emptied."""
    left = _masked(value, mentions)
    if not mentions(orjson.dumps(left).decode()):
        return left
    return [] if isinstance(value, list) else {} if isinstance(value, dict) else None


def _masked(value: JsonValue, mentions: Mentions) -> JsonValue:
    match value:
        case dict():
            return {_text(name, mentions): _masked(one, mentions) for name, one in value.items()}
        case list():
            return [_masked(one, mentions) for one in value]
        case bool() | None:
            return value
        case str():
            return _text(value, mentions)
        case _:
            return ERASED if mentions(str(value)) else value


def _text(value: str, mentions: Mentions) -> str:
    return ERASED if mentions(value) else value


Step = Callable[[], AbstractAsyncContextManager[AsyncSession]]
"""A short transaction of the tenant's."""
Replace = Callable[[Step, UUID, Mentions], Awaitable[bool]]
"""Whether the row of this id mentioned the person, and another one stands in its place now. It may be cut off and done again."""


@dataclass(frozen=True, kw_only=True)
class Personal:
    """A table. `what` is what a preview calls its rows, and `page` the address of the list that shows them.

    Of a row that mentions the person, `whole` says what is left in each of its columns, whichever of them it was; the rows
    that hang together with it (`part_of`: the table and the column that names its row) go the same way. Columns of `alone`
    and `names` are emptied by themselves: settings, and what members are called. `nothing` holds the columns without people,
    by the reason. Sealed columns are opened to be searched.
    """

    model: type[TenantScoped]
    what: str
    page: str = ""
    whole: Mapping[str, Leaves] = field(default_factory=dict[str, Leaves])
    alone: Mapping[str, Leaves] = field(default_factory=dict[str, Leaves])
    names: Sequence[str] = ()
    nothing: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    part_of: tuple[str, str] | None = None
    owner: str = ""
    """The column with the account of the member whose row it is: it goes into an export of theirs."""
    of_owner: Mapping[str, Leaves] = field(default_factory=dict[str, Leaves])
    """What else says something about the owner, and is left so when they are erased; other rows of theirs go with them."""
    deleted: bool = False
    """Nothing is left: the row is deleted."""
    unsearchable: bool = False
    """What many people are in, in a form in which nobody can be found: all rows go with whoever is erased."""
    settle: Callable[[Any, datetime], None] | None = None
    """What else changes in a row that was erased whole: work that waits has failed."""
    replace: Replace | None = None
    """Puts another row in the place of one that is never changed, by itself."""
    topics: Callable[[Any], Iterable[str]] | None = None
    """Who is told once that a row has changed."""

    @property
    def table(self) -> sa.Table:
        return cast("sa.Table", sa.inspect(self.model).local_table)

    @property
    def name(self) -> str:
        """The table's."""
        return str(self.table.name)

    @property
    def searched(self) -> list[str]:
        """The columns in which people are looked for."""
        return [*self.whole, *self.alone, *self.names, *self.of_owner]

    @property
    def sealed(self) -> set[str]:
        return {name for name in self.searched if isinstance(self.table.c[name].type, SealedType)}

    @property
    def key(self) -> str:
        """The column that tells a tenant's rows apart."""
        (name,) = (column.name for column in self.table.primary_key if column.name != "tenant_id")
        return name


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the tenant as a person."""

    user_id: UUID
    email: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """What is asked of whoever keeps accounts (`Capability.members`). `find` takes an id or an e-mail address, in the open
    unit of the tenant; None for somebody else. `addresses` are those of all members. `losses` counts what goes along when they leave, `keep_an_owner` raises Conflict
    when they are the last one.

    The others take the tenant's id and the account's, and have transactions of their own. `may_leave` raises Conflict for an
    operator who would have no active tenant then. `stays`: whether the account stays
    when the member is erased. `known`: what is kept of the member, by table. `erase` ends the membership and deletes all that
    hangs on it, and the account unless it stays; it gives whether that is gone, and may be done again. Conflict for the last
    owner, and for those who may not leave.
    """

    find: Callable[[AsyncSession, UUID | str], Awaitable[Member | None]]
    addresses: Callable[[AsyncSession], Awaitable[Sequence[str]]]
    losses: Callable[[AsyncSession, UUID], Awaitable[dict[str, int]]]
    keep_an_owner: Callable[[AsyncSession, UUID, UUID], Awaitable[None]]
    may_leave: Callable[[UUID, UUID], Awaitable[None]]
    stays: Callable[[UUID, UUID], Awaitable[bool]]
    known: Callable[[UUID, UUID], Awaitable[Sequence[tuple[str, dict[str, JsonValue]]]]]
    erase: Callable[[UUID, UUID], Awaitable[bool]]


def tables() -> list[Personal]:
    """All declared tables that may hold something, what others hang on before those."""
    declared = {one.name: one for capability in capabilities.every() for one in capability.personal}
    return [one for one in declared.values() if one.searched or one.part_of]


def members() -> Members:
    """Of the one capability that keeps accounts."""
    (found,) = (one.members for one in capabilities.every() if one.members is not None)
    return found


def parts_of(whole: Personal) -> Iterator[tuple[Personal, str]]:
    """The tables whose rows go with one of this table, and their columns that name it."""
    for one in tables():
        if one.part_of is not None and one.part_of[0] == whole.name:
            yield one, one.part_of[1]
