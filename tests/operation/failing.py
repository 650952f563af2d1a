"""Work of each queue that has failed, as the workers leave it."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from playwright.sync_api import Locator, Page
from sqlmodel import select

from hub_app.kernel import db, jobs
from hub_app.kernel.clock import utcnow
from hub_app.kernel.tables import Job
from hub_app.plans.schemas import PlanRunIn
from hub_app.plans.service import runs
from hub_app.plans.tables import PlanRun
from hub_app.webhooks.schemas import EndpointIn, EndpointPatch, EventIn
from hub_app.webhooks.service import endpoints, events
from hub_app.webhooks.tables import WebhookDelivery
from tests import factories
from tests.people import Person

SECRET = "planted-in-the-work"


async def deliveries_of(
    person: Person, count: int, *, ago: timedelta = timedelta(), on: bool = True
) -> list[UUID]:
    """Deliveries to a new endpoint, which is left off unless it is `on`."""
    # No other endpoint gets them.
    kind = f"task.{uuid4().hex}"
    given = EndpointIn(name=SECRET, url=f"https://hooks.example.com/{SECRET}", events=[kind])
    endpoint = await endpoints.create_endpoint(person.actor, given)
    await events.publish(person.actor, [EventIn(type=kind, data={SECRET: n}) for n in range(count)])
    async with db.begin(person.tenant_id) as session:
        found = (
            await session.exec(select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint.id))
        ).all()
        for one in found:
            one.status, one.finished_at, one.attempts, one.tries = "failed", utcnow() - ago, 6, 6
            session.add(one)
        ids = [one.id for one in found]
    if not on:
        await endpoints.update_endpoint(person.actor, endpoint.id, EndpointPatch(enabled=False))
    return ids


async def job_of(person: Person, *, at: datetime | None = None, kind: str = "webhooks.recover") -> UUID:
    async with db.begin(person.tenant_id) as session:
        job = jobs.start(session, person.actor, kind, title=f"Resend to {SECRET}", href="/", arguments={})
        await session.flush()
        made = await session.get_one(Job, (person.tenant_id, job.id))
        made.finish("failed")
        made.finished_at = at or utcnow()
        made.result, made.starts = SECRET, 5
        session.add(made)
    return job.id


def row_of(page: Page, person: Person) -> Locator:
    """The row of a person's tenant on the page of queues. Others have its name."""
    link = page.locator(f"a[href*='tenant={person.tenant_id}']")
    return page.get_by_role("region", name="Tenants").get_by_role("row").filter(has=link)


async def run_of(person: Person, url: str) -> UUID:
    """A run of a new plan."""
    (run,) = await runs_of(person, url, 1)
    return run


async def runs_of(person: Person, url: str, count: int) -> list[UUID]:
    """A run each of so many new plans, in the order in which they failed."""
    connector = await factories.connector(person, url, key=SECRET)
    return [await _run_of(person, await factories.plan(person, connector)) for _ in range(count)]


async def _run_of(person: Person, plan: UUID) -> UUID:
    started = await runs.start_run(person.actor, plan, PlanRunIn())
    async with db.begin(person.tenant_id) as session:
        run = await session.get_one(PlanRun, (person.tenant_id, started.id))
        runs.end(run, "failed", SECRET)
        session.add(run)
    return started.id
