"""Every object that has a page, a drawer or a row of its own shows its id, and a button copies it; for a viewer, too."""

import re
from collections.abc import Generator, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests import running, screens
from tests.examples import Samples
from tests.screens import Visitor

Scene = tuple[running.Hub, list[Visitor], Samples]
_LAST_ID = re.compile(r".*(?:[/=])([0-9a-f]{8}-[0-9a-f-]{27})")
_BUTTON = "Copy the ID"
# A form over the page hides it, and a wizard is not the object's own page.
_FORMS = re.compile(r"edit=|/new\?|/import\b")


def ids(places: list[str]) -> Iterator[tuple[str, str]]:
    """The addresses that name an object, each with its id."""
    for place in places:
        if (found := _LAST_ID.match(place)) and not _FORMS.search(place):
            # Beside the form of an action it is the action's.
            action = re.search(r"\?action=(\w+)", place)
            yield place, action[1] if action else found[1]


def copies(page: Page, text: str, button: str = _BUTTON) -> None:
    """A button of this name copies the text, and the end of it at least can be read."""
    shown = page.get_by_role("button", name=button, exact=True).and_(page.locator(f'[data-copy="{text}"]'))
    expect(shown).to_be_visible()
    expect(page.get_by_text(re.compile(f"{re.escape(text[-8:])}$")).first).to_be_visible()


@pytest.fixture(scope="module")
def scene() -> Generator[Scene]:
    with screens.scene() as scene:
        yield scene


@pytest.mark.parametrize("name", ["admin", "viewer"])
def test_ids_are_shown_and_copied(browser: Browser, scene: Scene, name: str) -> None:
    hub, visitors, samples = scene
    visitor = next(one for one in visitors if one.name == name)
    context = screens.visit(browser, hub, visitor, "light", 1440)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    # What operators alone see is not theirs.
    seen = [place for place in visitor.sees(screens.addresses(samples)) if not place.startswith("/operator/")]
    named = list(ids(seen))
    parts = {part for place, _ in named for part in re.findall(r"\w+=", place)}
    assert {"delivery=", "execution=", "connection=", "run=", "action="} <= parts
    for place, one in named:
        if name == "viewer" and ("connection=" in place or "privacy?" in place):
            continue  # It is the admin's, or for admins alone.
        page.goto(place)
        copies(page, one)
    button = page.get_by_role("button", name=_BUTTON).last
    button.press("Enter")
    assert page.evaluate("navigator.clipboard.readText()") == button.get_attribute("data-copy")
    of_tenant(page, hub, visitor)
    context.close()


def of_tenant(page: Page, hub: running.Hub, visitor: Visitor) -> None:
    """The tenant's own, its members' and tokens'."""
    headers = {"Cookie": f"{running.session_cookie(hub.url)}={visitor.cookie}", "Origin": hub.url}
    with httpx.Client(base_url=hub.url, headers=headers, trust_env=False) as client:
        me = client.get("/auth/me").json()
        token = client.post("/v1/integration/tokens", json={"name": "robot", "scopes": ["read:*"]}).json()
    page.goto("/settings/tenant")
    copies(page, me["tenant_id"])
    page.goto("/settings/members")
    copies(page, me["user_id"], f"{_BUTTON} of {me['name']}")
    page.goto("/developers/tokens")
    copies(page, token["id"], f"{_BUTTON} of robot")


def test_operators_see_ids_too(browser: Browser, scene: Scene) -> None:
    hub, visitors, samples = scene
    operator = next(one for one in visitors if one.name == "operator")
    context = screens.visit(browser, hub, operator, "light", 1440)
    page = context.new_page()
    # What narrows a list is not open there.
    named = [
        (place, one)
        for place, one in ids(operator.sees(screens.addresses(samples)))
        if "&tenant=" not in place and "?tenant=" not in place
    ]
    assert {"tenants/", "entry=", "run="} <= {
        part for place, _ in named for part in re.findall(r"tenants/|\w+=", place)
    }
    for place, one in named:
        page.goto(place)
        copies(page, one)
    context.close()


def test_an_app_shows_its_id(browser: Browser, scene: Scene) -> None:
    hub, visitors, _ = scene
    operator = next(one for one in visitors if one.name == "operator")
    context = screens.visit(browser, hub, operator, "light", 1440)
    page = context.new_page()
    page.goto("/operator/oauth-apps/github")
    copies(page, "github")
    context.close()
