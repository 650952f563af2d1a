"""A file in a browser: dropped, looked at, corrected, previewed, imported and undone; and a URL for leads."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from hub_app.crm.schemas.integrations import IntegrationIn
from hub_app.crm.service import integrations
from tests import other_process
from tests.people import People, Person

Enter = Callable[[Person], None]
CLIENTS = b"Name,Email,Wedding Date,Heard of us by\nSarah & Mike Chen,sarah@example.com,03/04/2027,A friend\nAnn Lee,ann@example.com,05/06/2027,Web\nshort row\n"


def _connected(people: People, folder: Path, name: str) -> str:
    """The address of the import page of a CRM that has files alone."""
    given = IntegrationIn(crm_provider="dubsado", connection_name=name)

    async def connect() -> str:
        made = await integrations.create_integration(people.adam.actor, given)
        return f"/crm/connections/{made.integration.id}/import"

    return other_process.in_database(folder, connect)


def _choose(page: Page, content: bytes, name: str = "clients.csv") -> None:
    page.locator("hub-drop input").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


def test_a_file_is_imported_from_the_drop_to_the_undone(
    page: Page, enter: Enter, people: People, folder: Path, console_errors: list[str]
) -> None:
    path = _connected(people, folder, "Old files")
    enter(people.adam)
    page.goto(path)
    _choose(page, b"%PDF-1.7", "clients.pdf")
    expect(page.get_by_role("alert").filter(has_text="This file is a PDF")).to_be_visible()
    # The browser's own line about the refusal.
    assert [one for one in console_errors if "422" not in one] == []
    console_errors.clear()
    _choose(page, CLIENTS)
    expect(page).to_have_url(re.compile(r"\?file="))
    expect(page.get_by_text("4 columns, separated by comma")).to_be_visible()
    page.get_by_label("Field for Heard of us by").select_option("lead_source")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#format-2-error")).to_contain_text("more than one way")
    page.get_by_label("How Wedding Date is written").select_option("day_first")
    page.get_by_role("button", name="Start").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("would be created").first).to_be_visible()
    drawer.get_by_role("button", name="Run it now").click()
    expect(drawer.get_by_role("heading", name="Full import", exact=True)).to_be_visible()
    expect(drawer.get_by_text("created").first).to_be_visible()
    expect(drawer.locator(".hub-badge").get_by_text(re.compile("Completed|Partly")).first).to_be_visible()
    drawer.get_by_role("button", name="Undo").first.click()
    drawer.get_by_role("button", name="Undo now").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Undo now").click()
    expect(drawer.get_by_role("heading", name="Undo", exact=True)).to_be_visible()
    expect(drawer.locator(".hub-badge").get_by_text("Completed", exact=True).first).to_be_visible()
    page.goto(path.removesuffix("/import"))
    expect(page.locator(".hub-facts > div").filter(has_text="Records here").locator("dd")).to_have_text("0")
    page.goto(path)
    _choose(page, CLIENTS)
    # What was chosen is remembered; how dates are written is another file's to say.
    expect(page.get_by_label("Field for Heard of us by")).to_have_value("lead_source")
    expect(page.get_by_label("How Wedding Date is written")).to_have_value("")


def test_leads_have_a_url(page: Page, enter: Enter, people: People, folder: Path) -> None:
    path = _connected(people, folder, "Leads")
    enter(people.adam)
    page.goto(path)
    page.get_by_role("button", name="Make an inbound URL").click()
    page.get_by_role("button", name="Make a new inbound URL").click()
    url = page.get_by_role("dialog").locator(".hub-secret code").inner_text()
    answer = httpx.post(url, json={"name": "Ann Lee", "email": "ann@example.com"}, trust_env=False)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text(f"••••••{url[-4:]}")).to_be_visible()


def test_a_viewer_sees_who_can_import(page: Page, enter: Enter, people: People, folder: Path) -> None:
    path = _connected(people, folder, "Seen")
    enter(people.vera)
    page.goto(path)
    expect(page.get_by_text("Engineers can import files.")).to_be_visible()
    expect(page.get_by_text("Customer admins can change the inbound URL.")).to_be_visible()
    expect(page.locator("hub-drop")).to_have_count(0)
