"""What the notice of consents that need renewal adds to every page, at 300 connectors and 10,000 consents; and renewing them."""

import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from hub_app.connectors.tables import Connector
from hub_app.governance.schemas.consents import ConsentFilter
from hub_app.governance.service import consent_log, consent_renewal, consent_status, consents
from hub_app.governance.tables import ConsentGrant
from hub_app.kernel import bulk, db, signals
from hub_app.kernel.actor import Actor
from hub_app.kernel.ids import new_id
from hub_app.kernel.notices import notices_for
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.statements import Row
from tests import other_process, people

CONNECTORS = 300
CONSENTS = 10_000
_ROUNDS = 40
_STEP = 500


@dataclass(frozen=True)
class Took:
    """Milliseconds, medians: of the notice where a consent has just changed, where none has, and where all are renewed; of a
    page of the status and of the history. `renewing` is that of all of them.
    """

    changed: float
    known: float
    status: float
    history: float
    renewing: float
    renewed: float


def measure(database_url: str) -> Took:
    """All of it, in a new database."""
    settings = {
        "DATABASE_URL": database_url,
        "LOG_LEVEL": "WARNING",
        "CONSENT_POLICY_VERSION": "2",
    }
    with tempfile.TemporaryDirectory() as name, mock.patch.dict(os.environ, settings):
        return other_process.in_database(Path(name), _measure)


async def _measure() -> Took:
    everyone = await people.seed()
    adam = everyone.adam.actor
    await _fill(adam)
    page = PageRequest(25)
    changed = await _median(lambda: notices_for(adam), before=lambda: signals.wake([consents.TOPIC]))
    known = await _median(lambda: notices_for(adam))
    status = await _median(lambda: consent_status.list_status(adam, page))
    history = await _median(lambda: consent_log.list_consents(adam, ConsentFilter(), page))
    began = time.perf_counter()
    found = await consent_renewal.renew_all(adam)
    renewing = (time.perf_counter() - began) * 1000
    assert found.renewed == CONNECTORS, found
    return Took(changed, known, status, history, renewing, await _median(lambda: notices_for(adam)))


async def _fill(adam: Actor) -> None:
    """Of two thirds of the consents the connector is there still, and of each of those the newest is of the former policy."""
    made = [_connector(adam, f"c{n}") for n in range(CONNECTORS)]
    there = [str(one["id"]) for one in made]
    gone = [str(new_id()) for _ in range(CONNECTORS)]
    rows = [_grant(adam, (there, there, gone)[n % 3][n // 3 % CONNECTORS]) for n in range(CONSENTS)]
    async with db.begin(adam.tenant_id) as session:
        await bulk.insert(session, Connector, made)
    for at in range(0, len(rows), _STEP):
        async with db.begin(adam.tenant_id) as session:
            await bulk.insert(session, ConsentGrant, rows[at : at + _STEP])


def _connector(adam: Actor, name: str) -> Row:
    made = Connector(
        tenant_id=adam.tenant_id,
        name=name,
        display_name=name,
        auth_type="none",
        base_url="http://127.0.0.1:9",
        auth_header="Authorization",
        auth_prefix="Bearer",
    )
    return made.model_dump()


def _grant(adam: Actor, resource_id: str) -> Row:
    given = ConsentGrant(
        tenant_id=adam.tenant_id,
        user_id=adam.user_id,
        consent_type="THIRD_PARTY",
        resource_type="connector",
        resource_id=resource_id,
        name="A connector",
        description="Hub may send requests to 127.0.0.1:9.",
        policy_version=1,
        source="screen",
        ip="192.0.2.1",
    )
    return given.model_dump()


async def _median(work: Callable[[], Awaitable[object]], before: Callable[[], None] | None = None) -> float:
    await work()  # Its statements are compiled.
    took: list[float] = []
    for _ in range(_ROUNDS):
        if before is not None:
            before()
        began = time.perf_counter()
        await work()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000
