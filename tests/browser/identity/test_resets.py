"""Lost passwords in a browser: the operator's page, the Members page, and the page that a link leads to."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from reflex_base.registry import RegistrationContext
from sqlmodel import select

from hub_app.build import ROOT
from hub_app.hub_app import app
from hub_app.identity.schemas import InvitationIn
from hub_app.identity.service import invitations
from hub_app.identity.tables import LoginSession
from hub_app.kernel import db
from hub_app.kernel.actor import Role
from tests import other_process, running
from tests import people as seeded
from tests.browser.profiles import NewContext
from tests.browser.websocket_client import tab
from tests.people import People, Person

Enter = Callable[[Person], None]
NEW = "a better one, longer"


def choose(page: Page, password: str) -> None:
    page.get_by_label("Choose a password").fill(password)
    page.get_by_role("button", name="Set password").click()


def sign_in(page: Page, person: Person, password: str) -> None:
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_the_operator_makes_a_link_and_the_person_uses_it(
    page: Page, new_context: NewContext, enter: Enter, people: People, hub: running.Hub, folder: Path,
) -> None:  # fmt: skip
    enter(people.alice)
    page.goto("/operator/accounts")
    page.get_by_label("E-mail").fill("mallory@mallet")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("#email-error")).to_contain_text("Is not the address of an account.")
    page.get_by_label("E-mail").fill(people.mallory.email.title())
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("Mallet (Owner)")).to_be_visible()
    page.get_by_role("button", name="Reset password").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Create the link").click()
    link = page.get_by_role("dialog").locator("code").inner_text()
    assert link.startswith(f"{hub.url}/reset-password#secret=")
    secret = link.rpartition("=")[2]
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert secret not in page.content()

    theirs = new_context().new_page()
    theirs.goto(link)
    expect(theirs.get_by_text(people.mallory.email)).to_be_visible()
    expect(theirs.get_by_text("API tokens keep working")).to_be_visible()
    assert secret not in theirs.url
    theirs.reload()
    choose(theirs, "short")
    expect(theirs.locator("#password-error")).to_contain_text("must have 12 to 1000 characters")
    choose(theirs, NEW)
    theirs.wait_for_url(re.compile("/login"))
    expect(theirs.get_by_text("Your password is changed")).to_be_visible()
    sign_in(theirs, people.mallory, NEW)
    expect(theirs.get_by_role("button", name="Switch tenant")).to_contain_text("Mallet")
    theirs.goto(link)
    expect(theirs.get_by_text("This link does not work")).to_be_visible()
    assert secret not in hub.log()
    kept = [path for path in (folder / "data" / "states").rglob("*") if path.is_file()]
    assert [path.name for path in kept if secret.encode() in path.read_bytes()] == []


def test_a_second_link_opened_in_the_same_tab_takes_the_first_ones_place(
    page: Page, people: People, hub: running.Hub, folder: Path
) -> None:
    """The addresses differ behind the # alone: a browser loads nothing for that."""
    page.goto("/reset-password#secret=unknown")
    expect(page.get_by_text("This link does not work")).to_be_visible()
    link = from_command_line(folder, hub, people.erin)
    page.evaluate("address => location.assign(address)", link)
    expect(page.get_by_text(people.erin.email)).to_be_visible()
    choose(page, NEW)
    page.wait_for_url(re.compile("/login"))


def from_command_line(folder: Path, hub: running.Hub, person: Person) -> str:
    """A link that is made while Hub runs."""
    port = hub.url.rpartition(":")[2]
    environment = {**os.environ, "DATA_DIR": str(folder / "data"), "PORT": port}
    program = [sys.executable, "-m", "hub_app", "reset-password", person.email]
    done = subprocess.run(  # noqa: S603 - a program of ours
        program, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


def test_an_owner_makes_a_link_for_a_member(
    page: Page, new_context: NewContext, enter: Enter, people: People
) -> None:
    enter(people.alice)
    page.goto("/settings/members")
    page.get_by_role("button", name="Actions for Alice Moreau").click()
    expect(page.get_by_role("menuitem", name="Change role")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Reset password")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Actions for Vera Lind").click()
    page.get_by_role("menuitem", name="Reset password").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Create the link").click()
    link = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_role("button", name="Done").click()
    theirs = new_context().new_page()
    theirs.goto(link)
    choose(theirs, NEW)
    expect(theirs.get_by_text("Your password is changed")).to_be_visible()
    sign_in(theirs, people.vera, NEW)
    expect(theirs.get_by_role("button", name="Switch tenant")).to_contain_text("Acme")


def test_people_who_do_not_run_hub_see_no_accounts(page: Page, enter: Enter, people: People) -> None:
    enter(people.adam)
    page.goto("/operator/accounts")
    expect(page.get_by_text("Only operators can see this page")).to_be_visible()
    expect(page.get_by_role("link", name="Accounts")).to_have_count(0)


def test_an_invitation_says_what_to_do_about_an_account_that_exists(
    page: Page, new_context: NewContext, enter: Enter, people: People, folder: Path
) -> None:
    """To whoever is invited; a member of the inviting tenant who tries the link out sees the same as for a new address."""

    async def invite(email: str) -> str:
        given = InvitationIn(email=email, role=Role.ENGINEER)
        _, secret = await invitations.invite(people.alice.actor, given)
        return f"/invite/{secret}"

    known = other_process.in_database(folder, lambda: invite(people.mallory.email))
    unknown = other_process.in_database(folder, lambda: invite("otto@acme.example"))
    theirs = new_context().new_page()
    theirs.goto(known)
    expect(
        theirs.get_by_text(
            "An account with this address already exists. If it is not yours, ask the operator of this installation to reset it."
        )
    ).to_be_visible()
    theirs.goto(unknown)
    expect(theirs.get_by_label("Your name")).to_be_visible()
    enter(people.alice)
    for address in (known, unknown):
        page.goto(address)
        expect(page.get_by_text("You are signed in as someone else")).to_be_visible()
        expect(page.get_by_text("An account with this address already exists")).to_have_count(0)
        expect(page.get_by_role("textbox")).to_have_count(0)


def test_a_phone_shows_the_pages_no_wider_than_itself(page: Page, enter: Enter, people: People) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/reset-password#secret=unknown")
    expect(page.get_by_text("This link does not work")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    enter(people.alice)
    page.goto("/operator/accounts")
    page.get_by_label("E-mail").fill(people.adam.email)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Acme (Customer admin)")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_websocket_through_a_trusted_proxy_has_the_clients_address(tmp_path: Path) -> None:
    """What the screens and their audit entries see is what REST sees: the address that the proxy wrote."""
    people = other_process.in_database(tmp_path, seeded.seed)
    assert RegistrationContext.get().app is app
    invite = next(
        name for name in RegistrationContext.get().event_handlers if name.endswith("members_state.invite")
    )

    async def refused(url: str) -> None:
        # An owner's handler, called by a viewer: refused and audited with the address.
        cookie = await seeded.cookie(people.vera)
        headers = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
        async with tab(url, cookie=cookie, headers=headers) as one:
            await one.send(invite, {"data": {}}, path="/settings/members")

    async def addresses() -> set[str]:
        from hub_app.kernel.tables import AuditPerson

        async with db.system("a test looks") as session:
            assert (await session.exec(select(LoginSession))).all()
            # Those who are no tab's: the seeding itself has no address.
            return set((await session.exec(select(AuditPerson.ip))).all()) - {""}

    for number, (trusted, seen) in enumerate({"": "127.0.0.1", "127.0.0.0/8, ::1": "198.51.100.7"}.items()):
        with running.hub(tmp_path, TRUSTED_PROXIES=trusted) as hub:
            other_process.in_database(tmp_path, lambda: asyncio.wait_for(refused(hub.url), 60))
        found = other_process.in_database(tmp_path, addresses)
        assert len(found) == number + 1
        assert found & {seen, seen.replace("127.0.0.1", "::1")}
