"""Conflicts in a browser: chosen by mouse and by keyboard, the same for others, by two people at once, and looked at by a viewer."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlmodel import select

from hub_app.crm.schemas.conflicts import ChoiceIn, ConflictOut, ResolveIn
from hub_app.crm.service import conflicts
from hub_app.kernel import db
from hub_app.sync.tables import SyncConflict, SyncData
from tests import other_process, running
from tests.browser.conftest import SETTINGS
from tests.browser.hands import Hands
from tests.browser.test_two_at_once import Late
from tests.crm.waiting import Waiting, wait
from tests.people import People, Person

Enter = Callable[[Person], None]
_HERE = "/crm/conflicts"


@pytest.fixture
def waiting(folder: Path, hub: running.Hub, people: People) -> Callable[..., Waiting]:
    """Conflicts of a new connection; the tenant may have three."""
    del hub
    return lambda name, **config: other_process.in_database(
        folder, lambda: wait(people, name=name, **config), **SETTINGS
    )


@pytest.fixture
def beside(folder: Path) -> Callable[..., object]:
    return lambda work: other_process.in_database(folder, work, **SETTINGS)


def place_of(one: ConflictOut) -> str:
    """The page of a conflict, with the others of its connection at the left."""
    return f"{_HERE}?crm={one.integration_id}&conflict={one.id}"


def field(page: Page, label: str) -> Locator:
    return page.get_by_role("radiogroup", name=label)


def entries(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Conflicts").get_by_role("listitem")


def test_chosen_by_mouse_and_the_same_for_others(
    page: Page, enter: Enter, people: People, waiting: Callable[..., Waiting], folder: Path
) -> None:
    rich = waiting("Studio").rich
    enter(people.erin)
    page.goto(place_of(rich))
    expect(entries(page)).to_have_count(4)
    expect(field(page, "Company").locator("mark").first).to_have_text("& Ali")
    # Nothing is chosen: nothing is done, and it is said.
    page.get_by_role("button", name="Apply choices").click()
    expect(page.get_by_text("Choose a value for at least one field.")).to_be_visible()
    field(page, "Phone").get_by_text("In Studio").locator("xpath=ancestor::label").click()
    field(page, "Last name").get_by_role("radio", name="Another value").check()
    page.get_by_label("Another value: Last name").fill("Chen-Ali-Berg")
    page.get_by_role("button", name="Apply choices").click()
    expect(page.get_by_text("2 fields are settled. Nothing is written to Studio")).to_be_visible()
    # It stays open for the third.
    expect(page.get_by_role("radiogroup")).to_have_count(1)
    page.get_by_role("button", name="All from Studio").click()
    page.get_by_role("button", name="Apply choices").click()
    expect(page.get_by_text("Company is settled.")).to_be_visible()
    expect(page.get_by_role("heading", name="Noor")).to_be_visible()
    page.get_by_role("button", name="Use Studio's Company in 3 other conflicts").click()
    asked = page.get_by_role("alertdialog", name="Use Studio's Company in 3 other conflicts?")
    asked.get_by_role("button", name="Use it in all").click()
    expect(page.get_by_text("3 more fields settled in the same way.")).to_be_visible()
    expect(page.get_by_role("heading", name="No matching conflicts")).to_be_visible()

    async def values() -> dict[str, str]:
        async with db.read(people.erin.tenant_id) as session:
            statement = select(SyncData).where(SyncData.id == rich.record_id)
            return dict((await session.exec(statement)).one().contents)

    now = other_process.in_database(folder, values, **SETTINGS)
    assert (now["phone"], now["last_name"]) == ("+16285550107", "Chen-Ali-Berg")
    assert now["company"] == "Chen and Partners Architects, Oakland, California"


def test_a_list_is_worked_through_by_keyboard_alone(
    page: Page, enter: Enter, people: People, waiting: Callable[..., Waiting]
) -> None:
    rich = waiting("Archive", sync_direction="bidirectional").rich
    enter(people.erin)
    page.goto(f"{_HERE}?crm={rich.integration_id}")
    expect(entries(page)).to_have_count(4)
    hands, keys = Hands(page), page.keyboard
    names = [entry.inner_text() for entry in entries(page).all()]
    at = next(n for n, name in enumerate(names) if name.startswith("Sarah"))
    hands.reach(entries(page).first.get_by_role("link"))
    for _ in range(at):
        keys.press("ArrowDown")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Sarah Chen")).to_be_visible()
    # Opening leads to the first field; a letter chooses, and leads to the next.
    expect(page.get_by_role("radio").first).to_be_focused()
    keys.press("h")
    keys.press("c")
    expect(page.get_by_role("radio", checked=True)).to_have_count(2)
    last = page.get_by_role("radiogroup").last
    hands.reach(last.get_by_role("radio").first)
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    expect(last.get_by_role("radio", name="Another value")).to_be_checked()
    keys.press("Tab")
    # In a text, letters are letters.
    keys.press("ControlOrMeta+a")
    keys.type("hch")
    expect(page.get_by_role("textbox", name="Another value")).to_have_value("hch")
    expect(last.get_by_role("radio", name="Another value")).to_be_checked()
    keys.press("Enter")
    expect(page.get_by_text("3 fields are settled. Hub's values go to Archive")).to_be_visible()
    for left in (3, 2, 1):
        expect(entries(page)).to_have_count(left)
        expect(page.get_by_role("radio").first).to_be_focused()
        keys.press("Shift+C")
        expect(page.get_by_role("radio", checked=True)).to_have_count(1)
        keys.press("Enter")
    expect(page.get_by_role("heading", name="No matching conflicts")).to_be_visible()


def test_two_at_once_and_a_viewer(
    page: Page, enter: Enter, people: People, waiting: Callable[..., Waiting], beside: Callable[..., object]
) -> None:
    rich = waiting("Third").rich
    late = Late()
    page.route_web_socket(re.compile("_event"), late.pass_on)
    enter(people.erin)
    page.goto(place_of(rich))
    expect(page.get_by_role("radiogroup")).to_have_count(3)
    # The CRM's value changes, as with a sync, and Adam chooses for another field. Erin's page does not show it yet.
    late.holds = True

    async def changes() -> None:
        async with db.begin(people.adam.tenant_id) as session:
            row = (await session.exec(select(SyncConflict).where(SyncConflict.id == rich.id))).one()
            row.fields = row.fields | {"phone": {**row.fields["phone"], "source": "+16285550108"}}
            session.add(row)

    beside(changes)
    field(page, "Phone").get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="Apply choices").click()
    late.deliver()
    expect(page.get_by_text("Phone changed after you opened this. Nothing was chosen.")).to_be_visible()
    expect(field(page, "Phone")).to_contain_text("+16285550108")
    expect(field(page, "Phone").get_by_role("radio", checked=True)).to_have_count(0)
    late.holds = True
    taken = ResolveIn(choices={"phone": ChoiceIn(take="hub")})
    beside(lambda: conflicts.resolve(people.adam.actor, rich.id, taken))
    field(page, "Phone").get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="Apply choices").click()
    late.deliver()
    expect(page.get_by_text("Someone else chose for one of these fields.")).to_be_visible()
    expect(page.get_by_role("radiogroup")).to_have_count(2)
    expect(page.get_by_role("group", name="Phone")).to_contain_text("Chosen")
    # What others do is shown by itself, too.
    rest = ResolveIn(choices={name: ChoiceIn(take="crm") for name in ("company", "last_name")})
    beside(lambda: conflicts.resolve(people.adam.actor, rich.id, rest))
    expect(page.get_by_text("Resolved by Adam Brandt")).to_be_visible()
    expect(entries(page)).to_have_count(3)
    enter(people.vera)
    page.goto(f"{_HERE}?crm={rich.integration_id}")
    expect(page.get_by_role("group", name="Company")).to_contain_text("Haddad & Sons")
    expect(page.get_by_text("Engineers can choose between the values.")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)
    expect(page.get_by_role("main").get_by_role("button")).to_have_accessible_name("Copy the ID")
