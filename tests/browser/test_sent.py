"""A form that was sent: unsaved until Hub says that it is saved. And what was pressed: sent once, until it is answered."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import orjson
import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.interrupted import CUTTABLE, end_session, question
from tests.people import People, Person

Enter = Callable[[Person], None]
_PUSH = '42/_event,["event",{"delta":{},"events":[]}]'


class Line:
    """A page's connection, on which Hub's answers can be held up."""

    def __init__(self, page: Page) -> None:
        self.holds = False
        self.presses: list[str] = []
        """The names of the events that were sent with a press."""
        self._held: list[str | bytes] = []
        page.route_web_socket(re.compile("_event"), self._pass_on)

    def _pass_on(self, line: WebSocketRoute) -> None:
        hub = line.connect_to_server()
        self._page = line

        def ask(message: str | bytes) -> None:
            text = str(message)
            if text.startswith("42"):
                _, event = orjson.loads(text[text.index("[") :])
                if "hub_press" in (event.get("payload") or {}):
                    self.presses.append(event["name"].rpartition(".")[2])
            hub.send(message)

        line.on_message(ask)
        hub.on_message(lambda message: self._held.append(message) if self.holds else line.send(message))

    def push(self) -> None:
        """As a live page does: something comes that answers nothing."""
        self._page.send(_PUSH)

    def deliver(self) -> None:
        self.holds = False
        for message in self._held:
            self._page.send(message)


def account(page: Page) -> Locator:
    """The form with the person's name."""
    page.goto("/account")
    form = page.locator("form").filter(has=page.get_by_role("button", name="Save", exact=True))
    expect(form.get_by_label("Name")).not_to_have_value("")
    return form


def leave(page: Page) -> None:
    page.get_by_role("link", name="Endpoints").first.click()


def test_a_form_that_was_sent_is_guarded_until_its_answer_came(
    page: Page, enter: Enter, people: People
) -> None:
    """An answer that comes while the question is shown takes it away."""
    line = Line(page)
    enter(people.erin)
    form = account(page)
    form.get_by_label("Name").fill("Erin the third")
    line.holds = True
    form.get_by_role("button", name="Save").click()
    leave(page)
    expect(question(page)).to_be_visible()
    line.deliver()
    expect(page.get_by_text("Your name is saved.")).to_be_visible()
    expect(question(page)).to_have_count(0)
    leave(page)
    expect(page).to_have_url(re.compile("endpoints"))


def test_a_form_that_was_pressed_while_the_connection_was_lost_is_guarded(
    page: Page, enter: Enter, people: People, console_errors: list[str]
) -> None:
    page.add_init_script(CUTTABLE)
    enter(people.erin)
    form = account(page)
    form.get_by_label("Name").fill("Erin the fourth")
    page.evaluate("cut(true)")
    expect(page.locator(".hub-offline")).to_be_visible()
    form.get_by_label("Name").press("Enter")
    leave(page)
    expect(question(page)).to_be_visible()
    console_errors.clear()


def test_a_form_that_was_saved_is_not_unsaved(page: Page, enter: Enter, people: People, folder: Path) -> None:
    """Nothing is asked, and after the session's end nothing is written into it again. What is typed afterwards counts."""
    enter(people.erin)
    form = account(page)
    form.get_by_label("Name").fill("Erin the fifth")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your name is saved.")).to_be_visible()
    expect(page.locator("form[data-dirty]")).to_have_count(0)
    form.get_by_label("Name").fill("Erin the sixth")
    expect(page.locator("form[data-dirty]")).to_have_count(1)
    form.get_by_label("Name").fill("Erin the fifth")
    expect(page.locator("form[data-dirty]")).to_have_count(0)
    end_session(folder, people.erin)
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("main")).to_contain_text("Sign in to continue.")
    assert page.evaluate("sessionStorage.getItem('hub.typed')") is None


def test_a_push_between_two_presses_lets_no_second_one_through(
    page: Page, enter: Enter, people: People
) -> None:
    line = Line(page)
    enter(people.alice)
    page.goto("/developers/tokens")
    button = page.get_by_role("button", name="Create token").first
    expect(button).to_be_visible()
    line.holds = True
    button.click()
    line.push()
    page.wait_for_function("new Promise(done => requestAnimationFrame(() => done(true)))")
    button.click()
    assert line.presses == ["ask"]
    expect(button).to_have_attribute("data-pressed", "")
    line.deliver()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.locator("[data-pressed]")).to_have_count(0)


def test_a_lost_answer_disables_no_button_for_ever(page: Page, enter: Enter, people: People) -> None:
    line = Line(page)
    page.clock.install()
    enter(people.alice)
    page.goto("/developers/tokens")
    button = page.get_by_role("button", name="Create token").first
    expect(button).to_be_visible()
    line.holds = True
    button.click()
    expect(button).to_have_attribute("data-pressed", "")
    page.clock.run_for(20_000)
    expect(button).not_to_have_attribute("data-pressed", "")
    button.click()
    assert line.presses == ["ask", "ask"]


@pytest.mark.parametrize("way", ["skip link", "ControlOrMeta", "Shift", "download"])
def test_what_leaves_the_page_where_it_is_asks_nothing(
    page: Page, enter: Enter, people: People, way: Literal["skip link", "ControlOrMeta", "Shift", "download"]
) -> None:
    enter(people.erin)
    form = account(page)
    form.get_by_label("Name").fill("Erin the seventh")
    link = page.get_by_role("link", name="Endpoints").first
    if way == "skip link":
        page.get_by_role("link", name="Skip to content").focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("#hub-content"))
    elif way == "download":
        page.evaluate(
            "document.querySelector('main').insertAdjacentHTML('beforeend', '<a href=/favicon.svg download>File</a>')"
        )
        with page.expect_download():
            page.get_by_role("link", name="File").click()
    else:
        with page.context.expect_page():
            link.click(modifiers=[way])
    expect(question(page)).to_have_count(0)
    expect(form.get_by_label("Name")).to_have_value("Erin the seventh")
    link.click()
    expect(question(page)).to_be_visible()
