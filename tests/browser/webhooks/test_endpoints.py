"""Endpoints in a browser: adding, changing, turning off, the secret, deleting; and what a viewer sees of it."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.webhooks.conftest import Program
from tests.people import People, Person

Enter = Callable[[Person], None]
_LIST = "/webhooks/endpoints"


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=name)


def test_adding_an_endpoint(page: Page, enter: Enter, people: People, receiver: str) -> None:
    """Each mistake is told beside its field, and what was typed stays."""
    enter(people.mallory)
    page.goto(_LIST)
    expect(page.get_by_role("heading", name="No endpoints yet")).to_be_visible()
    page.get_by_role("button", name="Add endpoint").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Orders" * 20)
    dialog.get_by_label("URL").fill("ftp://hooks.example.com")
    dialog.get_by_role("button", name="Add endpoint").click()
    expect(dialog.locator("#name-error")).to_contain_text("at most 100 characters")
    expect(dialog.get_by_label("URL")).to_have_value("ftp://hooks.example.com")
    dialog.get_by_label("Name").fill("Orders <b>: Köln & 東京")
    dialog.get_by_label("Headers").fill("X-Team: blue\nX-Shift: night")
    dialog.get_by_role("button", name="Add endpoint").click()
    expect(dialog.locator("#url-error")).to_contain_text("http")
    dialog.get_by_label("URL").fill("http://10.0.0.1/hook")
    dialog.get_by_role("button", name="Add endpoint").click()
    expect(dialog.locator("#url-error")).to_contain_text("10.0.0.1")
    dialog.get_by_label("URL").fill(f"{receiver}/orders/s3cret-path")
    dialog.get_by_label("URL").press("Enter")
    page.wait_for_url(re.compile(r"/webhooks/endpoints/[0-9a-f-]+\?tab=settings"))
    expect(page.get_by_role("heading", name="Orders <b>: Köln & 東京", level=1)).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    expect(dialog.get_by_label("Headers")).to_have_value("X-Team: blue\nX-Shift: night")
    page.goto(_LIST)
    expect(row(page, "Orders")).to_contain_text(receiver)
    expect(row(page, "Orders")).to_contain_text("Enabled")
    assert "s3cret-path" not in page.content()


def test_editing_turning_off_and_on(page: Page, enter: Enter, people: People, program: Program) -> None:
    enter(people.adam)
    page.goto(program.create("Billing", "/billing", headers={"X-Customer": "acme"}) + "?tab=settings")
    page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("URL")).to_have_value(re.compile(r"/billing$"))
    expect(dialog.get_by_label("Headers")).to_have_value("X-Customer: acme")
    dialog.get_by_label("Name").fill("Billing and more")
    dialog.get_by_label("Headers").fill("no colon here")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator("#headers-error")).to_contain_text("Name: value")
    dialog.get_by_label("Headers").fill("")
    dialog.get_by_label("Events").fill("invoice.*")
    dialog.get_by_label("Events").press("Enter")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Billing and more", level=1)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("invoice.*")
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("This endpoint is off")).to_be_visible()
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("This endpoint is off")).to_have_count(0)
    expect(page.get_by_role("button", name="Turn off")).to_be_visible()


def test_a_dead_endpoint_that_is_turned_on_still_fails(
    page: Page, enter: Enter, people: People, program: Program
) -> None:
    """Until a delivery succeeds."""
    enter(people.adam)
    place = program.create("Dead", "/gone", events=["dead.*"])
    program.publish("dead.event")
    page.goto(f"{place}?tab=deliveries")
    expect(row(page, "dead.event")).to_contain_text("410")
    page.goto(place)
    expect(page.get_by_text("This endpoint is off")).to_be_visible()
    expect(page.get_by_text("No delivery has succeeded since")).to_be_visible()
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("Nothing gets through")).to_be_visible()
    expect(page.get_by_text("It was turned on again on")).to_be_visible()
    page.goto(_LIST)
    expect(row(page, "Dead")).to_contain_text("Failing")
    expect(row(page, "Dead")).to_contain_text(re.compile(r"turned on again (just now|\d+ s ago)"))


def test_the_signing_secret(page: Page, enter: Enter, people: People, program: Program) -> None:
    """Shown on request, gone when hidden or left, another one after rotation."""
    enter(people.adam)
    place = program.create("Secretive")
    page.goto(f"{place}?tab=settings")
    shown = page.get_by_text(re.compile(r"^whsec_[A-Za-z0-9+/=]{20,}$"))
    expect(shown).to_have_count(0)
    page.get_by_role("button", name="Reveal").click()
    first = shown.inner_text()
    page.get_by_role("button", name="Hide").click()
    expect(shown).to_have_count(0)
    page.get_by_role("button", name="Rotate").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Rotate the secret").click()
    expect(shown).to_be_visible()
    assert shown.inner_text() != first
    expect(page.get_by_text("The old secret is also used until")).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("link", name="Settings", exact=True).click()
    expect(page.get_by_role("button", name="Reveal")).to_be_visible()
    expect(shown).to_have_count(0)


def test_deleting_needs_the_name(page: Page, enter: Enter, people: People, program: Program) -> None:
    enter(people.adam)
    page.goto(program.create("Short lived") + "?tab=settings")
    page.get_by_role("button", name="Delete endpoint").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("It has no deliveries yet.")
    expect(dialog.get_by_role("button", name="Delete Short lived")).to_be_disabled()
    dialog.get_by_role("textbox").fill("Short lived")
    dialog.get_by_role("button", name="Delete Short lived").click()
    page.wait_for_url(f"**{_LIST}")
    expect(row(page, "Short lived")).to_have_count(0)


def test_a_viewer_looks_only(page: Page, enter: Enter, people: People, program: Program) -> None:
    """No control that changes anything; a line says who can."""
    place = program.create("Looked at", "/looked/at", events=["looked.at"])
    program.publish("looked.at", n=1)
    enter(people.vera)
    page.goto(_LIST)
    expect(row(page, "Looked at")).to_be_visible()
    expect(page.get_by_text("Customer admins can add and change endpoints.").first).to_be_visible()
    expect(page.get_by_role("button", name="Add endpoint")).to_have_count(0)
    page.goto(f"{place}?tab=settings")
    expect(page.get_by_text("Customer admins can see and rotate the secret.")).to_be_visible()
    for name in ("Edit", "Turn off", "Reveal", "Rotate", "Delete endpoint"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.goto(f"{place}?tab=test")
    expect(page.get_by_text("Engineers can send tests.")).to_be_visible()
    expect(page.get_by_role("button", name="Send test")).to_have_count(0)
    page.goto(f"{place}?tab=deliveries")
    page.get_by_role("link", name="looked.at").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("Engineers can resend.")).to_be_visible()
    expect(drawer.get_by_role("button", name="Resend now")).to_have_count(0)


def test_another_tenants_endpoint_is_not_there(
    page: Page, enter: Enter, people: People, program: Program
) -> None:
    place = program.create("Not yours")
    enter(people.mallory)
    page.goto(place)
    expect(page.get_by_role("heading", name="There is no such endpoint")).to_be_visible()
    page.goto(_LIST)
    expect(row(page, "Not yours")).to_have_count(0)


def test_the_palette_leads_to_an_endpoint_by_its_name(
    page: Page, enter: Enter, people: People, program: Program
) -> None:
    """By keyboard alone; another tenant's is not found."""
    place = program.create("Zebra crossing")
    enter(people.vera)
    page.goto("/settings/members")
    expect(page.get_by_role("heading", name="Members", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("zebra")
    expect(page.get_by_role("option", name="Zebra crossing")).to_be_visible()
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{place}")
    expect(page.get_by_role("heading", name="Zebra crossing", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Zebra crossing")).to_have_count(0)
    page.keyboard.press("Escape")
    enter(people.mallory)
    page.goto(_LIST)
    page.keyboard.press("Control+k")
    page.keyboard.type("zebra")
    expect(page.get_by_text("No results.")).to_be_visible()
