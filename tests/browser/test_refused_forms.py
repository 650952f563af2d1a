"""Forms that were refused: what is wrong is seen at once, all of it, and the focus is where it can be mended."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.people import People, Person

Enter = Callable[[Person], None]


def opened(page: Page, path: str, button: str) -> Locator:
    page.goto(path)
    page.get_by_role("button", name=button).first.click()
    return page.get_by_role("dialog")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1440, 600), (390, 700)])
def test_the_first_message_comes_into_view_with_the_focus_in_its_group(
    page: Page, enter: Enter, people: People, width: int, height: int
) -> None:
    """Creating a token without a scope: the message stands above the boxes, and Space ticks the first of them."""
    page.set_viewport_size({"width": width, "height": height})
    enter(people.alice)
    dialog = opened(page, "/developers/tokens", "Create token")
    dialog.get_by_label("Name").fill("Order system")
    dialog.get_by_role("button", name="Create token").click()
    message = dialog.locator("#scopes-error")
    expect(message).to_have_text("Must have at least one scope.")
    expect(message).to_be_in_viewport(ratio=1)
    first = dialog.get_by_role("checkbox").first
    expect(first).to_be_focused()
    expect(first).to_be_in_viewport(ratio=1)
    expect(dialog.get_by_role("status")).to_have_text("1 field needs attention")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Send it as Authorization: Bearer")).to_be_visible()


def test_the_button_says_how_many_fields_need_attention(page: Page, enter: Enter, people: People) -> None:
    """All at once, those of the schema and what the form itself asks for; the first one has the focus."""
    enter(people.adam)
    dialog = opened(page, "/webhooks/endpoints", "Add endpoint")
    dialog.get_by_label("Name").fill("D" * 101)
    dialog.get_by_label("URL").fill("http://169.254.1.1/hook")
    dialog.locator("#rate_limit").fill("5000")
    dialog.get_by_role("button", name="Add endpoint").click()
    expect(dialog.locator("#name-error")).to_contain_text("100 characters")
    expect(dialog.locator("#url-error")).not_to_be_empty()
    expect(dialog.locator("#rate_limit-error")).to_contain_text("Must be at most 1000.")
    expect(dialog.get_by_role("status")).to_have_text("3 fields need attention")
    expect(dialog.get_by_label("Name")).to_be_focused()
    dialog.get_by_label("Name").fill("Depot")
    dialog.locator("#rate_limit").fill("50")
    dialog.get_by_role("button", name="Add endpoint").click()
    expect(dialog.get_by_role("status")).to_have_text("1 field needs attention")
    expect(dialog.get_by_label("URL")).to_be_focused()


def test_a_connector_is_refused_as_a_whole(page: Page, enter: Enter, people: People) -> None:
    enter(people.adam)
    page.goto("/connectors/new?from=hand")
    page.get_by_label("Authentication").select_option("oauth")
    page.get_by_label("Where the token comes from").select_option("client")
    page.get_by_label("Base URL").fill("http://169.254.1.1")
    page.get_by_text("Headers and description").click()
    page.get_by_label("Headers").fill("no header")
    page.get_by_text("Headers and description").click()
    page.get_by_role("button", name="Add connector").click()
    for field in (
        "display_name",
        "base_url",
        "headers",
        "authorize_url",
        "token_url",
        "client_id",
        "consent",
    ):
        expect(page.locator(f"#{field}-error")).not_to_be_empty()
    expect(page.get_by_role("main").get_by_text("7 fields need attention")).to_be_visible()
    expect(page.locator("#display_name")).to_be_focused()
    expect(page.locator("#display_name-error")).to_be_in_viewport(ratio=1)


def test_a_late_refusal_neither_scrolls_nor_moves_the_focus_of_someone_who_went_on(
    page: Page, enter: Enter, people: People
) -> None:
    held: list[str | bytes] = []
    holds = [False]
    lines: list[WebSocketRoute] = []

    def pass_on(line: WebSocketRoute) -> None:
        hub = line.connect_to_server()
        lines.append(line)
        hub.on_message(lambda message: held.append(message) if holds[0] else line.send(message))

    page.set_viewport_size({"width": 1440, "height": 600})
    page.route_web_socket(re.compile("_event"), pass_on)
    enter(people.alice)
    dialog = opened(page, "/developers/tokens", "Create token")
    dialog.get_by_label("Name").fill("Order system")
    holds[0] = True
    dialog.get_by_label("Name").press("Enter")
    last = dialog.get_by_role("checkbox").last
    last.focus()
    holds[0] = False
    for message in held:
        lines[-1].send(message)
    expect(dialog.get_by_role("status")).to_have_text("1 field needs attention")
    page.evaluate(
        "() => new Promise(done => { let n = 3; const f = () => n-- ? requestAnimationFrame(f) : done(); f() })"
    )
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport(ratio=1)


def test_an_answer_that_is_drawn_late_leaves_the_focus_where_the_person_acted_since(
    page: Page, enter: Enter, people: People
) -> None:
    enter(people.adam)
    dialog = opened(page, "/webhooks/endpoints", "Add endpoint")
    expect(dialog.get_by_label("Name")).to_be_visible()
    page.evaluate("""() => {
        const act = (id) => { const field = document.getElementById(id); field.focus(); field.click(); };
        act("url");
        window.hub.focus("name");
        act("description");
        return new Promise((done) => setTimeout(() => requestAnimationFrame(done), 500));
    }""")
    expect(dialog.get_by_label("Description")).to_be_focused()
