"""The page of consents by keyboard alone, and two people at it at once, after the policy has changed."""

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests import other_process, running
from tests import people as seeded
from tests.browser.conftest import SETTINGS
from tests.browser.governance.test_consents import add_connector, row
from tests.people import People

_HERE = "/governance/consents"
_REST = "/v1/integration/consents"
# More than any page here has to stop at.
_STOPS = 80


@dataclass(frozen=True)
class Place:
    """A Hub whose policy has changed since four connectors were connected, with Adam's cookie, and Alice's token."""

    hub: running.Hub
    cookie: str
    token: dict[str, str]

    def alice(self, method: str, path: str, **given: Any) -> Any:
        """What Alice does over REST."""
        answer = httpx.request(
            method, f"{self.hub.url}{_REST}{path}", headers=self.token, trust_env=False, **given
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    folder = tmp_path_factory.mktemp("later")
    people: People = other_process.in_database(folder, seeded.seed)
    for name in ("shop", "till", "ledger", "cellar"):
        add_connector(folder, people, name)
    cookie = other_process.in_database(folder, lambda: seeded.cookie(people.adam))
    token = other_process.in_database(folder, lambda: seeded.headers(people.alice))
    with running.hub(Path(folder), **SETTINGS, CONSENT_POLICY_VERSION="2") as hub:
        yield Place(hub, cookie, token)


@pytest.fixture
def at(page: Page, place: Place) -> Callable[[str], Page]:
    """Adam's tab at this address."""
    name = running.session_cookie(place.hub.url)
    page.context.add_cookies([{"name": name, "value": place.cookie, "url": place.hub.url, "httpOnly": True}])

    def go(address: str) -> Page:
        page.goto(f"{place.hub.url}{address}")
        return page

    return go


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Go on with the keyboard until the focus is there."""
    expect(target).to_be_visible()
    for _ in range(_STOPS):
        page.keyboard.press(key)
        if target.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"The keyboard does not lead to {target}.")


# First: whoever renews all leaves nothing to renew.
def test_a_renewal_undoes_no_revocation_of_somebody_elses(place: Place, at: Callable[[str], Page]) -> None:
    """Adam has the dialog open while Alice revokes."""
    made = "Cellar"
    page = at(_HERE)
    row(page, made).get_by_role("button", name="Renew").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("checkbox", name="I consent").check()
    place.alice("DELETE", f"/{_status(place, made)['consent']['id']}")
    dialog.get_by_role("button", name="Give consent").click()
    expect(page.get_by_text("revoked in the meantime, so it was not renewed")).to_be_visible()
    expect(dialog).to_have_count(0)
    expect(row(page, made)).to_contain_text("Revoked")
    assert _status(place, made)["state"] == "revoked"


def test_the_page_goes_by_keyboard_alone(at: Callable[[str], Page]) -> None:
    page = at(_HERE)
    expect(row(page, "Shop")).to_contain_text("Outdated")
    # Revoking: asked first, not by mistake, and the focus comes back.
    revoke = page.get_by_role("button", name="Revoke: consent for Shop")
    tab_to(page, revoke)
    page.keyboard.press("Enter")
    asked = page.get_by_role("alertdialog")
    expect(asked).to_contain_text("Hub stops calling it immediately.")
    page.keyboard.press("Escape")
    expect(asked).to_have_count(0)
    expect(revoke).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, asked.get_by_role("button", name="Revoke consent"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Consent for Shop was revoked. Hub no longer calls it.")).to_be_visible()
    expect(row(page, "Shop")).to_contain_text("Revoked")
    # Renewing one, then all that is left.
    tab_to(page, page.get_by_role("button", name="Renew: consent for Ledger"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    _agree(page, dialog, "Give consent")
    expect(page.get_by_text("You gave consent for Ledger.")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Renew all"))
    page.keyboard.press("Enter")
    # Cellar too, where nobody has revoked it.
    left = dialog.get_by_role("listitem")
    expect(left.last).to_have_text("Till")
    renewed = "1 consent was renewed." if left.count() == 1 else "2 consents were renewed."
    _agree(page, dialog, "Renew all")
    expect(page.get_by_text(renewed)).to_be_visible()
    # The history, with its drawer; what holds is revoked there too.
    tab_to(page, page.get_by_role("link", name="History"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("tab=history"))
    tab_to(page, row(page, "Till").first.get_by_role("link"))
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Hub may send requests to 127.0.0.1:9")
    tab_to(page, dialog.get_by_role("button", name="Revoke"))
    page.keyboard.press("Enter")
    tab_to(page, asked.get_by_role("button", name="Revoke consent"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Consent for Till was revoked.")).to_be_visible()
    expect(dialog).to_contain_text("Revoked")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(row(page, "Till").first).to_contain_text("Revoked")


def _agree(page: Page, dialog: Locator, button: str) -> None:
    tab_to(page, dialog.get_by_role("checkbox", name="I consent"))
    page.keyboard.press("Space")
    tab_to(page, dialog.get_by_role("button", name=button))
    page.keyboard.press("Enter")


def test_two_who_revoke_at_once(place: Place, at: Callable[[str], Page]) -> None:
    """Alice revokes, and gives consent again, while Adam has the dialog open: his press is not for what she gave."""
    page = at(_HERE)
    one = _status(place, "Ledger")
    for again in (False, True):
        given = {
            "consent_type": "THIRD_PARTY",
            "resource_type": "connector",
            "resource_id": one["resource_id"],
        }
        place.alice("POST", "", json=given)
        page.reload()
        row(page, "Ledger").get_by_role("button", name="Revoke").click()
        place.alice("DELETE", f"/{_status(place, 'Ledger')['consent']['id']}")
        if again:
            place.alice("POST", "", json=given)
        page.get_by_role("alertdialog").get_by_role("button", name="Revoke consent").click()
        if again:
            expect(page.get_by_text("Someone gave consent for Ledger again in the meantime.")).to_be_visible()
        else:
            expect(page.get_by_text("Consent for Ledger was revoked.")).to_be_visible()
        expect(page.get_by_role("alertdialog")).to_have_count(0)
        expect(row(page, "Ledger")).to_contain_text("Given" if again else "Revoked")
    assert _status(place, "Ledger")["state"] == "given"


def _status(place: Place, name: str) -> dict[str, Any]:
    items: list[dict[str, Any]] = place.alice("GET", "/status")["items"]
    return next(one for one in items if one["name"] == name)
