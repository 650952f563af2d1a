"""Searching a ConnectWise of 20,000 tickets over REST, beside the PSA's own time for the same pages."""

import base64
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import httpx

from tests import other_process, people, running
from tests.peers.connectwise import CLIENT_ID, COMPANY_ID, PRIVATE_KEY, PUBLIC_KEY
from tests.psa import samples

TICKETS = 20_000
PAGES = 40
_SEARCHES = ("", "printer", "backup")
_PSA = "/api/v1/integrations/psa/tickets"
_FIELDS = "id,summary,board,status,company,contactName,priority,closedFlag,_info"


@dataclass(frozen=True)
class Took:
    """Milliseconds for a page of 25: of Hub, of the PSA alone, and what Hub adds to it, as a median and for 95 of 100 pages."""

    hub: float
    psa: float
    added: float
    added_p95: float


def measure(database_url: str) -> Took:
    settings = {
        "DATABASE_URL": database_url,
        "RATE_LIMIT_TIER_PRO_REQ_PER_MIN": "100000000",
        "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32",
        "PSA_ALLOWED_HOSTS": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
    }
    with tempfile.TemporaryDirectory() as name, _connectwise() as site:
        token = _prepare(Path(name), settings, site)
        with running.hub(Path(name), **settings) as hub:
            return _measured(hub.url, token, site)


def _prepare(folder: Path, settings: dict[str, str], site: str) -> str:
    async def seed() -> str:
        everyone = await people.seed()
        await samples.connect(everyone.alice.actor, site)
        return await people.token(everyone.erin)

    with mock.patch.dict(os.environ, settings):
        return other_process.in_database(folder, seed)


@contextmanager
def _connectwise() -> Iterator[str]:
    with running.connectwise(TICKETS) as url:
        yield url


def _measured(hub: str, token: str, site: str) -> Took:
    login = base64.b64encode(f"{COMPANY_ID}+{PUBLIC_KEY}:{PRIVATE_KEY}".encode()).decode()
    psa_headers = {"Authorization": f"Basic {login}", "clientId": CLIENT_ID}
    ours, theirs = list[float](), list[float]()
    with httpx.Client(trust_env=False) as client:

        def through_hub(text: str, page: int) -> httpx.Response:
            query = {"query": text, "limit": 25, "cursor": str(page), "board": "1"}
            headers = {"Authorization": f"Bearer {token}"}
            return client.get(f"{hub}{_PSA}", params=query, headers=headers)

        def at_psa(text: str, page: int) -> httpx.Response:
            like = f' and summary like "%{text}%"' if text else ""
            query = {
                "conditions": f"board/id = 1{like}",
                "orderBy": "id desc",
                "fields": _FIELDS,
                "page": page,
                "pageSize": 25,
            }
            return client.get(f"{site}/v2025_1/apis/3.0/service/tickets", params=query, headers=psa_headers)

        # The first call opens the credential and asks where the API is.
        _timed(lambda: through_hub("", 1))
        for page in range(1, PAGES + 1):
            for text in _SEARCHES:
                theirs.append(_timed(lambda text=text, page=page: at_psa(text, page)))
                ours.append(_timed(lambda text=text, page=page: through_hub(text, page)))
    added = [mine - its for mine, its in zip(ours, theirs, strict=True)]
    return Took(
        statistics.median(ours),
        statistics.median(theirs),
        statistics.median(added),
        statistics.quantiles(added, n=20)[-1],
    )


def _timed(ask: Callable[[], httpx.Response]) -> float:
    began = time.perf_counter()
    ask().raise_for_status()
    return (time.perf_counter() - began) * 1000
