"""A job's way through all declared tables, which a killed process's successor goes on with."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.privacy import scan
from hub_app.governance.privacy.mentions import Search
from hub_app.governance.privacy.scan import Hit, Key
from hub_app.kernel import personal
from hub_app.kernel.jobs import Run
from hub_app.kernel.personal import Personal
from hub_app.kernel.underway import Piece

# Pages without the person, after which the place is saved all the same.
_SAVED_EVERY = 10


class Sweep:
    """`found` gives the rows that mention the person, page by page. Whoever takes them does something with them, and ends by
    `step`, which saves the place together with the work.
    """

    def __init__(self, run: Run, search: Search, piece: Piece | None = None) -> None:
        """`piece` is the caller's, who writes down what is found."""
        self._run = run
        self._piece = piece
        self._search = search
        self._tables = [one for one in personal.tables() if one.searched or one.unsearchable]
        self._index = int(cast("int", run.checkpoint.get("table", 0)))
        after = run.checkpoint.get("after")
        self._after: Key | None = None if after is None else UUID(str(after))
        self._unsaved = 0

    @property
    def tables(self) -> int:
        return len(self._tables)

    def restart(self) -> None:
        """Begin anew with the first table."""
        self._index, self._after = 0, None

    async def found(self) -> AsyncIterator[tuple[Personal, Sequence[Hit]]]:
        while self._index < len(self._tables):
            table = self._tables[self._index]
            if self._piece is not None:
                self._piece.goes_on()
            hits = await self._page(table)
            self._unsaved += 1
            if hits:
                yield table, hits
            elif self._unsaved >= _SAVED_EVERY:
                async with self.step():
                    pass

    @asynccontextmanager
    async def step(self) -> AsyncIterator[AsyncSession]:
        """A step of the job that saves how far the sweep has come."""
        async with self._run.step() as session:
            yield session
            place = {"table": self._index, "after": None if self._after is None else str(self._after)}
            self._run.checkpoint.update(place)
            self._run.done = max(self._run.done, self._index)
        self._unsaved = 0

    async def _page(self, table: Personal) -> Sequence[Hit]:
        """What the next page has. Keys that are no ids may be people's own words: they are not written into a checkpoint, so
        that such a table is one page.
        """
        hits: list[Hit] = []
        after = self._after
        while True:
            page = await scan.page(self._run.tenant_id, table, self._search, after)
            hits += page.hits
            after = page.after
            if after is None:
                self._index, self._after = self._index + 1, None
                return hits
            if isinstance(after, UUID):
                self._after = after
                return hits
