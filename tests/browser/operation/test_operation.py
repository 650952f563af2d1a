"""Operators' pages in a browser: what failed is tried again, a task is run, and others see nothing."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hub_app.kernel.clock import utcnow
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
    expect(page.get_by_role("main")).to_contain_text("Resend deliveries of an endpoint")
    failed = page.get_by_role("region", name="Failed work").get_by_role("row").filter(has_text="Mallet")
    expect(failed).to_have_count(3)
    expect(page.get_by_role("main")).not_to_contain_text(failing.SECRET)
    failed.first.get_by_role("button", name="Retry this work of Mallet").press("Enter")
    expect(page.get_by_text("It is being tried again.")).to_be_visible()
    tenant = failing.row_of(page, people.mallory)
    tenant.get_by_role("button", name="Retry failed").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("2 failed in the last 24 hours.")
    expect(dialog).to_contain_text("At most 500 jobs are retried at once")
    dialog.get_by_role("button", name="Retry all").click()
    expect(page.get_by_text("jobs go on.")).to_be_visible()


def test_the_figure_beside_retry_is_of_the_same_period(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    async def fail() -> None:
        for days in (3, 4):
            await failing.job_of(people.vera, at=utcnow() - timedelta(days=days))

    other_process.in_database(folder, fail)
    enter(people.alice)
    page.goto("/operator/queues?queue=jobs")
    page.get_by_role("combobox", name="Failed in").select_option("7d")
    page.wait_for_url("**span=7d**")
    tenant = failing.row_of(page, people.vera)
    tenant.get_by_role("button", name="Retry failed").press("Enter")
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("2 failed in the last 7 days.")
    dialog.get_by_role("button", name="Retry all").press("Enter")
    expect(page.get_by_text("2 jobs go on.")).to_be_visible()


def test_people_retry_a_failed_job_of_theirs(page: Page, enter: Enter, people: People, folder: Path) -> None:
    async def fail() -> None:
        await failing.job_of(people.adam, at=utcnow() - timedelta(hours=2))

    other_process.in_database(folder, fail)
    retry = re.compile(f"^Retry: Resend to {failing.SECRET}")
    enter(people.vera)
    page.goto("/developers/usage")
    page.get_by_role("button", name=re.compile("^Jobs:")).press("Enter")
    expect(page.get_by_role("region", name="Jobs").get_by_text("Failed").first).to_be_visible()
    expect(page.get_by_role("button", name=retry)).to_have_count(0)
    enter(people.erin)
    page.goto("/developers/usage")
    page.get_by_role("button", name=re.compile("^Jobs:")).press("Enter")
    page.get_by_role("button", name=retry).first.press("Enter")
    expect(page.get_by_text("it continues where it stopped.")).to_be_visible()


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
