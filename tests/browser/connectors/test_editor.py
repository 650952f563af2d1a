"""Describing an API in a browser: connectors, their actions and credentials; and what a viewer sees of it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.connectors.conftest import Declare
from tests.peers.api import KEY
from tests.peers.authorization import AuthorizationServer
from tests.people import People, Person

Enter = Callable[[Person], None]
_LIST = "/connectors"
_PAGE = re.compile(r"/connectors/[0-9a-f-]{36}")


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=name)


def call(page: Page) -> Locator:
    """The preview of the call beside an action's form."""
    return page.get_by_role("complementary", name="Preview of the call")


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert isinstance(width, int)
    return width


def document(count: int) -> str:
    """An OpenAPI document with so many operations."""
    paths = {
        f"/things/{n}": {
            "get": {"operationId": f"getThing{n}", "summary": f"Thing number {n}", "responses": {}}
        }
        for n in range(count)
    }
    info = {"title": "Things", "version": "1"}
    servers = [{"url": "https://things.example"}]
    return json.dumps({"openapi": "3.0.3", "info": info, "servers": servers, "paths": paths})


def test_describing_an_api_by_hand(page: Page, enter: Enter, people: People, api: str) -> None:
    """Each mistake is told beside its field, with the focus there, and what was typed stays."""
    enter(people.mallory)
    page.goto(_LIST)
    expect(page.get_by_role("heading", name="No connectors yet")).to_be_visible()
    expect(page.get_by_role("link", name="GitHub")).to_be_visible()
    page.get_by_role("link", name="Add connector").first.click()
    page.get_by_role("link", name="By hand").click()
    page.get_by_label("Name", exact=True).fill("Warehouse API")
    page.get_by_label("Base URL").fill("http://10.0.0.1/v1")
    page.get_by_role("button", name="Add connector").click()
    expect(page.locator("#base_url-error")).to_contain_text("10.0.0.1")
    expect(page.get_by_label("Base URL")).to_be_focused()
    page.get_by_label("Base URL").fill(f"{api}/query/")
    expect(page.get_by_label("Parameter")).to_be_hidden()
    page.get_by_label("Where the key is sent").select_option("In the query string")
    page.get_by_role("button", name="Add connector").click()
    expect(page.locator("#auth_query-error")).to_contain_text("Must not be empty")
    page.get_by_label("Parameter").fill("api_key")
    expect(page.locator("#consent-error")).to_contain_text("Must be ticked.")
    expect(page.get_by_text(f"Hub may send requests to {api.removeprefix('http://')}")).to_be_visible()
    page.get_by_label("I consent").check()
    page.get_by_label("Parameter").press("Enter")
    page.wait_for_url(re.compile(r"\?tab=credentials$"))
    expect(page.get_by_role("heading", name="Warehouse API", level=1)).to_be_visible()
    page.goto(_LIST)
    expect(row(page, "Warehouse API")).to_contain_text(f"{api}/query")
    expect(row(page, "Warehouse API")).to_contain_text("No credential")


def test_the_prefix_follows_the_header(page: Page, enter: Enter, people: People) -> None:
    """Until someone enters one of their own."""
    enter(people.adam)
    page.goto("/connectors/new?from=hand")
    header, prefix = page.get_by_label("Header", exact=True), page.get_by_label("Prefix")
    expect(prefix).to_have_value("Bearer")
    for name, usual in (("X-Api-Key", ""), ("authorization", "Bearer"), ("constructor", "")):
        header.fill(name)
        expect(prefix).to_have_value(usual)
    prefix.fill("Token")
    for name in ("Authorization", "X-Api-Key"):
        header.fill(name)
        expect(prefix).to_have_value("Token")
    prefix.fill("")
    header.fill("Authorization")
    expect(prefix).to_have_value("")


def test_starting_from_the_gallery(page: Page, enter: Enter, people: People) -> None:
    """What the gallery knows is filled in; only what was left ticked is added."""
    enter(people.adam)
    page.goto("/connectors/new")
    page.get_by_role("link", name="GitHub").click()
    expect(page.get_by_text("Where to get the key for GitHub")).to_be_visible()
    expect(page.get_by_label("Base URL")).to_have_value("https://api.github.com")
    page.get_by_role("checkbox", name="Comment on an issue").uncheck()
    expect(page.get_by_text("4 of 5 chosen")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Our GitHub")
    expect(page.get_by_text("Hub may send requests to api.github.com")).to_be_visible()
    page.get_by_label("I consent").check()
    page.get_by_role("button", name="Add connector").click()
    page.wait_for_url(_PAGE)
    page.get_by_role("link", name="Actions", exact=True).click()
    expect(row(page, "Create an issue")).to_contain_text("/repos/{owner}/{repo}/issues")
    expect(row(page, "Comment on an issue")).to_have_count(0)
    page.get_by_role("link", name="Create an issue").click()
    expect(call(page)).to_contain_text("2022-11-28")


def test_importing_a_document(page: Page, enter: Enter, people: People, tmp_path: Path, api: str) -> None:
    """A broken one is told where it is given; of a long one one chooses, with a search; the base URL is corrected."""
    enter(people.adam)
    page.goto("/connectors/new?from=openapi")
    page.get_by_role("button", name="Read document").click()
    expect(page.locator("#document-error")).to_contain_text("Must not be empty")
    page.get_by_label("OpenAPI 3 document", exact=True).fill('{"openapi": "3.0.0", ')
    page.get_by_role("button", name="Read document").click()
    expect(page.locator("#document-error")).not_to_contain_text("Must not be empty")
    expect(page.locator("#document-error")).not_to_be_empty()
    file = tmp_path / "things.json"
    file.write_text(document(40) + " " * 900_000)
    page.get_by_label("OpenAPI 3 document, as a file").set_input_files(file)
    page.get_by_role("button", name="Read document").click()
    expect(page.get_by_text("40 of 40 chosen")).to_be_visible()
    page.get_by_role("button", name="None").click()
    page.get_by_role("searchbox", name="Search in the list").fill("number 3")
    expect(page.get_by_role("checkbox", name="Thing number 5")).to_be_hidden()
    page.get_by_role("button", name="All", exact=True).click()
    expect(page.get_by_text("13 of 40 chosen")).to_be_visible()
    page.get_by_label("Base URL").fill(f"{api}/open")
    page.get_by_role("button", name="Add connector").click()
    expect(page.locator("#consent-error")).to_contain_text("Must be ticked.")
    page.get_by_label("I consent").check()
    page.get_by_role("button", name="Add connector").click()
    page.wait_for_url(_PAGE)
    expect(page.get_by_role("heading", name="Things", level=1)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Thing number")).to_have_count(13)
    expect(row(page, "Thing number 39")).to_be_visible()


def test_adding_actions_from_a_document(page: Page, enter: Enter, people: People, declare: Declare) -> None:
    """What is ticked is added below what is there."""
    there: dict[str, object] = {"id": "mine", "name": "Mine", "endpoint": "/mine"}
    enter(people.adam)
    page.goto(declare("Grows", actions=[there]) + "?tab=import")
    page.get_by_label("OpenAPI 3 document", exact=True).fill(document(2))
    page.get_by_role("button", name="Read document").click()
    expect(page.get_by_text("The document describes another base URL")).to_be_visible()
    page.get_by_role("checkbox", name="Thing number 0").uncheck()
    page.get_by_role("button", name="Save actions").click()
    expect(row(page, "Thing number 1")).to_be_visible()
    expect(row(page, "Mine")).to_be_visible()
    expect(row(page, "Thing number 0")).to_have_count(0)


def test_an_action_with_the_call_it_makes(
    page: Page, enter: Enter, people: People, declare: Declare, api: str
) -> None:
    """The call follows what is typed; a broken rule stands beside its field; what is saved stays."""
    enter(people.adam)
    page.goto(declare("Live"))
    page.get_by_role("link", name="List items").click()
    expect(call(page)).to_contain_text(f"{api}/bearer/items")
    page.get_by_label("Path").fill("/../items")
    expect(page.locator("#endpoint-error")).to_contain_text("'.' or '..'")
    page.get_by_label("Path").fill("/items/{id}")
    expect(page.locator("#endpoint-error")).to_be_empty()
    expect(call(page)).to_contain_text(f"{api}/bearer/items/{{id}}")
    page.get_by_role("button", name="Add parameter").click()
    added = page.get_by_role("group", name="New parameter")
    expect(added.get_by_label("Name")).to_be_focused()
    added.get_by_label("Name").fill("limit")
    added.get_by_label("Type").select_option("Whole number")
    added.get_by_label("Default").fill("many")
    expect(added.get_by_role("alert").filter(has_text="JSON")).to_be_visible()
    added.get_by_label("Default").fill("20")
    expect(call(page)).to_contain_text(f"{api}/bearer/items/{{id}}?limit=20")
    page.get_by_label("Part of the response to return").fill("data[")
    expect(page.locator("#response-error")).to_contain_text("JMESPath")
    page.get_by_role("button", name="Save action").click()
    expect(page.get_by_label("Part of the response to return")).to_be_focused()
    page.get_by_label("Part of the response to return").fill("data")
    page.get_by_role("button", name="Save action").click()
    expect(row(page, "List items")).to_contain_text("2 parameters")
    page.get_by_role("link", name="List items").click()
    expect(page.get_by_label("Part of the response to return")).to_have_value("data")
    expect(call(page)).to_contain_text("limit=20")
    page.get_by_role("button", name="Remove limit").click()
    expect(call(page)).not_to_contain_text("limit")
    expect(page.get_by_role("button", name="Add parameter")).to_be_focused()


def test_order_copies_and_ends_of_actions(page: Page, enter: Enter, people: People, declare: Declare) -> None:
    given: list[dict[str, object]] = [
        {"id": "first", "name": "First", "endpoint": "/items", "cache_seconds": 60},
        {"id": "second", "name": "Second", "endpoint": "/items"},
    ]
    enter(people.adam)
    page.goto(declare("Ordered", actions=given))
    names = page.get_by_role("rowheader")
    expect(names).to_contain_text(["First", "Second"])
    page.get_by_role("button", name="Move Second up").click()
    expect(names).to_contain_text(["Second", "First"])
    page.get_by_role("button", name="More actions for First").click()
    page.get_by_role("menuitem", name="Duplicate").click()
    expect(page.get_by_role("textbox", name="ID")).to_have_value("first_2")
    page.locator("#id").fill("second")
    page.get_by_role("button", name="Save action").click()
    expect(page.locator("#id-error")).to_contain_text("another action")
    page.locator("#id").fill("third")
    page.get_by_role("button", name="Save action").click()
    expect(names).to_contain_text(["Second", "First", "First (copy)"])
    expect(row(page, "First (copy)")).to_contain_text("cached for 60 s")
    page.get_by_role("button", name="More actions for Second").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete Second").click()
    expect(names).to_contain_text(["First", "First (copy)"])


def test_an_action_by_keyboard_alone(page: Page, enter: Enter, people: People, declare: Declare) -> None:
    enter(people.adam)
    page.goto(declare("Keys", actions=[]))
    page.get_by_role("link", name="Add action").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#action_name")).to_be_focused()
    page.keyboard.type("Read an item")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.type("/items/{id}")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Add parameter")).to_be_focused()
    page.keyboard.press("Enter")
    name = page.get_by_role("group", name="New parameter").get_by_label("Name")
    expect(name).to_be_focused()
    page.keyboard.type("id")
    page.keyboard.press("Enter")
    expect(row(page, "Read an item")).to_contain_text("/items/{id}")
    expect(row(page, "Read an item")).to_contain_text("1 parameter")


def test_a_credential_and_whether_it_works(
    page: Page, enter: Enter, people: People, declare: Declare
) -> None:
    """It is saved and never shown; a test says whether the API accepts it, and what to do when not."""
    enter(people.adam)
    place = declare("Keyed")
    page.goto(place)
    page.get_by_role("link", name="Credentials").first.click()
    page.get_by_role("button", name="Save credential").click()
    expect(page.locator("#api_key-error")).to_contain_text("Must not be empty")
    page.get_by_label("API key", exact=True).fill("key_of_someone_else")
    page.get_by_role("button", name="Save credential").click()
    expect(page.get_by_role("heading", name="Replace the credential")).to_be_visible()
    expect(page.get_by_label("API key", exact=True)).to_have_value("")
    assert "key_of_someone_else" not in page.content()
    page.get_by_label("Path").fill("/items")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="401 Unauthorized")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("Refused").first).to_be_visible()
    assert "key_of_someone_else" not in page.content()
    unsaved = page.get_by_text("The test does not use it.")
    expect(unsaved).to_be_hidden()
    page.get_by_label("API key", exact=True).fill(KEY)
    expect(unsaved).to_be_visible()
    page.get_by_role("button", name="Save credential").click()
    expect(page.get_by_role("main").get_by_text("Not tested yet").first).to_be_visible()
    expect(unsaved).to_be_hidden()
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="200 OK")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("Works").first).to_be_visible()
    page.goto(_LIST)
    expect(row(page, "Keyed")).to_contain_text("Works")
    page.goto(f"{place}?tab=credentials")
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove the credential").click()
    expect(page.get_by_role("heading", name="Save a credential")).to_be_visible()


def test_connecting_with_a_client_of_ones_own(
    page: Page, enter: Enter, people: People, api: str, peer: AuthorizationServer
) -> None:
    """Only the fields that it needs; one allows it at the provider, and comes back to the credentials."""
    enter(people.adam)
    page.goto("/connectors/new?from=hand")
    page.get_by_label("Name", exact=True).fill("Peer tasks")
    page.get_by_label("Base URL").fill(f"{api}/bearer")
    page.get_by_label("Authentication").select_option("OAuth 2.0")
    expect(page.get_by_label("Where the key is sent")).to_be_hidden()
    page.get_by_label("Where the token comes from").select_option("Your own OAuth client")
    page.get_by_label("Authorization URL").fill(f"{peer.url}/auth")
    page.get_by_label("Token URL").fill(f"{peer.url}/token")
    page.get_by_role("button", name="Add connector").click()
    expect(page.locator("#client_id-error")).to_contain_text("Must not be empty")
    page.get_by_label("Client ID").fill("hub")
    page.get_by_label("Client secret").fill(peer.secret("hub"))
    page.get_by_label("Scopes").fill("openid")
    page.get_by_label("I consent").check()
    page.get_by_role("button", name="Add connector").click()
    page.get_by_role("button", name="Connect", exact=True).click()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(re.compile(r"tab=credentials&.*outcome=connected"))
    expect(page.get_by_role("heading", name="Access token")).to_be_visible()
    assert peer.secret("hub") not in page.content()


def test_the_connection_moves_to_another_host(
    page: Page, enter: Enter, people: People, declare: Declare
) -> None:
    """The credential stays behind, since it was given for the former host; the actions go along."""
    enter(people.adam)
    page.goto(declare("Moves") + "?tab=credentials")
    page.get_by_label("API key").fill("key_that_is_not_shown")
    page.get_by_role("button", name="Save credential").click()
    expect(page.get_by_role("main")).to_contain_text("Not tested yet")
    assert "key_that_is_not_shown" not in page.content()
    page.get_by_role("link", name="Connection", exact=True).click()
    page.get_by_label("Base URL").fill("http://127.0.0.1:9/bearer")
    expect(page.get_by_label("I consent")).to_have_count(0)
    page.get_by_role("button", name="Save connection").click()
    expect(page.locator("#consent-error")).to_contain_text("Must be ticked.")
    page.get_by_label("I consent").check()
    page.get_by_role("button", name="Save connection").click()
    expect(page.get_by_text("Its credentials were deleted")).to_be_visible()
    expect(page.get_by_text("This connector has no credential yet")).to_be_visible()
    page.get_by_role("link", name="Actions", exact=True).click()
    expect(row(page, "List items")).to_be_visible()


def test_deleting_needs_the_name(page: Page, enter: Enter, people: People, declare: Declare) -> None:
    enter(people.adam)
    page.goto(declare("Short lived") + "?tab=connection")
    page.get_by_role("button", name="Delete connector").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("Its 1 action, its credentials and 0 executions are deleted too.")
    expect(dialog.get_by_role("button", name="Delete Short lived")).to_be_disabled()
    dialog.get_by_role("textbox").fill("Short lived")
    dialog.get_by_role("button", name="Delete Short lived").click()
    page.wait_for_url(f"**{_LIST}")
    expect(row(page, "Short lived")).to_have_count(0)


def test_a_viewer_looks_only(page: Page, enter: Enter, people: People, declare: Declare) -> None:
    """No control that changes anything; a line says who can."""
    given = {"name": "limit", "in": "query", "type": "integer"}
    actions = [{"id": "list_items", "name": "List items", "endpoint": "/items", "parameters": [given]}]
    place = declare("Looked at", actions=actions)
    enter(people.vera)
    page.goto(f"{place}?action=list_items")
    expect(row(page, "limit")).to_contain_text("QueryWhole number")
    page.goto(_LIST)
    expect(row(page, "Looked at")).to_be_visible()
    expect(page.get_by_text("Customer admins can add and change connectors.").first).to_be_visible()
    expect(page.get_by_role("link", name="Add connector")).to_have_count(0)
    page.goto("/connectors/new?from=hand")
    expect(page.get_by_text("Customer admins can add and change connectors.")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("textbox")).to_have_count(0)
    for tab in ("actions", "actions&action=list_items", "connection", "credentials", "import"):
        page.goto(f"{place}?tab={tab}")
        expect(page.get_by_text(re.compile("Customer admins can")).first).to_be_visible()
        expect(page.get_by_role("main").get_by_role("textbox")).to_have_count(0)
        for name in (
            "Save",
            "Remove",
            "Delete",
            "Test",
            "Turn off",
            "Move",
            "More actions for",
            "Read document",
        ):
            expect(page.get_by_role("button", name=name)).to_have_count(0)


def test_another_tenants_connector_is_not_there(
    page: Page, enter: Enter, people: People, declare: Declare
) -> None:
    place = declare("Not yours")
    enter(people.mallory)
    page.goto(f"{place}?action=list_items")
    expect(page.get_by_role("heading", name="There is no such connector")).to_be_visible()
    page.goto(_LIST)
    expect(row(page, "Not yours")).to_have_count(0)


def test_a_phone_shows_all_of_it(page: Page, enter: Enter, people: People, declare: Declare) -> None:
    long = "/a-long-path-that-goes-on-and-on/{with_parameters}/and-more-of-it/{and_another_one}"
    place = declare("Narrow", actions=[{"id": "long", "name": "Long one", "endpoint": long}])
    enter(people.adam)
    page.set_viewport_size({"width": 390, "height": 844})
    tabs = ("?tab=actions", "?action=long", "?tab=connection", "?tab=credentials", "?tab=import")
    for address in (_LIST, "/connectors/new", "/connectors/new?from=hand", *(place + tab for tab in tabs)):
        page.goto(address)
        expect(page.locator(".hub-body").first).to_be_visible()
        expect(page.locator(".hub-skeleton")).to_have_count(0)
        assert overflow(page) <= 0, address
