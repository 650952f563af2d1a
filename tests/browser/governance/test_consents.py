"""Consents in a browser: revoked and given again, found in the history, renewed after the policy has changed."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlmodel import select

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.service import connectors
from hub_app.governance.schemas.consents import Agreement, ConsentIn
from hub_app.governance.service import consent_giving
from hub_app.kernel import db
from hub_app.kernel.tables import AuditEntry
from tests import other_process, running
from tests import people as seeded
from tests.browser.conftest import SETTINGS
from tests.people import People, Person

Enter = Callable[[Person], None]
_HERE = "/governance/consents"


def add_connector(folder: Path, people: People, name: str, *actions: dict[str, object]) -> str:
    """The page of a new connector of Adam's."""

    async def add() -> str:
        given = {"name": name, "display_name": name.capitalize(), "actions": actions}
        given |= {"oauth_config": {"base_url": "http://127.0.0.1:9/api"}}
        document = ConnectorIn.model_validate(given)
        made = await connectors.create_connector(people.adam.actor, document, Agreement("screen"))
        return f"/connectors/{made.id}"

    return other_process.in_database(folder, add, **SETTINGS)


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("row").filter(has_text=text)


def test_consent_is_revoked_and_given_again(page: Page, enter: Enter, people: People, folder: Path) -> None:
    place = add_connector(folder, people, "shop", {"id": "list", "name": "List", "endpoint": "/items"})
    enter(people.adam)
    page.goto(_HERE)
    expect(row(page, "Shop")).to_contain_text("Given")
    expect(row(page, "Shop")).to_contain_text("Adam Brandt")
    row(page, "Shop").get_by_role("button", name="Revoke").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Revoke consent").click()
    expect(page.get_by_text("Consent for Shop was revoked.")).to_be_visible()
    expect(row(page, "Shop")).to_contain_text("Revoked")
    page.goto(f"{place}?tab=run")
    why = page.get_by_text(re.compile("Consent for Shop was revoked on"))
    expect(why.first).to_be_visible()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("main").get_by_text("Hub does not call this API")).to_be_visible()
    page.get_by_role("link", name="Give consent again").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Hub may send requests to 127.0.0.1:9")
    dialog.get_by_role("button", name="Give consent").click()
    expect(dialog.locator("#consent-error")).to_contain_text("Must be ticked.")
    dialog.get_by_role("checkbox", name="I consent").press("Space")
    dialog.get_by_role("button", name="Give consent").press("Enter")
    page.wait_for_url(re.compile(f"{place}$"))
    expect(page.get_by_text("You gave consent for Shop.")).to_be_visible()
    expect(page.get_by_text("Hub does not call this API")).to_have_count(0)


def test_the_history_is_filtered_and_opened(page: Page, enter: Enter, people: People, folder: Path) -> None:
    add_connector(folder, people, "ledger")
    slack = ConsentIn(
        consent_type="MARKETING",
        resource_type="slack_integration",
        resource_id="slack_conn_123",
        description="News for customers.",
    )
    other_process.in_database(
        folder, lambda: consent_giving.give_consent(people.erin.actor, slack), **SETTINGS
    )
    enter(people.vera)
    page.goto(_HERE)
    expect(row(page, "Ledger")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("a customer admin can revoke it or give it again")).to_be_visible()
    page.get_by_role("link", name="History").click()
    page.get_by_role("combobox", name="Given by").select_option("Erin Novak")
    page.wait_for_url(re.compile("person="))
    expect(row(page, "Ledger")).to_have_count(0)
    page.get_by_role("combobox", name="Type").select_option("Marketing")
    page.wait_for_url(re.compile("type=MARKETING"))
    row(page, "slack_conn_123").get_by_role("link").press("Enter")
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("News for customers.")
    page.reload()
    drawer.get_by_role("link", name="slack_conn_123").click()
    page.wait_for_url(re.compile("resource=slack_conn_123"))
    expect(drawer).to_have_count(0)
    page.get_by_role("combobox", name="State").select_option("Revoked")
    expect(page.get_by_role("heading", name="No matching consents")).to_be_visible()


def test_an_owner_chooses_to_be_asked_over_rest(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    enter(people.adam)
    page.goto(f"{_HERE}?tab=settings")
    expect(page.get_by_text("Owners can change this.")).to_be_visible()
    enter(people.alice)
    page.goto(f"{_HERE}?tab=settings")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("must include a consent object")).to_be_visible()
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("counts as consent by the person")).to_be_visible()

    async def acts() -> list[str]:
        async with db.read(people.alice.tenant_id) as session:
            return list((await session.exec(select(AuditEntry.action))).all())

    assert other_process.in_database(folder, acts, **SETTINGS).count("consent.settings_updated") == 2


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """A folder for a Hub whose policy has changed."""
    return tmp_path


def test_a_raised_policy_shows_a_banner_until_all_is_renewed(later: Path, page: Page) -> None:
    people = other_process.in_database(later, seeded.seed)
    add_connector(later, people, "shop")
    add_connector(later, people, "till")
    cookies = {
        one.name: other_process.in_database(later, lambda one=one: seeded.cookie(one))
        for one in (people.adam, people.erin)
    }
    with running.hub(later, **SETTINGS, CONSENT_POLICY_VERSION="2") as hub:

        def enter(person: Person) -> None:
            cookie = {"name": running.session_cookie(hub.url), "value": cookies[person.name], "url": hub.url}
            page.context.add_cookies([{**cookie, "httpOnly": True}])  # type: ignore[list-item]

        enter(people.erin)
        page.goto(f"{hub.url}/connectors")
        expect(row(page, "Shop")).to_be_visible()
        expect(page.get_by_text("need renewal")).to_have_count(0)
        enter(people.adam)
        page.goto(f"{hub.url}/connectors")
        expect(page.get_by_text("2 consents need renewal")).to_be_visible()
        expect(page.get_by_text("since consent was given for Till and Shop.")).to_be_visible()
        page.get_by_role("link", name="Review consents").click()
        expect(row(page, "Shop")).to_contain_text("Outdated")
        row(page, "Shop").get_by_role("button", name="Renew").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("checkbox", name="I consent").check()
        dialog.get_by_role("button", name="Give consent").click()
        expect(page.get_by_text("1 consent needs renewal")).to_be_visible()
        page.get_by_role("button", name="Renew all").click()
        expect(dialog.get_by_role("listitem")).to_have_text(["Till"])
        dialog.get_by_role("button", name="Renew all").click()
        expect(dialog.locator("#consent-error")).to_contain_text("Must be ticked.")
        dialog.get_by_role("checkbox", name="I consent").check()
        dialog.get_by_role("button", name="Renew all").click()
        expect(page.get_by_text("1 consent was renewed.")).to_be_visible()
        expect(page.get_by_role("main").get_by_text("renewal")).to_have_count(0)
        expect(page.get_by_role("button", name="Renew all")).to_have_count(0)
