"""What the scripts of assets/hub do without asking the server, on the pages of endpoints."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.webhooks.conftest import Program
from tests.people import People, Person

Enter = Callable[[Person], None]
_LIST = "/webhooks/endpoints"


def test_the_window_has_the_pages_name_and_the_heading_the_focus(
    page: Page, enter: Enter, people: People, program: Program
) -> None:
    program.create("Named")
    enter(people.adam)
    page.goto(_LIST)
    expect(page).to_have_title("Endpoints · Hub")
    page.get_by_role("link", name="Named").click()
    expect(page).to_have_title("Named · Hub")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.goto(f"{_LIST}/00000000-0000-0000-0000-000000000000")
    expect(page).to_have_title("No such endpoint · Hub")


def test_a_menu_takes_the_arrow_keys(page: Page, enter: Enter, people: People) -> None:
    enter(people.adam)
    page.goto(_LIST)
    button = page.locator('[popovertarget="hub-user"]')
    button.click()
    entries = page.locator("#hub-user").get_by_role("menuitem")
    expect(entries.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(entries.last).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(entries.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(entries.first).to_be_hidden()
    expect(button).to_be_focused()


def test_the_palette_takes_the_arrow_keys(page: Page, enter: Enter, people: People) -> None:
    enter(people.adam)
    page.goto(_LIST)
    expect(page.get_by_role("button", name="Add endpoint").first).to_be_visible()
    page.keyboard.press("Control+k")
    options = page.get_by_role("dialog").get_by_role("option")
    expect(options.first).to_contain_text("on this page")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.type("audit that is nowhere")
    expect(page.get_by_text("No results.")).to_be_visible()


def test_a_field_for_several_words(page: Page, enter: Enter, people: People, program: Program) -> None:
    """A refusal brings the focus back to it."""
    for event_type in ("order.made", "order.paid", "order.sent"):
        program.publish(event_type)
    enter(people.adam)
    page.goto(_LIST)
    page.get_by_role("button", name="Add endpoint").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Words")
    dialog.get_by_label("URL").fill("http://127.0.0.1:1/hook")
    words = dialog.get_by_label("Events")
    words.fill("order.")
    page.keyboard.press("ArrowUp")
    suggestions = dialog.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(suggestions.last).to_have_text("order.sent")
    expect(suggestions.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Remove order.sent")).to_be_visible()
    page.keyboard.press("Escape")
    expect(suggestions).to_have_count(0)
    words.fill("no type")
    dialog.get_by_role("button", name="Add endpoint").click()
    expect(dialog.locator("#events-error")).not_to_be_empty()
    expect(words).to_be_focused()
    expect(words).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_role("button", name="Remove no type")).to_be_visible()


@pytest.mark.parametrize("api", [True, False], ids=["with a clipboard API", "without"])
def test_copying(
    context: BrowserContext, page: Page, enter: Enter, people: People, program: Program, *, api: bool
) -> None:
    """It is told, and leaves the focus where it is."""
    if api:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
    else:
        page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    enter(people.adam)
    page.goto(f"{program.create('Copied')}?tab=settings")
    page.get_by_role("button", name="Reveal").click()
    button = page.get_by_role("main").get_by_role("button", name="Copy the secret")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Copied.", exact=True)).to_be_attached()
    expect(button).to_be_focused()
    if api:
        assert page.evaluate("navigator.clipboard.readText()") == button.get_attribute("data-copy")


def test_the_navigation_is_a_drawer_on_a_narrow_window(page: Page, enter: Enter, people: People) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    enter(people.adam)
    page.goto(_LIST)
    opener = page.get_by_role("button", name="Open the navigation")
    opener.click()
    expect(page.locator(".hub-sidebar :focus")).to_be_visible()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
