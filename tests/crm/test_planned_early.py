"""A page is planned before the transaction that writes it: what somebody does in between counts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.sync.engine.run import Run
from tests.crm.acme import Acme, unexplained

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
]


@pytest.mark.both_databases
async def test_an_edit_after_planning_is_merged_and_counted_once(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = acme.tave.add(firstName="Mia", lastName="Berg", email="mia.berg@example.net", jobTitle="Bride")
    made = await acme.connect(conflict_resolution="manual_review")
    await acme.sync(made.id, resources=["clients"])
    acme.tave.edit(one, lastName="Theirs", jobTitle="Mayor")
    step, edited = Run.step, list[str]()

    @asynccontextmanager
    async def later(run: Run) -> AsyncIterator[AsyncSession]:
        # The first step in which a record has been counted as updated is the one that writes the page.
        if run.tally("clients").updated and not edited:
            edited.append(one)
            await acme.edit(one, last_name="Ours", first_name="Mia-Lou")
        async with step(run) as session:
            yield session

    monkeypatch.setattr(Run, "step", later)
    job = await acme.sync(made.id, resources=["clients"])
    assert (job.job_status, edited, unexplained(job)) == ("completed", [one], 0)
    assert (job.records_updated, job.conflicts) == (1, 1)
    values = (await acme.values())[one]
    assert (values["first_name"], values["last_name"]) == ("Mia-Lou", "Ours")
