"""A person's data in a browser: found, exported, erased."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Page, expect

from hub_app.governance.tables import PrivacyRequest
from hub_app.kernel import db
from hub_app.webhooks.schemas import EventIn
from hub_app.webhooks.service import events
from tests import other_process
from tests.browser.conftest import SETTINGS
from tests.people import People, Person

Enter = Callable[[Person], None]
_PAGE = "/governance/privacy"


def publish(folder: Path, people: People, *emails: str) -> None:
    async def do() -> None:
        given = [EventIn(type="order.paid", data={"to": one, "phone": "+49 170 1112223"}) for one in emails]
        await events.publish(people.adam.actor, given)

    other_process.in_database(folder, do, **SETTINGS)


def search(page: Page, email: str) -> None:
    page.goto(_PAGE)
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url(lambda url: "request=" in url)


def test_a_person_is_found_exported_and_erased(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    email = "jane.roe@client.example"
    publish(folder, people, email, "JANE.ROE@client.example", "bob@client.example")
    enter(people.adam)
    search(page, email)
    found = page.get_by_role("region", name="What was found").get_by_role("row")
    expect(found.filter(has_text="Events")).to_contain_text("2")
    expect(page.get_by_text("Found: 2 records")).to_be_visible()
    address = page.url
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download JSON").click()
    file = json.loads(download.value.path().read_text())
    assert [one["fields"]["payload"]["phone"] for one in file["found"]] == ["+49 170 1112223"] * 2
    assert email not in page.content()
    page.goto(address)
    page.get_by_role("button", name="Erase").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("It cannot be undone.")
    dialog.get_by_label(re.compile("to confirm")).fill(email)
    dialog.get_by_role("button", name="Erase this person").press("Enter")
    expect(page.get_by_text("The data is being erased.")).to_be_visible()
    expect(page.get_by_text("Erased: 2 records")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Erased: 2 records")).to_be_visible()
    expect(page.get_by_text("No longer kept")).to_be_visible()
    page.goto(_PAGE)
    requests = page.get_by_role("region", name="Requests").get_by_role("row")
    expect(requests.filter(has_text="Erasure")).to_contain_text("Done")
    expect(requests.filter(has_text="Export")).to_contain_text("Person erased")
    search(page, email)
    expect(page.get_by_text("No record mentions this person.")).to_be_visible()
    expect(page.get_by_text("There is nothing to erase.")).to_be_visible()
    expect(page.get_by_role("button", name="Erase")).to_have_count(0)


def test_a_members_erasure_is_for_owners_and_says_what_goes_along(
    page: Page, enter: Enter, people: People
) -> None:
    enter(people.adam)
    search(page, people.erin.email)
    expect(page.get_by_text("Erasing ends their membership")).to_be_visible()
    expect(page.get_by_text("Owners can erase members.")).to_be_visible()
    expect(page.get_by_role("button", name="Erase")).to_have_count(0)
    enter(people.alice)
    page.reload()
    expect(page.get_by_role("button", name="Erase")).to_be_visible()


def test_what_failed_says_why_and_is_searched_for_again_or_deleted(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    email = "kim.poe@client.example"
    enter(people.adam)
    search(page, email)
    expect(page.get_by_text("No record mentions this person.")).to_be_visible()
    request = page.url.rpartition("=")[2]
    expect(page.get_by_role("main").get_by_text(people.adam.name)).to_be_visible()

    async def fail() -> None:
        async with db.begin(people.adam.tenant_id) as session:
            row = await session.get_one(PrivacyRequest, (people.adam.tenant_id, UUID(request)))
            row.status, row.error = "failed", "The moon was in the way."
            session.add(row)

    other_process.in_database(folder, fail)
    page.reload()
    expect(page.get_by_text("The moon was in the way.")).to_be_visible()
    failed = page.url
    page.get_by_role("button", name="Search again").press("Enter")
    page.wait_for_url(lambda url: url != failed)
    expect(page.get_by_text("No record mentions this person.")).to_be_visible()
    page.get_by_role("link", name="Close").press("Enter")
    expect(page.get_by_text(email)).to_have_count(0)
    page.goto(failed)
    page.get_by_role("button", name="Delete request").press("Enter")
    page.get_by_role("alertdialog").get_by_role("button", name="Delete request").press("Enter")
    expect(page.get_by_text("The request is deleted.")).to_be_visible()
    expect(page.get_by_text("The moon was in the way.")).to_have_count(0)
    requests = page.get_by_role("region", name="Requests").get_by_role("link")
    expect(requests.and_(page.locator(f"[href$='{request}']"))).to_have_count(0)


def test_what_is_wrong_stands_beside_its_field(page: Page, enter: Enter, people: People) -> None:
    enter(people.adam)
    page.goto(_PAGE)
    page.get_by_label("E-mail").fill("jane@x")
    page.get_by_role("combobox", name="Also look for").or_(page.get_by_label("Also look for")).last.fill("Jo")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("#words-error")).not_to_be_empty()


def test_others_read_who_can(page: Page, enter: Enter, people: People) -> None:
    for person in (people.erin, people.vera):
        enter(person)
        page.goto(_PAGE)
        expect(
            page.get_by_text("Customer admins and owners can export and erase people's data.")
        ).to_be_visible()
        expect(page.get_by_label("E-mail")).to_have_count(0)
