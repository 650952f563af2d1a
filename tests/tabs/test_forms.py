"""Dialogs and their forms: what closes them, and what stays open."""

from tests import people as seeded
from tests.people import People
from tests.tabs.conftest import Tabs


async def test_a_dialog_stays_open_until_its_form_is_taken(tabs: Tabs, people: People, tab: str) -> None:
    cookie = await seeded.cookie(people.alice)
    await tabs.send(tab, "tokens_state.load", cookie=cookie)
    assert (await tabs.send(tab, "tokens_state.ask", {"dialog": "create"}, cookie=cookie)).changed == {
        "dialog": "create",
        "errors": {},
        "busy": False,
        "made": "",
    }
    form = {"name": "", "lifetime": "30", "read:*": "on"}
    refused = await tabs.send(tab, "tokens_state.create", {"data": form}, cookie=cookie)
    assert set(refused.changed["errors"]) == {"name"}
    assert refused.changed["busy"] is False
    assert refused.changed["dialog"] == "create"
    taken = await tabs.send(tab, "tokens_state.create", {"data": form | {"name": "CI"}}, cookie=cookie)
    assert taken.changed["errors"] == {}
    # The handler has opened the next one.
    assert taken.changed["dialog"] == "made"
    row = next(row for row in taken.changed["rows"] if row.name == "CI")
    asked = {"dialog": "rename", "row_id": row.id}
    asked_about = await tabs.send(tab, "tokens_state.ask_about", asked, cookie=cookie)
    assert asked_about.changed["values"] == {"name": "CI"}
    renamed = await tabs.send(tab, "tokens_state.rename", {"data": {"name": "CI bot"}}, cookie=cookie)
    assert renamed.changed["dialog"] == ""
    assert renamed.does("The token is renamed.")


async def test_a_dialog_about_a_row_that_is_not_there_stays_closed(
    tabs: Tabs, people: People, tab: str
) -> None:
    cookie = await seeded.cookie(people.alice)
    asked = {"dialog": "revoke", "row_id": str(people.alice.user_id)}
    told = await tabs.send(tab, "tokens_state.ask_about", asked, cookie=cookie)
    assert told.does("This no longer exists.")
    assert told.changed.get("dialog", "") == ""
