"""A CRM by OAuth in a browser: authorized, refused, lost and reconnected."""

import re
from collections.abc import Callable, Generator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from hub_app.kernel import db
from hub_app.kernel.vault import open_field
from hub_app.oauth import exchange
from hub_app.oauth.service import apps
from hub_app.oauth.service.providers import provider_of, registration_of
from hub_app.oauth.tables import OauthConnection
from tests import other_process, running
from tests.browser.conftest import SETTINGS
from tests.browser.crm.conftest import in_a_thread
from tests.browser.hands import Hands
from tests.peers.authorization import AuthorizationServer
from tests.peers.honeybook import Counterpart
from tests.people import People, Person

Enter = Callable[[Person], None]
NEW = "/crm/connections/new"


@pytest.fixture
def honeybook(peer: AuthorizationServer) -> Generator[Counterpart]:
    async def holds(token: str) -> bool:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{peer.url}/me", headers={"Authorization": f"Bearer {token}"})
        return answer.is_success

    with in_a_thread(Counterpart(12, holds)) as there:
        yield there


def set_up(folder: Path, people: People, peer: AuthorizationServer) -> None:
    """What the operator does."""
    given = peer.app(slug="honeybook", name="HoneyBook", default_scopes=["openid", "profile"])

    async def replace() -> None:
        await apps.delete_app(people.alice.actor, "honeybook")
        await apps.create_app(people.alice.actor, given)

    other_process.in_database(folder, replace, **SETTINGS)


def end_grant(folder: Path) -> None:
    """End the newest grant at the provider, as a person can there, without telling Hub."""

    async def end() -> None:
        async with db.system("a test ends a grant elsewhere") as session:
            newest = select(OauthConnection).order_by(col(OauthConnection.id).desc()).limit(1)
            connection = (await session.exec(newest)).one()
            provider = provider_of(await registration_of(session, connection))
            token = open_field(connection, "refresh_token")
        assert await exchange.revoke(provider, access_token="", refresh_token=token)

    other_process.in_database(folder, end, **SETTINGS)


def choose(page: Page) -> None:
    page.goto(NEW)
    page.get_by_role("link", name=re.compile("^HoneyBook")).click()


def allow(page: Page) -> None:
    expect(page.get_by_role("heading", name="Let Hub in?")).to_be_visible()
    page.get_by_role("button", name="Allow").click()


def test_it_is_authorized_refused_lost_and_reconnected(
    page: Page,
    enter: Enter,
    people: People,
    folder: Path,
    hub: running.Hub,
    peer: AuthorizationServer,
    honeybook: Counterpart,
) -> None:
    del hub
    enter(people.adam)
    choose(page)
    expect(page.get_by_text("The API of HoneyBook is not set up here")).to_be_visible()
    expect(page.get_by_role("button", name="Connect", exact=True)).to_be_visible()

    set_up(folder, people, peer)
    choose(page)
    page.get_by_label("Connection name").fill("Weddings")
    # Files can be chosen, too, and ask for nothing else.
    page.get_by_label("How to connect").select_option("file")
    expect(page.get_by_text("Hub may keep what is uploaded from HoneyBook")).to_be_visible()
    page.get_by_label("How to connect").select_option("oauth2")
    page.get_by_text("Addresses", exact=True).click()
    page.get_by_label("Address", exact=False).first.fill(honeybook.base)
    page.get_by_label("I consent").check()
    page.get_by_role("button", name="Continue to HoneyBook").click()
    expect(page.get_by_role("heading", name="Let Hub in?")).to_be_visible()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("alert").filter(has_text="The access was refused at HoneyBook")).to_be_visible()
    expect(page.get_by_text("Weddings is not authorized yet")).to_be_visible()

    page.get_by_role("button", name="Continue to HoneyBook").click()
    expect(page.locator("#consent-error")).to_contain_text("ticked")
    page.get_by_label("I consent").check()
    page.get_by_role("button", name="Continue to HoneyBook").click()
    allow(page)
    expect(page.get_by_text("Weddings is connected").first).to_be_visible()
    expect(page.get_by_text("“Bloom & Co”")).to_be_visible()
    page.get_by_role("link", name="Continue to the first import").click()
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_role("dialog").get_by_text("Completed", exact=True).first).to_be_visible()

    # The grant ends at HoneyBook, without a word to Hub.
    end_grant(folder)
    honeybook.run_out()
    page.goto("/crm/connections")
    page.get_by_role("link", name="Weddings").click()
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("Reconnect HoneyBook: nothing is synced until then")).to_be_visible()
    page.get_by_role("link", name="Reconnect").first.click()
    by_keyboard = Hands(page)
    expect(page.get_by_text("Weddings has to be connected again")).to_be_visible()
    by_keyboard.reach(page.get_by_label("I consent"))
    page.keyboard.press("Space")
    by_keyboard.press(page.get_by_role("button", name="Continue to HoneyBook"))
    allow(page)
    expect(page.get_by_text("Weddings is connected").first).to_be_visible()
    # What had stopped went on by itself.
    page.get_by_role("link", name="Import later").click()
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("Completed")
