"""An outside system of records, as the engine reads and writes it. It knows no mapping, no database and no other source."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pydantic import JsonValue

from hub_app.apiclient.errors import ApiError

Payload = Mapping[str, JsonValue]
Order = Literal["newest_first", "oldest_first", "none"]


@dataclass(frozen=True, slots=True)
class Item:
    """One record as the source has it.

    `payload` is what mappings select from: a list of custom fields has been made an object by then, so that a path of names
    finds each of them. `modified` is the source's own time of its last change, None where it tells none; `version` whatever
    changes with every change (an ETag, the same time as text). `gone`: the source says itself that it was deleted. `lost` are
    texts of which the payload has not all, by the field they are for.
    """

    external_id: str
    payload: Payload
    modified: datetime | None = None
    version: str = ""
    gone: bool = False
    lost: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Page:
    """Some records of a list. `next` is what `Source.read` goes on from, None after the last page; `total` how many there are
    in all, as the source stated with this page, None where it states none. `unread` says of rows that are no records why,
    `left_out` how many rows are records of another kind, by that kind: the total may count them.
    """

    items: Sequence[Item]
    next: JsonValue = None
    total: int | None = None
    unread: Sequence["Unread"] = ()
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that could not be read: what it held, and why."""

    why: str
    raw: JsonValue
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class SourceField:
    """A field that records of a resource may have. `path` is a JMESPath into an item's payload."""

    path: str
    label: str
    type: str = "text"
    writable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A kind of record that a source has, and what its list can do.

    `order` is how the list is sorted by `modified`: with `newest_first` reading may stop where everything is known. With
    `filters` the list takes `since`. `lateness` is how long after its `modified` a record may turn up in the list. `gets` says
    whether one record can be read by its id, `writes` whether records can be created and changed, `tells_gone` whether
    deleted ones are listed as such. `volatile` are paths that change without anybody having changed the record. A list that is not
    `whole` has some records, and tells nothing about those that it does not have. Where
    records are written `once`, they can be sent there, and neither be read nor changed after that.
    """

    name: str
    order: Order = "none"
    filters: bool = False
    lateness: timedelta = timedelta(minutes=2)
    gets: bool = False
    writes: bool = False
    tells_gone: bool = False
    whole: bool = True
    once: bool = False
    volatile: Sequence[str] = ()
    fields: Sequence[SourceField] = ()

    @property
    def incremental(self) -> bool:
        """Whether what has changed can be read without reading everything."""
        return self.filters or self.order == "newest_first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be written. `values` has the source's fields by their paths, those alone that change. `reference` is the hub's
    own id of the record, by which the source can be asked for it later where it takes such a thing.
    """

    values: Mapping[str, JsonValue]
    reference: str = ""
    whole: Payload = field(default_factory=dict[str, JsonValue])
    """Of an update: the payload as it was just read."""


class Source(ABC):
    """A source that is open for one connection. Its methods make calls, and raise apiclient's ApiError.

    `read`, `get` and the others take the name of a resource. No transaction may be open while they run.
    """

    resources: Mapping[str, Resource]

    @abstractmethod
    async def probe(self) -> str:
        """Whether the credentials hold: the name of the account that they are for, "" where the source tells none."""

    @abstractmethod
    async def read(self, resource: str, at: JsonValue = None, *, since: datetime | None = None) -> Page:
        """The page at `at`, which an earlier page gave as `next`; the first one for None. `since` leaves out what was not
        changed since then, of those resources that filter.
        """

    async def fields(self, resource: str) -> Sequence[SourceField]:
        """The fields that the account itself defines, beside those of the resource."""
        del resource
        return ()

    async def get(self, resource: str, external_id: str) -> Item | None:
        """One record as it is now; None when the source says that there is none of this id, or that it was deleted."""
        del resource, external_id
        raise _unable("can be asked for no single record.")

    async def create(self, resource: str, draft: Draft) -> Item:
        """Make a record; as it is then."""
        del resource, draft
        raise _unable("cannot be written to.")

    async def update(self, resource: str, external_id: str, draft: Draft) -> Item:
        """Change a record; as it is then, read back. ApiError of the kind `changed` where the source itself refuses to overwrite
        what changed since `draft.whole` was read.
        """
        del resource, external_id, draft
        raise _unable("cannot be written to.")

    async def find(self, resource: str, draft: Draft) -> Sequence[Item]:
        """Records that may be the one that this draft would create: by its reference where the source knows it, else by what
        tells records of this kind apart.
        """
        del resource, draft
        raise _unable("cannot be searched.")

    def finds(self, resource: str) -> bool:
        """Whether a record that the hub has made there can be found again by its reference. Where it cannot, one of which nobody
        knows whether it was made is not made again.
        """
        del resource
        return False

    def refers(self, item: Item, draft: Draft) -> bool:
        """Whether a record is the very one that this draft made: by its reference, never by what it looks like."""
        del item, draft
        return False


def _unable(what: str) -> ApiError:
    """That of a method which the resource's declaration does not offer (`gets`, `writes`)."""
    return ApiError("params", f"This source {what}")
