"""Sending a client to ShootQ as a lead, in a browser."""

from collections.abc import Callable, Generator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.crm.conftest import Add, in_a_thread
from tests.browser.crm.test_connections import badge
from tests.peers.shootq import BRAND, KEY, ShootQ
from tests.people import People, Person

Enter = Callable[[Person], None]


@pytest.fixture
def shootq() -> Generator[ShootQ]:
    with in_a_thread(ShootQ()) as running:
        yield running


def test_a_key_is_entered_and_a_client_sent(
    page: Page, enter: Enter, people: People, add: Add, shootq: ShootQ
) -> None:
    enter(people.adam)
    page.goto("/crm/connections/new?provider=shootq")
    page.get_by_label("Connection name").fill("ShootQ leads")
    page.get_by_label("How to connect").select_option("api_key")
    page.get_by_label("Brand abbreviation").fill(BRAND)
    page.get_by_label("API key").fill(KEY)
    page.locator("summary").first.click()
    page.get_by_label("Address").fill(shootq.base)
    page.get_by_role("checkbox").last.check()
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("ShootQ leads is connected")).to_be_visible()
    page.goto(add(people.adam, name="Sarah Chen", email="sarah@chen.example"))
    page.get_by_role("button", name="Send to ShootQ leads").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Send as a lead").click()
    expect(page.get_by_text("The client is being sent to ShootQ leads.")).to_be_visible()
    row = page.get_by_role("region", name="Sources").get_by_role("row").filter(has_text="ShootQ leads")
    expect(badge(row, "Sent as a lead")).to_be_visible()
    expect(page.get_by_role("button", name="Send to ShootQ leads")).not_to_be_visible()
    assert [one["contact"]["first_name"] for one in shootq.leads] == ["Sarah"]
    page.reload()
    expect(badge(row, "Sent as a lead")).to_be_visible()
    expect(page.get_by_role("button", name="Send to ShootQ leads")).not_to_be_visible()
