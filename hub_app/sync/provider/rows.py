"""What a row of a list is: a record, none of this resource's, or nothing that can be read. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar, cast

from pydantic import JsonValue

from hub_app.kernel.jmespath.grammar import Path, path_of
from hub_app.sync.provider.declared import Lists, RestResource, Row
from hub_app.sync.provider.source import Item, Page, SourceField, Unread

# As long as the columns of ids.
_LONGEST_ID = 200
_MOST_ROWS = 2**31 - 1
_LONGEST_LABEL = 200
# What a function of a provider may raise for a row that is not as it should be.
_UNFIT = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
_NOWHERE = Path(("",))


Made = TypeVar("Made")


def made_of(function: Callable[..., Made], *of: object) -> Made | None:
    """What a provider's function makes of a row; None when that is not as it should be."""
    try:
        return function(*of)
    except _UNFIT:
        return None


def field_of(row: Row, as_field: Callable[[Row], SourceField | None]) -> SourceField | None:
    """A field that an account has defined; None for what is none, or has an id that is no name in a path."""
    made = made_of(as_field, row)
    if made is None or not made.path or path_of(made.path) is None:
        return None
    return replace(made, label=made.label[:_LONGEST_LABEL])


class NoRecord(ValueError):
    """The row is no record; the message says why."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is none of the resource's records, and why."""

    why: str


class Reader:
    """Reads the rows of one resource."""

    def __init__(self, declared: RestResource) -> None:
        self._declared = declared
        self._id, self._modified, self._version, self._gone, self._total = (
            _path(text)
            for text in (declared.id, declared.modified, declared.version, declared.gone, declared.total)
        )

    def page(
        self, rows: Sequence[JsonValue], response: JsonValue, beside: Lists, *, following: JsonValue
    ) -> Page:
        items: list[Item] = []
        unread: list[Unread] = []
        left_out: dict[str, int] = {}
        for row in rows:
            try:
                read = self.item(row, beside)
            except NoRecord as error:
                unread.append(Unread(str(error), row, self.id_of(row)))
                continue
            if isinstance(read, LeftOut):
                left_out[read.why] = left_out.get(read.why, 0) + 1
            else:
                items.append(read)
        return Page(items, following, self.total(response), unread, left_out)

    def total(self, response: JsonValue) -> int | None:
        """How many rows there are in all, None where a response does not say."""
        return _count(self._total.follow(response))

    def item(self, row: JsonValue, beside: Lists) -> Item | LeftOut:
        """NoRecord, saying why, for what is neither."""
        if not isinstance(row, dict):
            raise NoRecord("is no object")
        declared = self._declared
        external_id = self.id_of(row)
        if not external_id:
            raise NoRecord(f"has no id at {declared.id}")
        try:
            why = declared.leaves_out(row)
            payload = None if why else declared.prepare(row, beside)
        except _UNFIT as error:
            raise NoRecord(f"is not as its kind should be: {type(error).__name__}") from None
        if payload is None:
            return LeftOut(why)
        modified = self._modified.follow(row)
        version = self._version.follow(row) if declared.version else modified
        gone = bool(self._gone.follow(row)) if declared.gone else False
        return Item(external_id, payload, _moment(modified), "" if version is None else str(version), gone)

    def id_of(self, row: JsonValue) -> str:
        """The row's id as text, "" when it has none that can be one."""
        found: JsonValue = self._id.follow(row)
        if isinstance(found, bool) or not isinstance(found, str | int):
            return ""
        text = str(found)
        return text if len(text) <= _LONGEST_ID and text.isprintable() else ""


def _path(text: str) -> Path:
    """ValueError for a declaration that is no path."""
    if not text:
        return _NOWHERE
    path = path_of(text)
    if path is None:
        raise ValueError(f"{text} is no path of names")
    return path


def _moment(text: JsonValue) -> datetime | None:
    """NoRecord for what is no time, since the record could not be told from an older state of itself."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise NoRecord("has a time of change that is no text")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NoRecord("has a time of change that cannot be read") from None
    try:
        return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise NoRecord("has a time of change that is not between the years 1 and 9999") from None


def _count(value: JsonValue) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_ROWS
    return cast("int", value) if is_count else None
