"""What the peer holds: collections of documents, each kept as the bytes that a list shows, sorted when they are asked for."""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import orjson
from pydantic import JsonValue

Document = dict[str, JsonValue]
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_LETTERS, _RANDOM_BITS = 10, 64
ADDRESS_BOOK, JOB, JOB_CONTACT = "/address-book", "/job", "/job-contact"
EVENT, ORDER, PAYMENT, CUSTOM_FIELD = "/event", "/order", "/payment", "/custom-field"
LEAD_SOURCE, LEAD_STATUS, JOB_TYPE = "/lead-source", "/lead-status", "/job-type"
EVENT_TYPE, JOB_ROLE, REST_HOOK = "/event-type", "/job-role", "/rest-hook"
PATHS = (
    *(ADDRESS_BOOK, JOB, JOB_CONTACT, EVENT, ORDER, PAYMENT, CUSTOM_FIELD),
    *(LEAD_SOURCE, LEAD_STATUS, JOB_TYPE, EVENT_TYPE, JOB_ROLE, REST_HOOK),
)
# Of one document alone; a list leaves it out.
_IN_FULL = "notes"


@dataclass(slots=True)
class Row:
    """A document of a collection. `raw` is its JSON; `email` its addresses in lower case; `withheld` keeps it out of lists."""

    id: str
    created: str
    modified: str
    hidden: bool
    closed: bool
    email: tuple[str, ...]
    raw: bytes
    notes: list[JsonValue] | None = None
    withheld: bool = False

    def document(self, *, full: bool = True) -> Document:
        """As one `GET` answers it; without `full`, as a list does."""
        document: Document = orjson.loads(self.raw)
        return {**document, _IN_FULL: self.notes} if full and self.notes is not None else document


def row_of(document: Document) -> Row:
    listed = {name: value for name, value in document.items() if name != _IN_FULL}
    notes = document.get(_IN_FULL)
    emails = (str(document[name]).lower() for name in ("email", "secondaryEmail") if document.get(name))
    return Row(
        id=str(document["id"]),
        created=str(document["created"]),
        modified=str(document["modified"]),
        hidden=bool(document.get("hidden")),
        closed=bool(document.get("closed")),
        email=tuple(emails),
        raw=orjson.dumps(listed),
        notes=notes if isinstance(notes, list) else None,
    )


def stamp(moment: datetime) -> str:
    """A time as this API writes it: `2020-08-01T17:32:32Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ulid(moment: datetime, chance: random.Random) -> str:
    # Sixteen hexadecimal digits are letters of a ULID, too, and made fast.
    return f"{_time_of(int(moment.timestamp() * 1000))}{chance.getrandbits(_RANDOM_BITS):016x}"


@lru_cache
def _time_of(milliseconds: int) -> str:
    return "".join(_LETTERS[milliseconds >> 5 * place & 31] for place in reversed(range(_TIME_LETTERS)))


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list, as the API answers it."""

    rows: Sequence[Row]
    total: int
    page: int
    size: int

    def body(self, kind: str, *, total: int | None = None) -> bytes:
        """With a `total` other than the true one."""
        stated = self.total if total is None else total
        meta = {
            "currentPage": self.page,
            "totalPages": math.ceil(stated / self.size),
            "totalItems": stated,
            "rows": self.size,
        }
        items = b",".join(row.raw for row in self.rows)
        return b'{"meta":%b,"type":"%b","items":[%b]}' % (orjson.dumps(meta), kind.encode(), items)


class Collection:
    """The documents below one path."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self._sorted: dict[tuple[str, bool, bool], list[Row]] = {}

    def put(self, row: Row) -> None:
        self.rows[row.id] = row
        self._sorted.clear()

    def remove(self, row_id: str) -> None:
        del self.rows[row_id]
        self._sorted.clear()

    def changed(self) -> None:
        """What is listed is no longer what was."""
        self._sorted.clear()

    def listed(
        self,
        *,
        sort: str = "id",
        page: int = 1,
        size: int = 100,
        hidden: bool = False,
        closed: bool = False,
        only: Callable[[Row], bool] | None = None,
    ) -> Listed:
        rows = self._in_order(sort, hidden=hidden, closed=closed)
        if only is not None:
            rows = [row for row in rows if only(row)]
        return Listed(rows[(page - 1) * size : page * size], len(rows), page, size)

    def _in_order(self, sort: str, *, hidden: bool, closed: bool) -> list[Row]:
        key = (sort, hidden, closed)
        if key not in self._sorted:
            shown = (
                row
                for row in self.rows.values()
                if not row.withheld and (hidden or not row.hidden) and (closed or not row.closed)
            )
            self._sorted[key] = _sorted(shown, sort)
        return self._sorted[key]


def _sorted(rows: Iterable[Row], sort: str) -> list[Row]:
    """In the order of a property, those that share it by their ids."""
    name, _, direction = sort.partition(" ")
    if name in {"id", "created", "modified"}:
        return sorted(rows, key=lambda row: (getattr(row, name), row.id), reverse=direction == "desc")

    def by_property(row: Row) -> tuple[bool, str, str]:
        value = row.document(full=False).get(name)
        return value is not None, "" if value is None else str(value).lower(), row.id

    return sorted(rows, key=by_property, reverse=direction == "desc")
