"""What lies beside the rows of a list: names that they refer to by ids, parts that have a list of their own."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from hub_app.kernel.jmespath.grammar import Path, path_of
from hub_app.sync.provider.calls import Calls
from hub_app.sync.provider.declared import Beside, Lists
from hub_app.sync.provider.rows import made_of

# What one call may ask for by its id.
_AT_ONCE = 100
Found = dict[str, list[JsonValue]]


class BesideLists:
    """Those of one source, kept for as long as it is open."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._lists: dict[int, Found] = {}

    async def of_rows(self, declared: Mapping[str, Beside], rows: Sequence[JsonValue]) -> Lists:
        """What rows of a list refer to."""
        return {name: await self._of(one, rows) for name, one in declared.items()}

    async def of_one(self, declared: Mapping[str, Beside], row: JsonValue, external_id: str) -> Lists:
        """What a record that was read by itself refers to, as it is now."""
        return {
            name: await self._read(one, {**one.query, one.narrowed: external_id})
            if one.narrowed
            else await self._of(one, [row])
            for name, one in declared.items()
        }

    async def _of(self, beside: Beside, rows: Sequence[JsonValue]) -> Found:
        if not beside.ids:
            if id(beside) not in self._lists:
                self._lists[id(beside)] = await self._read(beside, beside.query)
            return self._lists[id(beside)]
        known = self._lists.setdefault(id(beside), {})
        named = path_of(beside.named) or Path(())
        keys = dict.fromkeys(_key(named.follow(row)) for row in rows)
        unknown = [key for key in keys if key and key not in known]
        for begin in range(0, len(unknown), _AT_ONCE):
            some = unknown[begin : begin + _AT_ONCE]
            found = await self._read(beside, {**beside.query, beside.ids: ",".join(some)})
            known |= {key: found.get(key, []) for key in some}
        return known

    async def _read(self, beside: Beside, query: Mapping[str, str]) -> Found:
        found: Found = {}
        async for row in self._calls.rows(beside.path, beside.pagination, query):
            key, value = _key(row.get(beside.by)), made_of(beside.value, row)
            if key and value is not None:
                found.setdefault(key, []).append(value)
        return found


def _key(value: JsonValue) -> str:
    """An id as text, "" for what is none."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
