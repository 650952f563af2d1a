"""Verifying the audit log in a browser: an operator is told on every page until it is intact again."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from hub_app.kernel import audit_runs
from tests import other_process
from tests.kernel import tampering
from tests.people import People, Person

Enter = Callable[[Person], None]
_PAGE = "/operator/audit-verification"


def set_action(folder: Path, person: Person, action: str) -> None:
    """Write what the first entry of the person's tenant says was done, past Hub."""

    async def change() -> None:
        mine = f"tenant_id = {tampering.literal(person.tenant_id)} and sequence = 1"
        await tampering.forge(f"update audit_entry set action = '{action}' where {mine}")  # noqa: S608 - an attacker's

    other_process.in_database(folder, change)


def test_a_changed_log_is_told_on_every_page_until_it_is_intact_again(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    enter(people.alice)
    set_action(folder, people.alice, "nothing.happened")
    try:
        page.goto(_PAGE)
        page.get_by_role("button", name="Verify now").click()
        expect(
            page.get_by_role("status").get_by_text("The audit log was changed outside of Hub")
        ).to_be_visible()
        page.get_by_role("region", name="Verifications").get_by_role("link").first.press("Enter")
        drawer = page.get_by_role("dialog")
        expect(drawer).to_contain_text("Acme")
        expect(drawer).to_contain_text("Entry 1 was changed or forged")
        expect(drawer).to_contain_text("Alice Moreau")
        page.goto("/webhooks/endpoints")
        notice = page.get_by_role("region", name="Notices")
        expect(notice).to_contain_text("The audit log failed verification")
        page.goto("/governance/audit")
        expect(page.get_by_role("main")).to_contain_text("This log was changed")
    finally:
        set_action(folder, people.alice, "tenant.created")
    notice.get_by_role("link", name="Audit verification").click()
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_text("The audit log is intact")).to_be_visible()
    expect(notice).to_have_count(0)
    page.goto("/governance/audit")
    expect(page.get_by_text(re.compile("it is intact"))).to_be_visible()


def test_others_see_neither_pages_nor_notices(page: Page, enter: Enter, people: People) -> None:
    enter(people.adam)
    for place in (_PAGE, "/operator/audit"):
        page.goto(place)
        expect(page.get_by_text("Only operators can see this page")).to_be_visible()
        expect(page.get_by_role("table")).to_have_count(0)
        expect(page.get_by_role("button", name="Verify now")).to_have_count(0)
        expect(page.get_by_role("link", name="CSV")).to_have_count(0)


def test_a_forged_result_is_told_until_it_is_gone(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    def forge(statement: str) -> None:
        other_process.in_database(folder, lambda: tampering.forge(statement))

    async def verify() -> None:
        await audit_runs.run("command")

    enter(people.alice)
    other_process.in_database(folder, verify)
    page.goto(_PAGE)
    expect(page.get_by_text("The audit log is intact")).to_be_visible()
    forge("update audit_verification set entries = entries + 1000000")
    try:
        page.reload()
        expect(page.get_by_text("Verification results were changed outside of Hub")).to_be_visible()
        expect(page.get_by_role("region", name="Notices")).to_contain_text("they may hide changes")
        page.get_by_role("region", name="Verifications").get_by_role("link").first.press("Enter")
        drawer = page.get_by_role("dialog")
        expect(drawer).to_contain_text("It says nothing about the audit log")
        expect(drawer).to_contain_text("Unknown")
    finally:
        forge("update audit_verification set entries = entries - 1000000")
    page.goto(_PAGE)
    expect(page.get_by_text("The audit log is intact")).to_be_visible()
