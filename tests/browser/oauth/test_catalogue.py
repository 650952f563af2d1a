"""The operator's catalogue in a browser."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from reflex_base.registry import RegistrationContext

from hub_app.hub_app import app as screens
from hub_app.kernel.paging import PageRequest
from hub_app.oauth.service import apps
from hub_app.oauth.state import forms
from tests import other_process, running
from tests import people as seeded
from tests.browser.conftest import SETTINGS
from tests.browser.websocket_client import tab
from tests.peers.authorization import AuthorizationServer
from tests.people import People, Person

Enter = Callable[[Person], None]
_HERE = "/operator/oauth-apps"


def save(page: Page, part: str) -> None:
    """Press Save in the card of this part."""
    card = page.locator("section").filter(has_text=re.compile(f"^{part}"))
    card.get_by_role("button", name="Save").click()


def test_an_app_is_set_up_from_nothing(
    page: Page, enter: Enter, people: People, hub: running.Hub, peer: AuthorizationServer
) -> None:
    """Each mistake is told beside its field; the secret goes in and never comes out; then people connect."""
    enter(people.alice)
    page.goto(_HERE)
    page.get_by_role("button", name="Add app").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Ledger")
    dialog.get_by_label("ID", exact=True).fill("Not A Slug")
    dialog.get_by_role("button", name="Add app").click()
    expect(dialog.locator("#slug-error")).not_to_be_empty()
    dialog.get_by_label("ID", exact=True).fill("ledger")
    dialog.get_by_role("button", name="Add app").click()
    page.wait_for_url(f"**{_HERE}/ledger")
    expect(page.get_by_text("Nobody can connect it until you fill in the client ID")).to_be_visible()
    expect(page.get_by_text(f"{hub.url}/v1/integration/oauth/callback")).to_be_visible()
    fill_in_addresses(page, peer)
    fill_in_the_rest(page)
    page.get_by_label("Client ID").fill("hub")
    page.get_by_label("Client secret", exact=True).fill(peer.secret("hub"))
    save(page, "Registration")
    expect(page.get_by_text("One is stored, encrypted")).to_be_visible()
    expect(page.get_by_label("Client secret", exact=True)).to_have_value("")
    expect(page.get_by_role("main").get_by_text("Ready")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Client ID")).to_have_value("hub")
    assert peer.secret("hub") not in page.content()
    enter(people.erin)
    page.goto("/apps/connections")
    page.get_by_role("button", name="Connect Ledger", exact=True).click()
    page.get_by_role("checkbox", name="I consent").check()
    page.get_by_role("dialog").get_by_role("button", name="Connect").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("Hub has access to Ledger as ada.")).to_be_visible()


def test_saving_one_part_keeps_what_is_typed_in_another(page: Page, enter: Enter, people: People) -> None:
    enter(people.alice)
    page.goto(f"{_HERE}/slack")
    page.get_by_label("Client ID").fill("1234.5678")
    page.get_by_label("Note").fill("Ask the workspace's owner.")
    save(page, "Name and addresses")
    expect(page.get_by_text("Slack is saved.")).to_be_visible()
    expect(page.get_by_label("Client ID")).to_have_value("1234.5678")
    save(page, "Registration")
    expect(page.get_by_text("Slack is saved.").nth(1)).to_be_visible()
    page.reload()
    expect(page.get_by_label("Client ID")).to_have_value("1234.5678")
    expect(page.get_by_label("Note")).to_have_value("Ask the workspace's owner.")


def test_saving_says_what_is_still_missing(page: Page, enter: Enter, people: People) -> None:
    enter(people.alice)
    page.goto(f"{_HERE}/google")
    toasts = page.get_by_role("listitem").filter(has_text="Nobody can connect it until you fill in")
    save(page, "Registration")
    expect(toasts.filter(has_text="Nothing was changed")).to_contain_text("the client ID")
    page.get_by_label("Client ID").fill("1234")
    save(page, "Registration")
    saved = toasts.filter(has_text="is saved.")
    expect(saved).to_contain_text("the client secret")
    expect(saved).not_to_contain_text("the client ID")
    page.get_by_role("button", name="Turn off").click()
    page.get_by_role("button", name="Turn on").click()
    expect(toasts.filter(has_text="is on.")).to_be_visible()


def fill_in_addresses(page: Page, peer: AuthorizationServer) -> None:
    page.get_by_label("Authorization URL").fill(f"{peer.url}/auth")
    page.get_by_label("Token URL").fill("http://169.254.169.254/token")
    page.get_by_label("User info URL").fill(f"{peer.url}/me")
    save(page, "Name and addresses")
    expect(page.locator("#token_url-error")).not_to_be_empty()
    expect(page.get_by_label("Authorization URL")).to_have_value(f"{peer.url}/auth")
    page.get_by_label("Token URL").fill(f"{peer.url}/token")
    save(page, "Name and addresses")
    expect(page.get_by_text("fill in the client ID and the client secret.").first).to_be_visible()


def fill_in_the_rest(page: Page) -> None:
    page.get_by_label("Available scopes").fill("openid Who you are\nprofile Your name")
    page.get_by_label("Default scopes").fill("openid")
    page.get_by_label("Default scopes").press("Enter")
    save(page, "Scopes")
    expect(page.get_by_text("Ledger is saved.").first).to_be_visible()
    page.get_by_text("Advanced").click()
    page.get_by_label("Account ID").fill("not ( a path")
    save(page, "Advanced")
    expect(page.locator("#account_id-error")).to_contain_text("JMESPath")
    page.get_by_label("Account ID").fill("sub")
    page.get_by_label("Account name").fill("sub")
    save(page, "Advanced")
    expect(page.locator("#account_id-error")).to_be_empty()


def test_deleting_an_app_names_what_goes_along(
    page: Page, enter: Enter, people: People, app: str, begun_by: Callable[[Person], str]
) -> None:
    enter(people.alice)
    page.goto(begun_by(people.alice))
    expect(page.get_by_text(f"Hub has access to {app}")).to_be_visible()
    page.goto(_HERE)
    expect(page.get_by_role("row").filter(has_text=app)).to_contain_text("Ready")
    page.get_by_role("link", name=re.compile(app)).click()
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("This app is off")).to_be_visible()
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("button", name="Delete app").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("1 connection of 1 tenant")
    question.get_by_label(f"Type {app} to confirm").fill(app)
    question.get_by_role("button", name=f"Delete {app}").click()
    page.wait_for_url(re.compile(f"{_HERE}$"))
    expect(page.get_by_role("row").filter(has_text="GitHub")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=app)).to_have_count(0)


def test_an_app_that_ships_waits_for_its_client_id(page: Page, enter: Enter, people: People) -> None:
    enter(people.alice)
    page.goto("/apps/connections")
    expect(page.get_by_role("button", name="Connect GitHub")).to_have_count(0)
    page.get_by_role("link", name="Set up GitHub").click()
    page.wait_for_url(f"**{_HERE}/github")
    expect(page.get_by_text("fill in the client ID and the client secret.")).to_be_visible()
    enter(people.erin)
    page.goto("/apps/connections")
    expect(page.get_by_role("heading", name="GitHub")).to_be_visible()
    expect(page.get_by_role("link", name="Set up GitHub")).to_have_count(0)


@pytest.mark.parametrize("place", [_HERE, f"{_HERE}/github", f"{_HERE}/unknown"])
def test_the_operators_screens_are_nothing_to_others(
    page: Page, enter: Enter, people: People, place: str
) -> None:
    enter(people.mallory)
    page.goto(place)
    expect(page.get_by_role("heading", name="Only operators can see this page")).to_be_visible()
    main = page.get_by_role("main")
    expect(main).not_to_contain_text(re.compile("GitHub|no such", re.IGNORECASE))
    expect(main.get_by_role("button")).to_have_count(0)
    expect(main.get_by_role("textbox")).to_have_count(0)
    sidebar = page.get_by_role("navigation").filter(has=page.get_by_role("link", name="OAuth connections"))
    expect(sidebar).to_be_visible()
    expect(sidebar.get_by_role("link", name="OAuth apps")).to_have_count(0)
    assert "api.github.com" not in page.content()


def test_the_operators_events_are_refused_to_others(hub: running.Hub, people: People, folder: Path) -> None:
    """Sent by an owner of a tenant, without the screens."""
    known = RegistrationContext.get()
    assert known.app is screens
    events = [name for name in known.event_handlers if re.search(r"oauth_apps?_state\.", name)]
    # What only reads, or only changes what the tab itself holds.
    reading = {"load", "close", "toggle", "ask", "filter", "setvar", "keep_mine", "use_theirs"}
    events = [name for name in events if name.rpartition(".")[2] not in reading]
    form = {
        "name": "Taken over",
        "slug": "taken-over",
        "client_id": "evil",
        "scopes": "evil",
        "confirmation": "",
    }

    async def catalogue() -> list[str]:
        found = await apps.list_catalogue(people.alice.actor, PageRequest())
        return [str(entry) for entry in found.items]

    async def send() -> dict[str, bool]:
        refused: dict[str, bool] = {}
        for name in events:
            async with tab(hub.url, cookie=await seeded.cookie(people.mallory)) as one:
                takes = list(inspect.signature(known.event_handlers[name].handler.fn).parameters)[1:]
                usual = {"data": form, "part": next(iter(forms.PARTS))}
                given = {parameter: usual.get(parameter, True) for parameter in takes}
                answer = await one.send(name, given, path=f"{_HERE}/github")
                refused[name] = answer.does("Operator required")
        return refused

    before = other_process.in_database(folder, catalogue, **SETTINGS)
    refused = other_process.in_database(folder, send, **SETTINGS)
    assert len(refused) >= 6
    assert [name for name, was in refused.items() if not was] == []
    assert other_process.in_database(folder, catalogue, **SETTINGS) == before
