"""What a screen's action is refused for is told in words, whether the page shows the field that is wrong or not."""

from tests import people as seeded
from tests.people import People
from tests.tabs.conftest import Tabs


async def test_a_wrong_field_is_told_beside_it_and_in_words_where_the_page_has_none(
    tabs: Tabs, people: People, tab: str
) -> None:
    """The browser alone knows whether it shows the field: it gets the words for both."""
    cookie = await seeded.cookie(people.alice)
    told = await tabs.send(tab, "tokens_state.create", {"data": {"lifetime": "30"}}, cookie=cookie)
    assert told.changed["errors"]["name"] == "Must not be empty."
    assert told.changed["busy"] is False
    (action,) = (one for one in told.actions if "hub.refused" in one)
    assert '["name","scopes"]' in action
    assert "name: is required; scopes: must have at least one scope" in action
