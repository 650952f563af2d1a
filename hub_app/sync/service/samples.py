"""Some records of a source as they are there now, by which people see what a mapping makes of them. They are kept in memory for a
few minutes and nowhere else, so that the source is not asked with every key that somebody types.
"""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import orjson
from pydantic import JsonValue

from hub_app.apiclient.errors import ApiError, advice
from hub_app.kernel import sources, underway
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import HubError
from hub_app.sync.provider.source import Item, Resource, Source, SourceField

MOST = 50
"""How many records a sample has."""
_MOST_BYTES = 1_000_000
_MOST_PAGES = 3
_SECONDS = 300.0
_MOST_KEPT = 50


class SourceFailed(HubError):
    """The source could not be read; the sentence says why, and what to do."""

    status = 502
    title = "Source not available"


@dataclass(frozen=True, slots=True)
class Sample:
    """The first records of a source's list, and the fields that it declares. `resource` is None of a source that has no API."""

    items: Sequence[Item] = ()
    declared: Sequence[SourceField] = ()
    resource: Resource | None = None
    read_at: datetime = field(default_factory=utcnow)


_Key = tuple[UUID, UUID, str]
_kept: OrderedDict[_Key, tuple[float, Sample]] = OrderedDict()


@underway.counted
async def read(
    tenant_id: UUID,
    family: str,
    connection_id: UUID,
    resource: str,
    *,
    anew: bool = False,
    after: datetime | None = None,
) -> Sample:
    """A sample of a resource: the one that was read in the last minutes and `after` this moment, unless it is wanted `anew`.
    SourceFailed; no transaction may be open.
    """
    key = (tenant_id, connection_id, resource)
    known = _kept.get(key)
    is_fresh = known is not None and time.monotonic() - known[0] < _SECONDS
    if known is not None and is_fresh and not anew and (after is None or known[1].read_at > after):
        return known[1]
    try:
        async with sources.families()[family].open(tenant_id, connection_id, {}) as source:
            if not isinstance(source, Source):
                raise TypeError(f"{family} must open sources of the sync engine.")
            sample = await _read(source, resource)
    except ApiError as error:
        raise SourceFailed(f"{str(error).rstrip('.')}. {advice(error.kind)}".strip()) from None
    _kept[key] = (time.monotonic(), sample)
    _kept.move_to_end(key)
    while len(_kept) > _MOST_KEPT:
        _kept.popitem(last=False)
    return sample


async def _read(source: Source, resource: str) -> Sample:
    """The first records, of the next pages where a page has rows of other kinds alone."""
    declared = [*source.resources[resource].fields, *await source.fields(resource)]
    items: list[Item] = []
    at: JsonValue = None
    for _ in range(_MOST_PAGES):
        page = await source.read(resource, at)
        items += [one for one in page.items if not one.gone]
        at = page.next
        if items or at is None:
            break
    return Sample(_bounded(items), declared, source.resources[resource])


def _bounded(items: Sequence[Item]) -> list[Item]:
    """So many of the records, and so much of them, as may be kept in memory."""
    kept: list[Item] = []
    left = _MOST_BYTES
    for one in items[:MOST]:
        left -= len(orjson.dumps(one.payload, default=str))
        if left < 0 and kept:
            break
        kept.append(one)
    return kept


def of_files(paths: Sequence[str]) -> Sample:
    """What is known of a source of files, which are read one by one: the fields that their columns feed."""
    return Sample(declared=[SourceField(one, "") for one in paths])
