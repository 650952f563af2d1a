"""Autotask lists the oldest first: the newest are found all the same, in few calls, however many there are and whatever gaps there are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.psa.providers.autotask.newest import MOST, Span, newest
from tests.peers.autotask import Counterpart
from tests.psa.conformance.checks import all_tickets, opened
from tests.psa.conformance.test_psa_providers import providers


class Database:
    def __init__(self, ids: list[int]) -> None:
        self.ids, self.calls = sorted(ids), 0

    def _in(self, span: Span) -> list[int]:
        return [one for one in self.ids if one > span.low and (span.high is None or one < span.high)]

    async def find(self, span: Span) -> list[dict[str, Any]]:
        self.calls += 1
        return [{"id": one} for one in self._in(span)[:MOST]]

    async def count(self, span: Span) -> int:
        self.calls += 1
        return len(self._in(span))


@given(
    ids=st.sets(st.integers(1, 2**31 - 2), max_size=1200),
    limit=st.integers(1, 201),
    below=st.none() | st.integers(1, 2**31 - 2),
)
async def test_the_newest_are_those_with_the_highest_ids(
    ids: set[int], limit: int, below: int | None
) -> None:
    database = Database([*ids])
    found = await newest(database.find, database.count, limit=limit, below=below)
    wanted = sorted((one for one in ids if below is None or one < below), reverse=True)[:limit]
    assert [row["id"] for row in found] == wanted
    assert database.calls < 40


async def test_ids_without_gaps_and_in_clusters() -> None:
    clusters = [*range(1, 700), *range(10**6, 10**6 + 900), *range(10**9, 10**9 + 3)]
    database = Database(clusters)
    found = await newest(database.find, database.count, limit=26, below=None)
    assert [row["id"] for row in found] == sorted(clusters, reverse=True)[:26]


@pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
@pytest.mark.usefixtures("calling_out")
async def test_all_of_many_tickets_are_read_page_by_page() -> None:
    async with Counterpart(tickets=1300) as peer:
        found = await all_tickets(opened(providers.every()["autotask"], peer))
        assert [int(one.id) for one in found] == sorted(peer.rows["Tickets"], reverse=True)
