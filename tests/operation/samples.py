"""Operators' pages of a Hub in which a job has failed."""

from tests.examples import Samples
from tests.operation import failing
from tests.people import People

FORM = {"tenant_id": "01890000-0000-7000-8000-000000000000"}


async def make(people: People, _receiver: str) -> Samples:
    await failing.job_of(people.adam)
    return Samples(
        {
            "/operator/queues": [
                "/operator/queues",
                f"/operator/queues?queue=jobs&tenant={people.adam.tenant_id}",
                "/operator/queues?queue=plan_runs",
            ]
        }
    )
