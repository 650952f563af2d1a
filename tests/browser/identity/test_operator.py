"""The operator's tenants in a browser, and what the people of a suspended one see."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hub_app.identity.service import suspending
from hub_app.kernel.actor import Role
from tests import other_process
from tests import people as seeded
from tests.browser.profiles import NewContext
from tests.people import PASSWORD, People, Person

Enter = Callable[[Person], None]
SENTENCE = re.compile(r"is suspended, so you cannot sign in at the moment\. Nothing is lost\.")


@pytest.fixture(scope="module")
def away(folder: Path, people: People) -> People:
    """Alice belongs to Mallet too, and Adam: there they go while Acme is away."""

    async def join() -> None:
        await seeded.join(people.alice, people.mallory.tenant_id, Role.CUSTOMER_VIEWER)
        await seeded.join(people.adam, people.mallory.tenant_id, Role.CUSTOMER_VIEWER)

    other_process.in_database(folder, join)
    return people


def sign_in(page: Page, person: Person) -> None:
    page.goto("/login")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def press(page: Page, name: str, then: str | None = None) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    if then is not None:
        page.get_by_role("alertdialog").get_by_role("button", name=then).click()


def test_a_tenant_is_made_and_its_owner_comes_in(
    page: Page, new_context: NewContext, enter: Enter, people: People, mark: str
) -> None:
    enter(people.alice)
    page.goto("/operator/tenants")
    press(page, "Create tenant")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Create tenant").click()
    expect(dialog.locator("#name-error")).to_contain_text("Must not be empty.")
    name, email = f"Birch {mark}", f"bea@birch{mark}.example"
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_label("First owner's e-mail").fill(email)
    dialog.get_by_label("Tier").select_option("starter")
    dialog.get_by_role("button", name="Create tenant").click()
    expect(dialog).to_contain_text(f"{name} is created")
    link = dialog.locator("code").inner_text()
    dialog.get_by_role("link", name="Open the tenant").press("Enter")
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    assert link not in page.content()
    page.goto("/operator/tenants")

    owner = new_context().new_page()
    owner.goto(link)
    owner.get_by_label("Your name").fill("Bea Birch")
    owner.get_by_label("Choose a password").fill(PASSWORD)
    owner.get_by_role("button", name=f"Join {name}").click()
    expect(owner.get_by_role("button", name="Switch tenant")).to_contain_text(name)

    page.get_by_role("searchbox", name="Search by name").fill(name)
    page.wait_for_url("**q=Birch**")
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.get_by_label("Tier", exact=True).select_option("scale")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"{name} is saved.")).to_be_visible()
    owner.reload()
    expect(owner.get_by_role("button", name="Switch tenant")).to_contain_text("Scale")


def test_a_suspended_tenants_people_are_told_and_come_back(
    page: Page, new_context: NewContext, enter: Enter, away: People
) -> None:
    people = away
    erin, adam = new_context().new_page(), new_context().new_page()
    for tab, person in ((erin, people.erin), (adam, people.adam)):
        sign_in(tab, person)
        expect(tab.get_by_role("button", name="Switch tenant")).to_be_visible()
        tab.goto("/developers/tokens")
        tab.get_by_role("button", name="Switch tenant").wait_for()

    enter(people.alice)
    page.goto(f"/operator/tenants/{people.erin.tenant_id}")
    press(page, "Suspend", then="Suspend Acme")
    # It was the tenant that she was in: the page comes anew, in another one.
    expect(page.get_by_text("This tenant is suspended")).to_be_visible()
    page.get_by_role("button", name="Switch tenant").click()
    expect(page.get_by_role("menuitem", name=re.compile("Acme"))).to_contain_text("Suspended")
    expect(page.get_by_role("menuitem", name=re.compile("Acme"))).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Escape")

    # Who has no other tenant is at the sign-in page at once, and learns why; signing in again helps nothing.
    erin.wait_for_url("**/login**")
    expect(erin.get_by_text(SENTENCE)).to_be_visible()
    sign_in(erin, people.erin)
    expect(erin.get_by_role("alert")).to_contain_text(SENTENCE)
    # Who has one is there.
    expect(adam.get_by_role("button", name="Switch tenant")).to_contain_text("Mallet")

    press(page, "Resume")
    expect(page.get_by_text("Acme is active again.")).to_be_visible()
    erin.goto("/developers/tokens")
    expect(erin.get_by_role("button", name="Switch tenant")).to_contain_text("Acme")


def test_deleting_asks_for_the_name_and_can_be_undone(page: Page, enter: Enter, away: People) -> None:
    enter(away.alice)
    page.goto(f"/operator/tenants/{away.erin.tenant_id}")
    press(page, "Delete tenant")
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("4 members lose access immediately.")
    expect(dialog).to_contain_text(
        "2 accounts that are in no other tenant are deleted too. The audit log is kept."
    )
    dialog.get_by_label("to confirm").fill("Acme")
    dialog.get_by_role("button", name="Delete Acme").click()
    expect(page.get_by_text("This tenant will be deleted")).to_be_visible()
    press(page, "Restore")
    expect(page.get_by_text("Acme will not be deleted. It is active again.")).to_be_visible()


def test_the_tiers_lead_to_their_tenants(page: Page, enter: Enter, people: People) -> None:
    enter(people.alice)
    page.goto("/operator/tiers")
    row = page.get_by_role("row", name=re.compile("Professional"))
    expect(row).to_contain_text("1,000 per minute")
    expect(row).to_contain_text("New tenants")
    row.get_by_role("link").click()
    page.wait_for_url("**tier=professional")
    expect(page.get_by_role("combobox", name="Tier")).to_have_value("professional")
    expect(page.get_by_role("link", name="Mallet").first).to_be_visible()
    # From one tenant's page to the next one's: each has its own form.
    for person in (people.mallory, people.erin):
        page.goto(f"/operator/tenants/{person.tenant_id}")
        expect(page.get_by_label("Name", exact=True)).to_have_value(person.tenant_name)


def test_operators_pages_lead_to_each_other(page: Page, enter: Enter, people: People, folder: Path) -> None:
    async def suspend() -> None:
        for do in (suspending.suspend, suspending.resume):
            await do(people.alice.actor, people.mallory.tenant_id)

    other_process.in_database(folder, suspend)
    enter(people.alice)
    tenant = f"/operator/tenants/{people.mallory.tenant_id}"
    page.goto(tenant)
    page.get_by_role("link", name="Show in the installation log").press("Enter")
    page.wait_for_url("**/operator/audit**target=**")
    entry = page.get_by_role("row").filter(has_text="Tenant suspended").first
    entry.get_by_role("link", name="tenant Mallet").press("Enter")
    page.wait_for_url(f"**{tenant}**")
    page.get_by_role("link", name="Show in the queues").press("Enter")
    page.wait_for_url("**/operator/queues**tenant=**")
    page.get_by_role("link", name="Open this tenant").press("Enter")
    page.wait_for_url(f"**{tenant}**")
    page.goto("/operator/health")
    page.get_by_role("region", name="Checks").get_by_role("link", name="Scheduler").press("Enter")
    page.wait_for_url("**/operator/scheduler**")
    page.get_by_role("main").get_by_role("link", name="installation log").press("Enter")
    page.wait_for_url("**/operator/audit?action=operator.task_run**")


@pytest.mark.parametrize("place", ["tenants", "tiers", "tenants/{id}"])
def test_others_see_nothing_of_it(page: Page, enter: Enter, people: People, place: str) -> None:
    enter(people.mallory)
    page.goto(f"/operator/{place.format(id=people.erin.tenant_id)}")
    expect(page.get_by_text("Only operators can see this page")).to_be_visible()
    expect(page.get_by_text("Acme")).to_have_count(0)
