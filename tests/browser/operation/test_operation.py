"""Operators' pages in a browser: what failed is tried again, a task is run, and others see nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import other_process
from tests.operation import failing
from tests.people import People, Person

Enter = Callable[[Person], None]


def test_failed_work_is_tried_again_one_and_all(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    async def fail() -> None:
        for _ in range(3):
            await failing.job_of(people.mallory)

    other_process.in_database(folder, fail)
    enter(people.alice)
    page.goto(f"/operator/queues?queue=jobs&tenant={people.mallory.tenant_id}")
    failed = page.get_by_role("region", name="Failed work").get_by_role("row").filter(has_text="Mallet")
    expect(failed).to_have_count(3)
    expect(page.get_by_role("main")).not_to_contain_text(failing.SECRET)
    failed.first.get_by_role("button", name="Retry this work of Mallet").press("Enter")
    expect(page.get_by_text("It is being tried again.")).to_be_visible()
    tenant = page.get_by_role("region", name="Tenants").get_by_role("row").filter(has_text="Mallet")
    tenant.get_by_role("button", name="Retry failed").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Retry all").click()
    expect(page.get_by_text("jobs go on.")).to_be_visible()


def test_a_task_is_run_now(page: Page, enter: Enter, people: People) -> None:
    enter(people.alice)
    page.goto("/operator/scheduler")
    row = page.get_by_role("row").filter(has_text="plans.delete_unused_versions")
    row.get_by_role("button", name="Run plans.delete_unused_versions now").click()
    expect(page.get_by_text("plans.delete_unused_versions runs in the background.")).to_be_visible()
    expect(row).to_contain_text("Succeeded")


def test_health_shows_this_process(page: Page, enter: Enter, people: People) -> None:
    enter(people.alice)
    page.goto("/operator/health")
    expect(page.get_by_role("region", name="Processes").get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("region", name="Checks")).to_contain_text("Responded within")


@pytest.mark.parametrize("place", ["/operator/queues", "/operator/scheduler", "/operator/health"])
def test_others_see_nothing(page: Page, enter: Enter, people: People, place: str) -> None:
    enter(people.adam)
    page.goto(place)
    expect(page.get_by_text("Only operators can see this page")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(0)
    expect(page.get_by_role("navigation", name="Main")).not_to_contain_text("Queues")
