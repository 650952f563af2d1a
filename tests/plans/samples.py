"""A plan that calls the connector of `tests/connectors/samples.py`, with a run."""

from hub_app.connectors.service import connectors
from hub_app.kernel.paging import PageRequest
from hub_app.plans.schemas import PlanRunIn
from hub_app.plans.service import runs
from tests import factories
from tests.examples import Samples
from tests.people import People

FORM = {"name": "Taken over"}


async def make(people: People, _receiver: str) -> Samples:
    # Samples are made in the order of the capabilities' names.
    found = await connectors.list_connectors(people.adam.actor, PageRequest(limit=1))
    made = await factories.plan(people.adam, found.items[0].id)
    run = await runs.start_run(people.adam.actor, made, PlanRunIn())
    plan = f"/connectors/plans/{made}"
    return Samples(
        {
            "/connectors/plans/[plan_id]": [
                plan,
                f"{plan}?edit=orders",
                f"{plan}?tab=runs",
                f"{plan}?tab=runs&run={run.id}",
                f"{plan}?tab=settings",
            ]
        }
    )
