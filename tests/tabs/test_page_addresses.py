"""Filters go into the address: what of it stays, and what does not."""

import pytest

from tests import people as seeded
from tests.people import People
from tests.tabs.conftest import Tabs

EXECUTIONS = "/connectors/executions"
ENDPOINT = "/webhooks/endpoints/01a200ee-98a8-7000-8334-ad1bd02a9488"


@pytest.mark.parametrize(
    ("state", "at", "filters", "leads_to"),
    [
        (
            "deliveries_state",
            f"{ENDPOINT}?tab=deliveries&type=a&delivery=1&part=headers&cursor=2",
            ("status", "failed"),
            f"{ENDPOINT}?tab=deliveries&status=failed&type=a",
        ),
        ("deliveries_state", f"{ENDPOINT}?tab=deliveries", ("status", "evil"), f"{ENDPOINT}?tab=deliveries"),
        (
            "executions_state",
            f"{EXECUTIONS}?connector=1&action=list&span=1h",
            ("connector", "2"),
            f"{EXECUTIONS}?connector=2&span=1h",
        ),
        ("usage_state", "/developers/usage?span=week", ("span", "day"), "/developers/usage"),
        ("connectors_state", "/connectors", ("q", f"  {'x' * 200}"), f"/connectors?q={'x' * 100}"),
    ],
)
async def test_a_filter_leads_to_the_first_page_of_what_it_leaves(
    tabs: Tabs, people: People, tab: str, state: str, at: str, filters: tuple[str, str], leads_to: str
) -> None:
    cookie = await seeded.cookie(people.alice)
    given = {"name": filters[0], "value": filters[1]}
    told = await tabs.send(tab, f"{state}.filter", given, cookie=cookie, path=at)
    assert told.does(f"'{leads_to}'") or told.does(f'"{leads_to}"')


@pytest.mark.parametrize("name", ["cursor", "delivery", "path", "id"])
async def test_what_is_no_filter_is_refused(tabs: Tabs, people: People, tab: str, name: str) -> None:
    cookie = await seeded.cookie(people.alice)
    given = {"name": name, "value": "x"}
    told = await tabs.send(tab, "deliveries_state.filter", given, cookie=cookie, path=ENDPOINT)
    assert told.does("This page has no such filter.")
