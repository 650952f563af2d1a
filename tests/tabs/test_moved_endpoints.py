"""The form of an endpoint: its URL and its headers belong together."""

from hub_app.webhooks.schemas import EndpointIn, EndpointPatch
from hub_app.webhooks.service import endpoints
from tests import people as seeded
from tests.people import People
from tests.tabs.conftest import Tabs

URL = "https://192.0.32.10/hook"
OTHER = "https://192.0.43.10/hook"


async def save(tabs: Tabs, people: People, tab: str, meanwhile: EndpointPatch | None, **form: str) -> object:
    """Open the form, let somebody else change the endpoint, save; the endpoint as it is then, and what was asked."""
    cookie = await seeded.cookie(people.alice)
    given = EndpointIn(name="Warehouse", url=URL, headers={"X-Key": "one"})
    made = await endpoints.create_endpoint(people.alice.actor, given)
    at = f"/webhooks/endpoints/{made.id}"
    await tabs.send(tab, "session_state.load", cookie=cookie)
    opened = (await tabs.send(tab, "endpoint_settings_state.ask_edit", cookie=cookie, path=at)).changed
    if meanwhile is not None:
        await endpoints.update_endpoint(people.adam.actor, made.id, meanwhile)
    shown = {name: opened["values"][name] for name in ("name", "url", "headers", "retry_policy")}
    told = await tabs.send(
        tab, "endpoint_settings_state.save", {"data": shown | form}, cookie=cookie, path=at
    )
    now = await endpoints.reveal_endpoint(people.alice.actor, made.id)
    return now.url, now.headers, told.changed.get("theirs")


async def test_headers_that_the_form_shows_go_along_to_another_host(
    tabs: Tabs, people: People, tab: str
) -> None:
    assert await save(tabs, people, tab, None, url=OTHER) == (OTHER, {"X-Key": "one"}, {})


async def test_new_headers_do_not_go_to_where_somebody_else_moved_the_endpoint(
    tabs: Tabs, people: People, tab: str
) -> None:
    found = await save(tabs, people, tab, EndpointPatch(url=OTHER), headers="X-Key: planted")
    assert found == (OTHER, {}, {"url": OTHER, "headers": "(empty)"})
