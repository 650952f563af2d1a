"""Trying the selectors of a provider that reads pages."""

from dataclasses import dataclass

from hub_app.sync.provider.pages.source import PagesSource
from hub_app.sync.provider.source import Source


@dataclass(frozen=True, slots=True)
class Tried:
    """How many elements a selector finds, and the text of the first. `key` is its setting's."""

    key: str
    count: int
    first: str


async def tried(source: Source) -> list[Tried]:
    """What each selector finds on the first page of each list, and on the first record's. ApiError; TypeError for a source that reads
    no pages.
    """
    if not isinstance(source, PagesSource):
        raise TypeError("This source reads no pages.")
    return [
        Tried(key, one["count"], one["first"])
        for name in source.resources
        for key, one in (await source.tried(name)).items()
    ]
