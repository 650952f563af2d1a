"""The mapping of a CRM in a browser: tried on a record while one types, saved, applied, and changed by two people at once."""

import re
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Locator, Page, expect

from hub_app.crm.service import mappings
from hub_app.kernel.paging import PageRequest
from hub_app.sync.service import quarantine
from tests import other_process
from tests.browser.crm.conftest import Connect, Studio
from tests.browser.crm.test_connections import badge, drawer, head, import_all, more
from tests.people import People, Person

Enter = Callable[[Person], None]
_FIELD = "TextField 1"


def result(page: Page) -> Locator:
    return page.get_by_label("Result for one record")


def line(page: Page, target: str) -> Locator:
    """The line that fills a field."""
    return (
        page.get_by_role("region", name="Mapping")
        .get_by_role("row")
        .filter(has=page.locator(".hub-strong").get_by_text(target, exact=True))
    )


def opened(page: Page, path: str) -> None:
    """The mapping, with a record of the CRM on which it was tried."""
    page.goto(f"{path}?tab=mapping")
    expect(result(page).locator("dt").first).to_be_visible()


def id_of(path: str) -> UUID:
    return UUID(path.rpartition("/")[2])


def version(folder: Path, people: People, path: str) -> int:
    """How often the mapping of clients was changed, and once more."""
    found = other_process.in_database(
        folder, lambda: mappings.get_field_mappings(people.adam.actor, id_of(path))
    )
    return found.resources[0].mapping_version


def test_a_custom_field_is_mapped_tried_saved_and_filled(
    page: Page, enter: Enter, people: People, connect: Connect, folder: Path
) -> None:
    path = connect("Mapped")
    enter(people.adam)
    import_all(page, path)
    opened(page, path)
    rows = page.get_by_role("region", name="Fields that are not mapped").get_by_role("row")
    row = rows.filter(has_text=re.compile(f"^{_FIELD}customFields")).first
    row.get_by_role("button", name=re.compile("^New custom field")).click()
    form = drawer(page)
    expect(form.get_by_label("Name")).to_have_value(_FIELD)
    expect(form.get_by_label("Key")).to_have_value("textfield_1")
    form.get_by_label("Name").fill("Venue")
    form.get_by_label("Key").fill("venue")
    form.get_by_role("button", name="Add field").click()
    expect(page.get_by_text("New custom fields: Venue.")).to_be_visible()
    expect(result(page).get_by_text(re.compile("would change: Venue"))).to_be_visible()
    shown = result(page).locator("div").filter(has=page.locator("dt", has_text="Venue")).locator("dd").last
    before = shown.inner_text()
    assert before != "—"
    # What it becomes is seen while one types, before anything is applied.
    line(page, "Venue").get_by_role("button", name="Edit Venue").click()
    expect(form.get_by_text("Tried on")).to_be_visible()
    form.get_by_label("Add a change").select_option("lower")
    form.get_by_label("Add a change").select_option("split")
    form.get_by_label("Which part").fill("0")
    form.get_by_label("Separator").fill(" ")
    first = before.lower().split(" ", maxsplit=1)[0]
    expect(form.locator("dd").get_by_text(first, exact=True)).to_be_visible()
    form.get_by_role("button", name="Apply").click()
    expect(line(page, "Venue")).to_contain_text("lowercase · part 1 of ' '")
    expect(shown).to_have_text(first)
    assert version(folder, people, path) == 1
    page.get_by_role("button", name="Save mapping").click()
    expect(page.get_by_text("The mapping is saved.")).to_be_visible()
    assert version(folder, people, path) == 2
    expect(page.get_by_text("The saved mapping has not reached every record")).to_be_visible()
    page.get_by_role("button", name="Apply now").click()
    expect(badge(drawer(page), "Completed")).to_be_visible()
    opened(page, path)
    expect(page.get_by_text("The saved mapping has not reached every record")).not_to_be_visible()
    expect(result(page).get_by_text("none would change")).to_be_visible()


def test_a_field_that_was_replaced_at_the_crm_is_mapped_anew(
    page: Page, enter: Enter, people: People, connect: Connect, studio: Studio
) -> None:
    path = connect("Moved")
    enter(people.adam)
    opened(page, path)
    rows = page.get_by_role("region", name="Fields that are not mapped").get_by_role("row")
    row = rows.filter(has_text=re.compile("^TextField 22customFields")).first
    row.get_by_role("button", name=re.compile("^New custom field")).click()
    drawer(page).get_by_role("button", name="Add field").click()
    page.get_by_role("button", name="Save mapping").click()
    expect(page.get_by_text("The mapping is saved.")).to_be_visible()
    import_all(page, path)
    studio.change("replace_field", name="TextField 22", to="Where we meet")
    more(page, "Full import")
    notice = page.get_by_text("Fields that Hub no longer finds at the CRM: 1 of clients.")
    expect(notice).to_be_visible()
    page.get_by_role("link", name="See the mapping").click()
    expect(notice).not_to_be_visible()
    lost = page.get_by_role("region", name="Fields that the CRM no longer has")
    offer = lost.get_by_role("row").filter(has_text="Where we meet")
    expect(offer).to_contain_text("TextField 22")
    expect(offer).to_contain_text(
        re.compile("The same value in (\\d+) of \\1 records; would change no record")
    )
    offer.get_by_role("button", name="Use it").click()
    expect(lost).not_to_be_visible()
    expect(line(page, "TextField 22")).to_contain_text("Where we meet")
    page.get_by_role("button", name="Save mapping").click()
    expect(page.get_by_text("The mapping is saved.")).to_be_visible()
    page.reload()
    expect(result(page).locator("dt").first).to_be_visible()
    expect(lost).not_to_be_visible()


def test_what_is_wrong_with_an_expression_stands_beside_it(
    page: Page, enter: Enter, people: People, connect: Connect
) -> None:
    enter(people.adam)
    opened(page, connect("Expressions"))
    page.get_by_role("button", name="Edit Last name").click()
    form = drawer(page)
    form.get_by_label("Field of the CRM").fill("lastName[?")
    expect(form.get_by_role("status").get_by_text("Is not a JMESPath expression").first).to_be_visible()
    form.get_by_role("button", name="Apply").click()
    expect(form.locator("#source-error")).to_contain_text("Is not a JMESPath expression")
    form.get_by_label("Field of the CRM").fill("join(' ', [firstName, 'of', lastName])")
    expect(form.locator("dd").get_by_text(" of ")).to_be_visible()
    form.get_by_label("Add a change").select_option("phone")
    form.get_by_label("Country").fill("XX")
    form.get_by_role("button", name="Apply").click()
    expect(form.locator("[id='steps.s0.region-error']")).to_contain_text("country of two letters")
    form.get_by_role("button", name="Remove Read as a phone number").click()
    form.get_by_role("button", name="Apply").click()
    expect(line(page, "Last name")).to_contain_text("join(")
    page.get_by_role("button", name="Discard").click()
    expect(line(page, "Last name")).to_contain_text("lastName")


def test_two_people_at_once(
    page: Page,
    enter: Enter,
    people: People,
    connect: Connect,
    beside: Callable[[Person], Page],
) -> None:
    path = connect("Both of us")
    enter(people.adam)
    opened(page, path)
    other = beside(people.alice)
    opened(other, path)
    other.get_by_role("button", name="Remove Address").click()
    other.get_by_role("button", name="Save mapping").click()
    expect(other.get_by_text("The mapping is saved.")).to_be_visible()
    page.get_by_role("button", name="Remove Value").click()
    page.get_by_role("button", name="Save mapping").click()
    expect(page.get_by_text("Someone else has changed the mapping")).to_be_visible()
    expect(page.get_by_text("Removed: address.")).to_be_visible()
    page.get_by_role("button", name="Use theirs").click()
    expect(line(page, "Address")).to_have_count(0)
    expect(line(page, "Value")).to_have_count(1)
    expect(page.get_by_text("Your changes are not saved yet")).not_to_be_visible()


def test_a_crm_that_does_not_answer_says_so_and_viewers_only_look(
    page: Page, enter: Enter, people: People, connect: Connect, studio: Studio
) -> None:
    path = connect("Seen by all")
    studio.faults(unauthorized=True)
    enter(people.erin)
    page.goto(f"{path}?tab=mapping")
    expect(page.get_by_text("No record could be read from the CRM")).to_be_visible()
    expect(line(page, "Last name")).to_contain_text("lastName")
    studio.faults()
    page.get_by_role("button", name="Read again").click()
    expect(result(page).locator("dt").first).to_be_visible()
    expect(page.get_by_role("button", name="Edit Last name")).to_have_count(0)
    enter(people.vera)
    page.goto(f"{path}?tab=mapping")
    expect(page.get_by_text("Customer admins can change the mapping.")).to_be_visible()
    expect(page.get_by_text("Engineers can try the mapping on records of the CRM.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^(Edit|Remove|Add|Save)"))).to_have_count(0)


def test_quarantine_is_emptied_once_the_mapping_is_mended(
    page: Page, enter: Enter, people: People, connect: Connect, folder: Path
) -> None:
    path = connect("Set aside")
    enter(people.adam)
    opened(page, path)
    page.get_by_role("button", name="Edit Email").click()
    drawer(page).get_by_label("Required").check()
    drawer(page).get_by_role("button", name="Apply").click()
    expect(line(page, "Email")).to_contain_text("required")
    page.get_by_role("button", name="Save mapping").click()
    expect(page.get_by_text("The mapping is saved.")).to_be_visible()
    import_all(page, path)
    page.goto(f"{path}?tab=quarantine")
    rows = page.get_by_role("region", name="Quarantine").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("Email is required, and has no value.")
    count = rows.count() - 1
    rows.nth(1).get_by_role("link").click()
    expect(drawer(page).get_by_text("As it was read")).to_be_visible()
    drawer(page).get_by_role("button", name="Dismiss").click()
    expect(rows).to_have_count(count)
    opened(page, path)
    page.get_by_role("button", name="Edit Email").click()
    drawer(page).get_by_label("Required").uncheck()
    drawer(page).get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Save mapping").click()
    expect(page.get_by_text("The mapping is saved.")).to_be_visible()
    page.goto(f"{path}?tab=quarantine")
    page.get_by_role("button", name="Try all again").click()
    expect(badge(drawer(page), "Completed")).to_be_visible()
    page.goto(f"{path}?tab=quarantine")
    expect(page.get_by_text("Nothing waits in quarantine")).to_be_visible()
    found, _ = other_process.in_database(
        folder,
        lambda: quarantine.list_quarantine(
            people.adam.actor, "crm", id_of(path), PageRequest(), status="resolved"
        ),
    )
    assert len(found.items) == count - 1
    expect(badge(head(page), "Connected")).to_be_visible()
