"""What is declared of a REST API, so that its lists and records can be read and written without code of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from pydantic import JsonValue

from hub_app.apiclient.declarations import Pagination
from hub_app.sync.provider.source import Draft, Payload, Resource, SourceField

Row = Mapping[str, JsonValue]
Lists = Mapping[str, Mapping[str, Sequence[JsonValue]]]
"""What lies beside a resource: by the name of each list, what it has for each key."""


def as_it_is(row: Row, beside: Lists) -> Payload:
    del beside
    return row


def with_values(row: Row, values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The document with values put at their paths of names: `address.city`. What stands in the way is replaced."""
    made = dict(row)
    for path, value in values.items():
        *above, name = path.split(".")
        at = made
        for part in above:
            below = at.get(part)
            at[part] = inner = dict(below) if isinstance(below, dict) else {}
            at = inner
        at[name] = value
    return made


def values_alone(_payload: Payload, values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The new values at their paths of names, and nothing else."""
    return with_values({}, values)


def in_utc(since: datetime) -> str:
    """`2026-11-22T10:00:00Z`"""
    return since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A list that rows of a resource refer to. It is read once for as long as the source is open: `value` of each of its rows
    is kept under what lies at `by`; a value of None is not. With `narrowed`, the name of a parameter that takes a record's id,
    only that part is read for one record. With `ids`, the name of a parameter that takes many, only that part is read which rows name
    at the path `named`.
    """

    path: str
    by: str
    value: Callable[[Row], JsonValue]
    pagination: Pagination
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    narrowed: str = ""
    ids: str = ""
    named: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A way to find what a draft would create: a query of the resource's list, None when the draft has nothing to ask by; and
    which of its first rows fit. A search of its own has a `path`, where in its response the rows lie (`items`), and where in these a
    record's id (`id`): each is then read by itself.
    """

    query: Callable[[Draft], Mapping[str, str] | None]
    fits: Callable[[Row, Draft], bool]
    path: str = ""
    items: str = ""
    id: str = ""


def refers_to_nothing(_payload: Payload, _draft: Draft) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How records are written: `made` gives the document that a draft creates, `changed` puts new values into one as it was
    read. With `put` it is sent whole; with `patch` what `patched` makes of the new values, and of the payload as it was read. `refers` says of a payload whether it has
    the draft's reference; without it a record that the hub made cannot be told from one that looks like it.
    """

    made: Callable[[Draft], Row]
    changed: Callable[[Row, Mapping[str, JsonValue]], Row] = with_values
    patched: Callable[[Payload, Mapping[str, JsonValue]], Row] = values_alone
    method: Literal["put", "patch"] = "put"
    lookups: Sequence[Lookup] = ()
    refers: Callable[[Payload, Draft], bool] = refers_to_nothing

    @property
    def finds(self) -> bool:
        """Whether what was made can be found again."""
        return bool(self.lookups) and self.refers is not refers_to_nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """Where an account's own fields of a resource are listed, and what such a row is; None for one that is left out."""

    path: str
    pagination: Pagination
    as_field: Callable[[Row], SourceField | None]
    query: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class RestResource:
    """A resource and its list. `path` is the list's below the base URL, `one` that of a record (`/items/{id}`), "" where it has none.
    `inside` is where a record lies in an answer that has it alone, "" for the answer itself.

    `id`, `modified`, `version` and `gone` are paths into a row, `total` into the whole response; where they are empty the API
    tells none, and `version` is then `modified`. `since` is the parameter that takes a time. `leaves_out` says why a row is none
    of this resource's records, "" when it is one. `prepare` makes the payload of a row; what it raises makes the row unread.
    """

    resource: Resource
    path: str
    pagination: Pagination
    one: str = ""
    inside: str = ""
    id: str = "id"
    modified: str = ""
    version: str = ""
    gone: str = ""
    total: str = ""
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    since: str = ""
    since_text: Callable[[datetime], str] = in_utc
    leaves_out: Callable[[Row], str] = lambda _row: ""
    prepare: Callable[[Row, Lists], Payload] = as_it_is
    beside: Mapping[str, Beside] = field(default_factory=dict[str, Beside])
    custom: Custom | None = None
    writing: Writing | None = None
