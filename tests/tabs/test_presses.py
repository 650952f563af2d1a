"""What comes back for a press: that it is answered, that its form is saved, and that it can be pressed again after an error."""

import pytest
from sqlalchemy import update
from sqlmodel import col

from hub_app.kernel import db
from hub_app.oauth.tables import OauthApp
from tests import people as seeded
from tests.people import People
from tests.tabs.conftest import Tabs


async def test_a_press_is_answered_once_and_its_form_is_saved_only_when_it_is(
    tabs: Tabs, people: People, tab: str
) -> None:
    cookie = await seeded.cookie(people.alice)
    form = {"name": "", "lifetime": "30", "read:*": "on"}
    refused = await tabs.send(tab, "tokens_state.create", {"data": form, "hub_press": 7}, cookie=cookie)
    await tabs.later(lambda told: told.does("window.hub.answered(7)"))
    assert refused.does("window.hub.refused")
    assert not refused.does("window.hub.saved")
    sent = {"data": form | {"name": "CI"}, "hub_press": 8}
    taken = await tabs.send(tab, "tokens_state.create", sent, cookie=cookie)
    await tabs.later(lambda told: told.does("window.hub.answered(8)"))
    assert taken.does("window.hub.saved(8)")
    assert sum("window.hub.answered" in action for action in taken.actions) == 1


@pytest.mark.parametrize("number", ["7", True, None, [7], 1.5])
async def test_what_is_no_number_is_no_press(tabs: Tabs, people: People, tab: str, number: object) -> None:
    """Any client can send one."""
    cookie = await seeded.cookie(people.alice)
    asked = {"dialog": "create", "hub_press": number}
    told = await tabs.send(tab, "tokens_state.ask", asked, cookie=cookie)
    assert told.changed["dialog"] == "create"
    assert told.actions == []


async def test_who_may_not_is_answered_too(tabs: Tabs, people: People, tab: str) -> None:
    cookie = await seeded.cookie(people.vera)
    await tabs.send(tab, "members_state.invite", {"data": {}, "hub_press": 3}, cookie=cookie)
    told = await tabs.later(lambda told: told.does("window.hub.answered(3)"))
    assert not told.does("window.hub.saved")


async def test_after_an_unexpected_error_nothing_stays_busy(tabs: Tabs, people: People, tab: str) -> None:
    """Of a handler that shows that it is busy, and knows nothing of what goes wrong."""
    cookie = await seeded.cookie(people.alice)
    async with db.system("a test adds an app", write=True) as session:
        session.add(OauthApp(slug="odd", name="Odd"))
    await tabs.send(tab, "catalogue_state.ask_consent", {"slug": "odd"}, cookie=cookie)
    async with db.system("a test makes it unreadable", write=True) as session:
        await session.exec(update(OauthApp).where(col(OauthApp.slug) == "odd").values(expired_errors=7))
    with pytest.raises((TypeError, ValueError)):
        await tabs.send(
            tab, "catalogue_state.connect", {"data": {"consent": "on"}, "hub_press": 1}, cookie=cookie
        )
    told = await tabs.later(lambda told: told.does("window.hub.answered(1)"))
    assert told.changed["busy"] is False
