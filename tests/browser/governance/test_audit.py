"""The audit log in a browser: filtered, opened, downloaded."""

import csv
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from hub_app.webhooks.schemas import EndpointIn
from hub_app.webhooks.service import endpoints
from tests import other_process
from tests.browser.conftest import SETTINGS
from tests.people import People, Person

Enter = Callable[[Person], None]
_PAGE = "/governance/audit"


def add_endpoints(folder: Path, people: People, *names: str) -> str:
    """Add endpoints, one of them Alice's; the page of the last one."""

    async def add() -> str:
        page = ""
        for name in names:
            given = EndpointIn(name=name, url="http://127.0.0.1:9/hook")
            actor = people.alice.actor if name == "Hers" else people.adam.actor
            page = f"/webhooks/endpoints/{(await endpoints.create_endpoint(actor, given)).id}"
        return page

    return other_process.in_database(folder, add, **SETTINGS)


def test_what_somebody_did_is_found_opened_and_downloaded(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    add_endpoints(folder, people, "Shop", "Warehouse", "Hers")
    enter(people.vera)
    page.goto(_PAGE)
    page.get_by_role("combobox", name="Person").select_option("Adam Brandt")
    page.get_by_role("combobox", name="Action").select_option("Endpoint created")
    page.wait_for_url(lambda url: "actor=" in url and "action=" in url)
    rows = page.get_by_role("row").filter(has_text="Endpoint created")
    expect(rows).to_have_count(2)
    expect(page.get_by_role("row").filter(has_text="Hers")).to_have_count(0)
    rows.filter(has_text="Shop").get_by_role("link").press("Enter")
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text(people.adam.email)
    expect(drawer).to_contain_text("webhook.endpoint.created")
    page.reload()
    drawer.get_by_role("link", name="webhook endpoint Shop").click()
    expect(drawer).to_have_count(0)
    expect(rows).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    found = list(csv.DictReader(download.value.path().read_text().splitlines()))
    assert [(line["actor_name"], line["action"]) for line in found] == [
        ("Adam Brandt", "webhook.endpoint.created")
    ]
    page.get_by_role("link", name="About one object").click()
    expect(rows).to_have_count(2)


def test_where_the_log_is_promised_it_is_a_link_to_what_it_holds(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    place = add_endpoints(folder, people, "Ledger", "Promised")
    enter(people.adam)
    page.goto(f"{place}?tab=settings")
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_role("button", name="Hide")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="audit log").click()
    rows = page.get_by_role("row").filter(has_text="Promised")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Endpoint secret revealed")
    expect(page.get_by_role("row").filter(has_text="Ledger")).to_have_count(0)
