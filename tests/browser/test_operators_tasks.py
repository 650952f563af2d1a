"""What operators and admins do in governance and operation, without a mouse, in a low window."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hub_app.webhooks.schemas import EventIn
from hub_app.webhooks.service import events
from tests import other_process
from tests.browser.conftest import SETTINGS
from tests.browser.hands import Hands
from tests.operation import failing
from tests.people import People, Person

Enter = Callable[[Person], None]


@pytest.fixture
def low(page: Page) -> Page:
    page.set_viewport_size({"width": 1440, "height": 600})
    return page


def test_making_and_suspending_a_tenant(low: Page, enter: Enter, people: People, mark: str) -> None:
    hands, name = Hands(low), f"Fir {mark}"
    enter(people.alice)
    low.goto("/operator/tenants")
    hands.press(low.get_by_role("button", name="Create tenant"))
    dialog = low.get_by_role("dialog")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    hands.enter(dialog.get_by_label("Name", exact=True), name)
    hands.enter(dialog.get_by_label("First owner's e-mail"), f"fay@fir{mark}.example")
    hands.choose(dialog.get_by_label("Tier"), "Sca")
    hands.press(dialog.get_by_role("button", name="Create tenant"))
    expect(dialog).to_contain_text(f"{name} is created")
    hands.press(dialog.get_by_role("link", name="Open the tenant"))
    expect(low.get_by_role("heading", name=name, level=1)).to_be_visible()
    hands.press(low.get_by_role("button", name="Suspend", exact=True))
    asked = low.get_by_role("alertdialog")
    expect(asked).to_be_visible()
    hands.press(asked.get_by_role("button", name=f"Suspend {name}"))
    expect(low.get_by_text("This tenant is suspended")).to_be_visible()
    hands.press(low.get_by_role("button", name="Resume", exact=True))
    expect(low.get_by_text(f"{name} is active again.")).to_be_visible()


def test_retrying_what_failed(low: Page, enter: Enter, people: People, folder: Path) -> None:
    async def fail() -> None:
        for _ in range(2):
            await failing.job_of(people.mallory)

    other_process.in_database(folder, fail)
    hands = Hands(low)
    enter(people.alice)
    low.goto("/operator/queues")
    hands.press(low.get_by_role("link", name="Jobs", exact=True))
    low.wait_for_url("**queue=jobs**")
    tenant = failing.row_of(low, people.mallory)
    hands.press(tenant.get_by_role("link"))
    low.wait_for_url("**tenant=**")
    hands.press(low.get_by_role("button", name="Retry this work of Mallet").first)
    expect(low.get_by_text("It is being tried again.")).to_be_visible()
    hands.press(tenant.get_by_role("button", name="Retry failed"))
    asked = low.get_by_role("alertdialog")
    expect(asked).to_contain_text("failed in the last 24 hours.")
    hands.press(asked.get_by_role("button", name="Retry all"))
    expect(low.get_by_text(re.compile(r"jobs? goe?s? ?on\."))).to_be_visible()
    expect(asked).to_have_count(0)


def test_erasing_a_person(low: Page, enter: Enter, people: People, folder: Path) -> None:
    email = "lou.day@client.example"

    async def publish() -> None:
        await events.publish(people.adam.actor, [EventIn(type="order.paid", data={"to": email})])

    other_process.in_database(folder, publish, **SETTINGS)
    hands = Hands(low)
    enter(people.adam)
    low.goto("/governance/privacy")
    hands.enter(low.get_by_label("E-mail"), email)
    hands.press(low.get_by_role("button", name="Search", exact=True))
    expect(low.get_by_text("Found: 1 record.")).to_be_visible()
    hands.press(low.get_by_role("button", name="Erase", exact=True))
    asked = low.get_by_role("alertdialog")
    hands.enter(asked.get_by_label(re.compile("to confirm")), email)
    hands.press(asked.get_by_role("button", name="Erase this person"))
    expect(low.get_by_text("Erased: 1 record.")).to_be_visible()
    hands.press(low.get_by_role("link", name="Close", exact=True))
    low.wait_for_url(lambda url: "request=" not in url)
