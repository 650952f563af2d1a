"""A tab belongs to one person in one tenant with one role, and holds nothing when one of these changes."""

import asyncio

from sqlmodel import select

from hub_app.identity.tables import Membership, User
from hub_app.kernel import db
from hub_app.kernel.actor import Role
from hub_app.ui.guard import _running  # pyright: ignore[reportPrivateUsage] - how many there are is seen nowhere else
from tests import people as seeded
from tests.people import People, Person
from tests.tabs.conftest import Tabs

_HYDRATE = "reflex___state____state.hydrate"
_MOST_WATCHERS = 30


async def make(person: Person, role: Role) -> None:
    async with db.system("a test changes a role", write=True) as session:
        member = (await session.exec(select(Membership).where(Membership.user_id == person.user_id))).one()
        member.role = role.value
        session.add(member)


async def make_ordinary(person: Person) -> None:
    async with db.system("a test takes the operator's rights", write=True) as session:
        user = await session.get_one(User, person.user_id)
        user.is_operator = False
        session.add(user)


async def test_a_tab_loses_what_the_former_role_could_see(tabs: Tabs, people: People, tab: str) -> None:
    cookie = await seeded.cookie(people.adam)
    await seeded.token(people.alice)
    await tabs.send(tab, "session_state.load", cookie=cookie)
    shown = await tabs.send(tab, "tokens_state.load", cookie=cookie, path="/developers/tokens?of=everyone")
    assert "Alice Moreau" in str(shown.changed["rows"])
    assert "Alice Moreau" in tabs.held_of(tab)
    await make(people.adam, Role.CUSTOMER_VIEWER)
    refused = await tabs.send(tab, "tokens_state.close", cookie=cookie)
    assert refused.does("location.reload()")
    assert refused.changed == {}
    assert "Alice Moreau" not in tabs.held_of(tab)
    # Until the page loads anew, nothing else happens in this tab.
    assert (await tabs.send(tab, "tokens_state.load", cookie=cookie)).does("location.reload()")
    loaded = await tabs.send(tab, _HYDRATE, cookie=cookie)
    assert "Alice Moreau" not in str(loaded.changed)
    assert "rows" in (await tabs.send(tab, "tokens_state.load", cookie=cookie)).changed


async def test_a_former_operators_tab_is_emptied(tabs: Tabs, people: People, tab: str) -> None:
    cookie = await seeded.cookie(people.alice)
    assert (await tabs.send(tab, "session_state.load", cookie=cookie)).changed["is_operator"] is True
    await make_ordinary(people.alice)
    assert (await tabs.send(tab, "session_state.load", cookie=cookie)).does("location.reload()")


async def test_a_demotion_reaches_a_page_that_only_watches(tabs: Tabs, people: People, tab: str) -> None:
    """The watcher would read with the new role into a page that was filled with the former."""
    cookie = await seeded.cookie(people.adam)
    await tabs.send(tab, "session_state.load", cookie=cookie)
    watching = await tabs.watch(tab, "activity_state.watch", cookie=cookie)
    async with asyncio.timeout(30):
        while not _running[tab]:  # noqa: ASYNC110 - else the event itself would be refused, before it watches
            await asyncio.sleep(0.01)
    await make(people.adam, Role.CUSTOMER_VIEWER)
    told = await tabs.later(lambda told: told.actions != [])
    assert told.does("location.reload()")
    assert watching.done()


async def test_a_tab_has_few_watchers(tabs: Tabs, people: People, tab: str) -> None:
    """Any client may start one more with each event, and each looks into the database again and again."""
    cookie = await seeded.cookie(people.vera)
    await tabs.send(tab, "session_state.load", cookie=cookie)
    for _ in range(_MOST_WATCHERS + 5):
        await tabs.watch(tab, "activity_state.watch", cookie=cookie)
    await tabs.later(lambda told: told.does("Too many actions are running"))
    assert _running[tab] <= _MOST_WATCHERS
    await asyncio.sleep(0.5)  # Those that watch have looked, and wait.
