"""Looking through a tenant's tables for a person: a page at a time, each read in a short transaction of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from itertools import accumulate
from operator import add
from typing import Any, cast
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from hub_app.governance.privacy.mentions import Search
from hub_app.kernel import db, personal, threads
from hub_app.kernel.personal import Personal
from hub_app.kernel.vault import SealBroken, get_vault

# Of a page, whichever comes first: characters are what is kept in memory.
_ROWS = 500
_CHARACTERS = 4 << 20
# Rows that hang on others, in a step.
PART = 100
_FIRST = UUID(int=0)
Key = UUID | str
Values = Mapping[str, str]
"""The texts of a row, by column, opened and decoded."""
Visit = Callable[[Personal, Sequence[UUID]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that mentions the person: in a column that takes all others along (`whole`), or in one that is emptied by
    itself; neither for one that merely belongs to them as a member. `found`: it mentions them, and does not only go along because
    nobody can be found in it.
    """

    key: Key
    whole: bool
    alone: bool
    found: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """What was found in a page, and the last row's key; None behind the last page."""

    hits: Sequence[Hit]
    after: Key | None


async def page(tenant_id: UUID, table: Personal, search: Search, after: Key | None) -> Page:
    """Look through the rows behind `after`."""
    behind = [] if after is None else [_attribute(table, table.key) > after]
    keys, ended = await _next(tenant_id, table, behind)
    rows = await _read(tenant_id, table, keys)
    hits = await threads.run(_hits, table, search, rows, partition=tenant_id)
    return Page(hits, None if ended else keys[-1])


async def mentioned(tenant_id: UUID, table: Personal, search: Search, ids: Collection[UUID]) -> set[UUID]:
    """Those of these rows that mention the person in a column that goes as a whole."""
    found: set[UUID] = set()
    left = sorted(ids)
    while left:
        keys, ended = await _next(tenant_id, table, [_attribute(table, table.key).in_(left[:PART])])
        rows = await _read(tenant_id, table, keys)
        hits = await threads.run(_hits, table, search, rows, partition=tenant_id)
        found |= {cast("UUID", hit.key) for hit in hits if hit.whole}
        left = left[PART:] if ended else [one for one in left if one > cast("UUID", keys[-1])]
    return found


async def roots_of(
    tenant_id: UUID, table: Personal, ids: Sequence[UUID]
) -> dict[UUID, tuple[Personal, UUID]]:
    """The row that each of these hangs on in the end, itself where it hangs on none."""
    roots = {one: (table, one) for one in ids}
    if table.part_of is None or not ids:
        return roots
    parent = next(one for one in personal.tables() if table.part_of[0] == one.name)
    async with db.read(tenant_id) as session:
        own = _attribute(table, table.part_of[1])
        pairs = sa.select(_attribute(table, "id"), own).where(
            _attribute(table, "id").in_(ids), own.is_not(None)
        )
        of = {row[0]: row[1] for row in (await session.execute(pairs)).all()}
        there = sa.select(_attribute(parent, "id")).where(_attribute(parent, "id").in_(set(of.values())))
        known = set((await session.execute(there)).scalars())
    above = await roots_of(tenant_id, parent, sorted(known))
    return roots | {one: above[root] for one, root in of.items() if root in above}


async def walk(tenant_id: UUID, table: Personal, ids: Sequence[UUID], visit: Visit) -> None:
    """Visit everything that hangs on these rows, some at a time, and then the rows themselves."""
    for part, column in personal.parts_of(table):
        above, key = _attribute(part, column), _attribute(part, "id")
        left: list[UUID] = sorted(ids)
        behind = _FIRST
        more = True
        while more:
            later = sa.or_(above > left[0], _unindexed(key) > behind)
            statement = sa.select(above, key).where(above.in_(left), later)
            statement = statement.order_by(_unindexed(above), _unindexed(key))
            async with db.read(tenant_id) as session:
                found = (await session.execute(statement.limit(PART))).all()
            if found:
                await walk(tenant_id, part, [row[1] for row in found], visit)
                left, behind = [one for one in left if one >= found[-1][0]], found[-1][1]
            more = len(found) == PART
    await visit(table, ids)


async def groups(
    tenant_id: UUID, table: Personal, search: Search, hits: Sequence[Hit]
) -> dict[str, list[UUID]]:
    """The rows, by table, on which hang those that were found as the first of what hangs together: each comes once in a way
    through all tables.
    """
    ids = [cast("UUID", hit.key) for hit in hits if hit.whole]
    found: dict[str, list[UUID]] = {}
    roots = await roots_of(tenant_id, table, ids)
    candidates = await _not_found_before(tenant_id, table, search, roots)
    for one in candidates:
        root, root_id = roots[one]
        others = found.setdefault(root.name, [])
        if root_id not in others and await _is_first(tenant_id, table, one, root, root_id, search):
            others.append(root_id)
    return {name: some for name, some in found.items() if some}


async def _not_found_before(
    tenant_id: UUID, table: Personal, search: Search, roots: Mapping[UUID, tuple[Personal, UUID]]
) -> list[UUID]:
    """Without those whose root mentions the person, in a table that comes before this one: asked for all at once."""
    order = [one.name for one in personal.tables()]
    earlier = {
        root.name: root for root, _ in roots.values() if order.index(root.name) < order.index(table.name)
    }
    known: set[UUID] = set()
    for root in earlier.values():
        wanted = {root_id for one, root_id in roots.values() if one is root}
        known |= await mentioned(tenant_id, root, search, wanted)
    return [one for one, (root, root_id) in roots.items() if root is table or root_id not in known]


async def _is_first(
    tenant_id: UUID, table: Personal, row_id: UUID, root: Personal, root_id: UUID, search: Search
) -> bool:
    """Whether no row that hangs together with this one was found before it."""
    together: dict[str, set[UUID]] = {}

    async def note(one: Personal, ids: Sequence[UUID]) -> None:
        together.setdefault(one.name, set()).update(ids)

    if not any(True for _ in personal.parts_of(root)):
        return True
    await walk(tenant_id, root, [root_id], note)
    for one in personal.tables():
        ids = together.get(one.name, set())
        if one is table:
            return not await mentioned(tenant_id, one, search, {other for other in ids if other < row_id})
        if ids and await mentioned(tenant_id, one, search, ids):
            return False
    return True


async def contents(
    tenant_id: UUID, table: Personal, keys: Sequence[Key], *, whole: bool
) -> AsyncIterator[tuple[datetime | None, Values]]:
    """These rows, one by one: when they were made, where they tell it, and what they hold, without empty columns; of what
    goes as a whole nothing where it is no person's.
    """
    for one in keys:
        made = None
        if "created_at" in table.table.c:
            statement = sa.select(_attribute(table, "created_at")).where(_attribute(table, table.key) == one)
            async with db.read(tenant_id) as session:
                made = (await session.execute(statement)).scalar()
        for _, values in await _read(tenant_id, table, [one]):
            shown = {name: text for name, text in values.items() if whole or name not in table.whole}
            yield made, {name: text for name, text in shown.items() if text not in ("", "{}", "[]")}


async def _next(
    tenant_id: UUID, table: Personal, conditions: Sequence[sa.ColumnElement[bool]]
) -> tuple[Sequence[Key], bool]:
    """The keys of the next rows that fit into a page, at least one, and whether these are all: texts may be long."""
    key = _attribute(table, table.key)
    lengths = (
        sa.func.coalesce(sa.func.length(sa.cast(_attribute(table, name), sa.Text)), 0)
        for name in table.searched
    )
    size = reduce(add, lengths, sa.literal(0))
    statement = sa.select(key, size).where(*conditions).order_by(key).limit(_ROWS)
    async with db.read(tenant_id) as session:
        found = (await session.execute(statement)).all()
    sums = accumulate(row[1] for row in found)
    keys = [row[0] for row, total in zip(found, sums, strict=True) if total <= _CHARACTERS]
    keys = keys or [row[0] for row in found[:1]]
    return keys, len(found) < _ROWS and len(keys) == len(found)


async def _read(tenant_id: UUID, table: Personal, keys: Sequence[Key]) -> list[tuple[Key, Values]]:
    """The searched columns of these rows, which follow each other in the order of their keys."""
    if not keys:
        return []
    key = _attribute(table, table.key)
    names = [*table.searched, *filter(None, [table.owner])]
    statement = sa.select(key, *(_attribute(table, name) for name in names)).order_by(key)
    async with db.read(tenant_id) as session:
        found = (await session.execute(statement.where(key.in_(keys)))).all()
    return [
        (
            row[0],
            {
                name: text_of(table, tenant_id, row[0], name, value)
                for name, value in zip(names, row[1:], strict=True)
            },
        )
        for row in found
    ]


def text_of(table: Personal, tenant_id: UUID, key: Key, name: str, value: object) -> str:
    """What a column of a row holds, opened, as text; "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, str | UUID):
        return str(value)
    if isinstance(value, bytes):
        return _opened(table, tenant_id, cast("UUID", key), name, value)
    return orjson.dumps(value).decode()


def _opened(table: Personal, tenant_id: UUID, key: UUID, name: str, sealed: bytes) -> str:
    if not sealed:
        return ""
    try:
        return get_vault().open(sealed, tenant_id=tenant_id, table=table.name, row_id=key, field=name)
    except SealBroken:
        return ""  # What nobody can open tells nobody anything.


def _hits(table: Personal, search: Search, rows: Sequence[tuple[Key, Values]]) -> list[Hit]:
    found: list[Hit] = []
    for key, values in rows:
        whole = any(search.mentions(values[name]) for name in table.whole)
        alone = not whole and (
            any(search.mentions(values[name]) for name in table.alone)
            or any(search.is_name(values[name]) for name in table.names)
        )
        owned = bool(table.owner) and values[table.owner] == search.person.user_id != ""
        alone = alone or (owned and any(values[name] for name in table.of_owner))
        is_found = whole or alone or owned
        if table.unsearchable:
            found.append(Hit(key, whole=True, alone=False, found=is_found))
        elif is_found:
            found.append(Hit(key, whole, alone))
    return found


def _attribute(table: Personal, name: str) -> InstrumentedAttribute[Any]:
    return cast("InstrumentedAttribute[Any]", getattr(table.model, name))


def _unindexed(column: InstrumentedAttribute[Any]) -> sa.ColumnElement[Any]:
    """A column as no index has it: for an order by ids, SQLite would read all of a tenant's rows instead of the few that it
    finds by the other condition.
    """
    return sa.func.coalesce(column, column)
