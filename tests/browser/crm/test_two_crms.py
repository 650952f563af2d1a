"""Two CRMs in a browser: the people they have in common are linked all at once, after a preview, and taken apart again."""

from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hub_app.crm.schemas.integrations import IntegrationIn
from hub_app.crm.service import integrations
from tests import other_process
from tests.browser.conftest import SETTINGS
from tests.browser.crm.conftest import Connect, Studio, in_a_thread
from tests.browser.crm.test_connections import badge, drawer, import_all
from tests.browser.hands import Hands
from tests.peers.pipedrive import Counterpart
from tests.people import People, Person

Enter = Callable[[Person], None]
DUPLICATES = "/crm/conflicts?tab=duplicates"


@pytest.fixture
def pipedrive() -> Generator[Counterpart]:
    with in_a_thread(Counterpart(3)) as there:
        yield there


def test_the_people_in_both_are_linked_and_taken_apart(
    page: Page,
    enter: Enter,
    people: People,
    folder: Path,
    connect: Connect,
    studio: Studio,
    pipedrive: Counterpart,
) -> None:
    for number in range(2):
        name = {"firstName": f"Ada{number}", "lastName": "Berg", "email": f"ada{number}@berg.example"}
        studio.change("add", fields={**name, "kind": "person", "name": f"Ada{number} Berg"})
        entry = {"value": f"ada{number}@berg.example", "primary": True, "label": "work"}
        phone = {"value": f"+493011111{number}", "primary": True, "label": "work"}
        pipedrive.put("persons", {"name": f"Ada{number} Berg", "emails": [entry], "phones": [phone]})
    given = IntegrationIn.model_validate(
        {"crm_provider": "pipedrive", "connection_name": "Sales", "auth_config": pipedrive.entered()}
    )
    tave = connect("Studio")
    actor = replace(people.adam.actor, tier="enterprise")
    made = other_process.in_database(
        folder, lambda: integrations.create_integration(actor, given), **SETTINGS
    ).integration
    enter(people.adam)
    for path in (tave, f"/crm/connections/{made.id}"):
        import_all(page, path)

    page.goto(DUPLICATES)
    expect(page.get_by_text("2 records of Sales are exact matches")).to_be_visible()
    hands = Hands(page)
    hands.press(page.get_by_role("button", name="Link all 2 exact matches…"))
    expect(drawer(page).get_by_role("heading", name="Preview of a linking of exact matches")).to_be_visible()
    expect(badge(drawer(page), "Same in both")).to_be_visible()
    expect(drawer(page).get_by_text("was empty on the record that stays").first).to_be_visible()
    drawer(page).get_by_role("button", name="Run it now").click()
    expect(badge(drawer(page), "Completed")).to_be_visible()
    expect(drawer(page).get_by_text("linked", exact=False).first).to_be_visible()
    drawer(page).get_by_role("link", name="Findings").click()
    drawer(page).get_by_role("link", name="Ada0 Berg").click()
    for name in ("Studio", "Sales"):
        expect(page.get_by_role("row").filter(has_text=name).get_by_text("In the CRM")).to_be_visible()

    page.go_back()
    drawer(page).get_by_role("link", name="Figures").click()
    drawer(page).get_by_role("button", name="Undo…").click()
    expect(badge(drawer(page), "Completed")).to_be_visible()
    expect(drawer(page).get_by_text("would be put back").first).to_be_visible()
    drawer(page).get_by_role("button", name="Undo now").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Undo now").click()
    expect(page.get_by_text("The undo has started.").first).to_be_visible()
    page.goto(DUPLICATES)
    expect(page.get_by_text("2 records of Sales are exact matches")).to_be_visible()
