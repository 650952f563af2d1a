"""Set-up, signing in, and being thrown out, in a browser."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import delete
from sqlmodel import col

from hub_app.identity.tables import LoginSession
from hub_app.kernel import db
from hub_app.kernel.actor import Role
from tests import other_process, running
from tests import people as seeded
from tests.people import PASSWORD, People, Person


def sign_in(page: Page, person: Person, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_set_up_from_the_printed_address(browser: Browser, tmp_path: Path) -> None:
    """An empty Hub prints where to begin; a wrong field keeps what was typed; afterwards set-up is gone."""
    with running.hub(tmp_path) as empty:
        address = re.search(r"http://\S+/setup\?code=\S+", empty.log())
        assert address is not None
        context = browser.new_context(base_url=empty.url)
        page = context.new_page()
        page.goto("/")
        page.wait_for_url("**/setup")
        page.goto(address[0])
        page.get_by_label("Tenant").fill("Acme")
        page.get_by_label("Your name").fill("Alice Moreau")
        page.get_by_label("E-mail").fill("alice@acme.example")
        page.get_by_label("Password", exact=True).fill("too short")
        page.get_by_role("button", name="Set up Hub").click()
        expect(page.locator("#password-error")).to_contain_text("12 to 1000 characters")
        expect(page.get_by_label("E-mail")).to_have_value("alice@acme.example")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Set up Hub").click()
        expect(page.get_by_role("button", name="Switch tenant")).to_contain_text("Acme")
        page.goto("/setup")
        page.wait_for_url(lambda url: "/setup" not in url)
        context.close()


def test_signing_in_leads_back_to_the_page(page: Page, people: People) -> None:
    page.goto("/settings/members")
    page.wait_for_url("**/login?next=*")
    sign_in(page, people.adam)
    page.wait_for_url("**/settings/members/")
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    expect(page.get_by_text("Adam Brandt (you)")).to_be_visible()


def test_a_wrong_password_is_told_in_place(page: Page, people: People, console_errors: list[str]) -> None:
    page.goto("/login")
    sign_in(page, people.adam, "not the password")
    expect(page.get_by_role("alert").filter(has_text="E-mail or password is wrong.")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value(people.adam.email)
    sign_in(page, people.adam)
    page.wait_for_url(lambda url: "/login" not in url)
    assert all("401" in error for error in console_errors)
    console_errors.clear()


def test_the_cookie_is_out_of_a_scripts_reach(
    page: Page, hub: running.Hub, people: People, folder: Path
) -> None:
    """Neither scripts see it, nor does Reflex keep it with a tab's state."""
    page.goto("/login")
    sign_in(page, people.adam)
    page.wait_for_url(lambda url: "/login" not in url)
    (cookie,) = (c for c in page.context.cookies() if c.get("name") == running.session_cookie(hub.url))
    assert cookie.get("httpOnly")
    assert page.evaluate("document.cookie") == ""
    page.goto("/account")
    expect(page.get_by_text("This browser")).to_be_visible()
    page.wait_for_timeout(3000)  # States are written to disk a moment later.
    kept = [path.read_bytes() for path in (folder / "data" / "states").iterdir()]
    assert any(b"hub_session" in one for one in kept), (
        "no state kept a session: the search is in the wrong place"
    )
    assert not any(cookie.get("value", "").encode() in one for one in kept)


def test_two_hubs_on_one_host(
    context: BrowserContext, hub: running.Hub, people: People, tmp_path: Path
) -> None:
    """Cookies know no ports: signing in at one of them, or out, leaves the other alone."""
    in_other = other_process.in_database(tmp_path, seeded.seed)
    with running.hub(tmp_path) as other:
        pages = {
            one.url: (context.new_page(), person)
            for one, person in ((hub, people.adam), (other, in_other.vera))
        }
        for url, (page, person) in pages.items():
            page.goto(f"{url}/login")
            sign_in(page, person)
            page.wait_for_url(lambda now: "/login" not in now)
        for url, (page, person) in pages.items():
            page.goto(f"{url}/account")
            expect(page.get_by_label("Name", exact=True)).to_have_value(person.name)
        there, _ = pages[other.url]
        there.get_by_role("button", name="Your account").click()
        there.get_by_role("menuitem", name="Sign out").click()
        there.wait_for_url(re.compile(r"/login/?$"))
        here, person = pages[hub.url]
        here.reload()
        expect(here.get_by_label("Name", exact=True)).to_have_value(person.name)


def test_signing_out(page: Page, enter: Callable[[Person], None], people: People) -> None:
    enter(people.adam)
    page.goto("/settings/members")
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.wait_for_url(re.compile(r"/login/?$"))
    page.goto("/settings/members")
    page.wait_for_url("**/login?next=*")


def test_one_tab_two_people(page: Page, enter: Callable[[Person], None], people: People) -> None:
    """Whoever signs in next in the same tab sees nothing of the one before, not even before the page has loaded."""
    enter(people.alice)
    page.goto("/settings/members")
    expect(page.get_by_text("Alice Moreau (you)")).to_be_visible()
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame))))
    enter(people.mallory)
    page.reload()
    expect(page.get_by_text("Mallory Crane (you)")).to_be_visible()
    assert any(people.mallory.email in frame for frame in frames)
    assert not any(people.alice.email in frame for frame in frames)


def test_an_ended_session_acts_at_the_next_click(
    page: Page, enter: Callable[[Person], None], people: People, folder: Path
) -> None:
    enter(people.alice)
    page.goto("/settings/members")
    expect(page.get_by_text("Alice Moreau (you)")).to_be_visible()

    async def end() -> None:
        async with db.system("a test ends a session", write=True) as session:
            await session.exec(delete(LoginSession).where(col(LoginSession.user_id) == people.alice.user_id))

    other_process.in_database(folder, end)
    page.get_by_role("button", name="Invite someone").click()
    page.wait_for_url(re.compile(r"/login/?\?next=.*members"))
    expect(
        page.get_by_text("Your session expired or was ended elsewhere. Sign in to continue.")
    ).to_be_visible()


def test_a_lower_role_acts_at_the_next_click(
    page: Page, enter: Callable[[Person], None], people: People, folder: Path, mark: str
) -> None:
    from hub_app.identity.schemas import RoleIn
    from hub_app.identity.service import members

    olga = other_process.in_database(folder, lambda: _owner_of(people.alice, mark))
    enter(olga)
    page.goto("/settings/members")
    button = page.get_by_role("button", name="Invite someone")
    expect(button).to_be_visible()
    lower = RoleIn(role=Role.ENGINEER)
    other_process.in_database(folder, lambda: members.change_role(people.alice.actor, olga.user_id, lower))
    button.click()
    # What the former role could see is gone: the page is loaded anew.
    expect(page.get_by_text("Owners can invite and change members.")).to_be_visible()
    expect(button).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)


async def _owner_of(colleague: Person, mark: str) -> Person:
    from hub_app.identity.tables import Tenant

    tenant = Tenant(id=colleague.tenant_id, name=colleague.tenant_name, tier="professional")
    return await seeded.add("Olga Second", Role.OWNER, tenant, mark=mark)


def test_switching_the_tenant(
    page: Page, enter: Callable[[Person], None], people: People, folder: Path
) -> None:
    """The other tenant's members appear, and a second tab does not act in the tenant it does not show."""
    other_process.in_database(folder, lambda: seeded.join(people.adam, people.mallory.tenant_id, Role.OWNER))
    enter(people.adam)
    page.goto("/settings/members")
    other = page.context.new_page()
    other.goto("/developers/tokens")
    expect(other.get_by_role("button", name="Create token").first).to_be_visible()
    page.get_by_role("button", name="Switch tenant").click()
    page.get_by_role("menuitem").filter(has_text="Mallet").click()
    expect(page.get_by_role("button", name="Switch tenant")).to_contain_text("Mallet")
    page.goto("/settings/members")
    expect(page.get_by_text("Mallory Crane")).to_be_visible()
    expect(page.get_by_text("Vera Lind")).to_have_count(0)
    other.get_by_role("button", name="Create token").first.click()
    expect(other.get_by_role("button", name="Switch tenant")).to_contain_text("Mallet")
    expect(other.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("path", ["/account", "/developers/tokens", "/developers/usage", "/settings/tenant"])
def test_pages_need_a_session(page: Page, people: People, path: str) -> None:
    del people
    page.goto(path)
    page.wait_for_url("**/login?next=*")
