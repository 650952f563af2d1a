"""What a page's address may hold: anything that somebody types, or another site links to."""

import pytest

from tests import people as seeded
from tests.people import People
from tests.tabs.conftest import Tabs

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize(
    ("load", "path"),
    [
        ("connectors_state.load", "/connectors?q=a%00b"),
        ("plans_state.load", "/connectors/plans?q=a%00b"),
        ("connectors_state.load", "/connectors?q=\ud800"),
        ("oauth_app_state.load", "/operator/oauth-apps/a\x00b"),
        ("oauth_app_state.load", "/operator/oauth-apps/a\ud800b"),
    ],
)
async def test_a_page_whose_address_holds_what_no_database_takes_loads_all_the_same(
    tabs: Tabs, people: People, tab: str, load: str, path: str
) -> None:
    told = await tabs.send(tab, load, cookie=await seeded.cookie(people.alice), path=path)
    assert told.changed["loaded"] is True
    assert told.actions == []
