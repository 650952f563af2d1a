"""Possible duplicates in a browser: merged with a choice, taken apart, kept as two, and looked at by a viewer."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hub_app.crm.schemas.conflicts import DuplicateOut
from hub_app.crm.service import duplicates
from tests import other_process, running
from tests.browser.conftest import SETTINGS
from tests.browser.hands import Hands
from tests.crm.waiting import wait
from tests.people import People, Person

Enter = Callable[[Person], None]
_HERE = "/crm/conflicts?tab=duplicates"


@pytest.fixture(scope="module")
def berg(folder: Path, hub: running.Hub, people: People) -> DuplicateOut:
    """Mia Berg and M. Berg, of one address."""
    del hub
    found = other_process.in_database(folder, lambda: wait(people, alike=0), **SETTINGS).duplicates
    return next(one for one in found if "Berg" in one.first.name)


@pytest.fixture
def now(folder: Path, people: People) -> Callable[[DuplicateOut], DuplicateOut]:
    return lambda pair: other_process.in_database(
        folder, lambda: duplicates.get_duplicate(people.vera.actor, pair.id), **SETTINGS
    )


def name_of(side: object) -> str:
    return str(getattr(side, "values", {}).get("first_name"))


def test_merged_and_taken_apart(
    page: Page,
    enter: Enter,
    people: People,
    berg: DuplicateOut,
    now: Callable[[DuplicateOut], DuplicateOut],
) -> None:
    enter(people.erin)
    page.goto(f"{_HERE}&kind=clients")
    page.get_by_role("link", name="Berg").first.click()
    expect(page.get_by_role("heading", name="Same email")).to_be_visible()
    expect(page.get_by_text("You can take them apart again later.")).to_be_visible()
    # The younger one stays, with the older one's first name.
    page.get_by_role("group", name="Record that stays").get_by_role("radio").nth(1).check()
    first = page.get_by_role("radiogroup", name="First name")
    expect(first.get_by_role("radio").first).to_be_checked()
    page.get_by_role("radiogroup", name="Name", exact=True).get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_text(re.compile("^Merged into"))).to_be_visible()
    merged = now(berg)
    assert merged.status == "merged"
    assert name_of(merged.second) == name_of(berg.first)
    assert merged.second.values["name"] == berg.second.values["name"]
    page.get_by_role("combobox", name="Status").select_option("Merged")
    expect(page.get_by_text("Erin Novak merged these records into one.")).to_be_visible()
    expect(page.get_by_text("Record 2 · this one stayed")).to_be_visible()
    page.get_by_role("button", name="Take apart").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Take apart").click()
    expect(page.get_by_text("They are two records again.")).to_be_visible()
    expect(page.get_by_role("button", name="Merge", exact=True)).to_be_visible()
    apart = now(berg)
    assert apart.status == "open"
    assert [apart.first.values, apart.second.values] == [berg.first.values, berg.second.values]


def test_a_viewer_sees_them_and_someone_else_is_faster(
    page: Page, enter: Enter, people: People, berg: DuplicateOut, folder: Path
) -> None:
    place = f"{_HERE}&pair={berg.id}"
    enter(people.vera)
    page.goto(place)
    expect(page.get_by_role("group", name="First name")).to_be_visible()
    expect(page.get_by_text("Engineers can merge records.")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)
    expect(page.get_by_role("main").get_by_role("button")).to_have_accessible_name("Copy the ID")
    enter(people.erin)
    page.goto(place)
    hands = Hands(page)
    hands.press(page.get_by_role("button", name="Not the same"))
    asked = page.get_by_role("alertdialog", name="Keep them as two records?")
    other_process.in_database(folder, lambda: duplicates.dismiss(people.adam.actor, berg.id), **SETTINGS)
    hands.press(asked.get_by_role("button", name="Keep both"))
    expect(page.get_by_text("Adam Brandt decided on this pair in the meantime.")).to_be_visible()
    expect(page.get_by_text("They are not offered again.")).to_be_visible()
    page.goto(_HERE)
    expect(page.get_by_role("heading", name="No duplicates are waiting")).to_be_visible()


def test_kept_as_two_by_keyboard(
    page: Page, enter: Enter, people: People, berg: DuplicateOut, folder: Path
) -> None:
    """The same studio once more: its people are in Hub twice."""
    del berg
    other_process.in_database(folder, lambda: wait(people, name="Again", alike=0), **SETTINGS)
    enter(people.erin)
    page.goto(_HERE)
    pairs = page.get_by_role("navigation", name="Possible duplicates").get_by_role("listitem")
    pairs.first.wait_for()
    before = pairs.count()
    hands = Hands(page)
    hands.press(page.get_by_role("button", name="Not the same"))
    hands.press(page.get_by_role("alertdialog").get_by_role("button", name="Keep both"))
    expect(page.get_by_text("They stay two records, and are not offered again.")).to_be_visible()
    expect(pairs).to_have_count(before - 1)
