"""Members, invitations, API tokens and usage, in a browser."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests import running
from tests.browser.profiles import NewContext
from tests.people import PASSWORD, People, Person

Enter = Callable[[Person], None]


def test_inviting_a_new_person(
    page: Page, new_context: NewContext, enter: Enter, people: People, hub: running.Hub
) -> None:
    email = people.alice.email.replace("alice", "nora")
    enter(people.alice)
    page.goto("/settings/members")
    page.get_by_role("button", name="Invite someone").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Create the link").click()
    expect(dialog.locator("#email-error")).to_contain_text("Must not be empty.")
    dialog.get_by_label("E-mail").fill(people.erin.email)
    dialog.get_by_role("button", name="Create the link").click()
    expect(dialog.locator("#email-error")).to_contain_text("Belongs to a member already.")
    dialog.get_by_label("E-mail").fill(email)
    dialog.get_by_label("Role").select_option("customer_admin")
    dialog.get_by_role("button", name="Create the link").click()
    link = dialog.locator("code").inner_text()
    assert link.startswith(f"{hub.url}/invite/")
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_role("row").filter(has_text=email)).to_contain_text("Customer admin")

    theirs = new_context().new_page()
    theirs.goto(link)
    expect(theirs.get_by_text("Alice Moreau invites you to Acme")).to_be_visible()
    theirs.get_by_label("Your name").fill("Nora Quist")
    theirs.get_by_label("Choose a password").fill(PASSWORD)
    theirs.get_by_role("button", name="Join Acme").click()
    expect(theirs.get_by_role("button", name="Switch tenant")).to_contain_text("Acme")
    theirs.goto(link)
    expect(theirs.get_by_text("This link does not work")).to_be_visible()

    page.reload()
    row = page.get_by_role("row").filter(has_text="Nora Quist")
    expect(row).to_contain_text("Customer admin")
    row.get_by_role("button", name="Actions for Nora Quist").click()
    page.get_by_role("menuitem", name="Change role").click()
    page.get_by_role("dialog").get_by_label("Role").select_option("engineer")
    page.get_by_role("button", name="Change role").click()
    expect(row).to_contain_text("Engineer")
    row.get_by_role("button", name="Actions for Nora Quist").click()
    page.get_by_role("menuitem", name="Remove").click()
    expect(page.get_by_role("alertdialog")).to_contain_text(
        "They have no API tokens or OAuth connections in this tenant."
    )
    page.get_by_role("button", name="Remove Nora Quist").click()
    expect(row).to_have_count(0)


def test_withdrawing_an_invitation(page: Page, new_context: NewContext, enter: Enter, people: People) -> None:
    enter(people.alice)
    page.goto("/settings/members")
    page.get_by_role("button", name="Invite someone").click()
    page.get_by_role("dialog").get_by_label("E-mail").fill("otto@acme.example")
    page.get_by_role("button", name="Create the link").click()
    link = page.get_by_role("dialog").locator("code").inner_text()
    page.keyboard.press("Escape")
    row = page.get_by_role("row").filter(has_text="otto@acme.example")
    row.get_by_role("button", name="Withdraw").click()
    expect(row).to_have_count(0)
    theirs = new_context().new_page()
    theirs.goto(link)
    expect(theirs.get_by_text("This link does not work")).to_be_visible()


def test_the_last_owner_cannot_be_removed(page: Page, enter: Enter, people: People) -> None:
    enter(people.mallory)
    page.goto("/settings/members")
    page.get_by_role("button", name="Actions for Mallory Crane").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("button", name="Remove Mallory Crane").click()
    expect(page.get_by_text("This is the last owner. Make someone else an owner first.")).to_be_visible()


def test_a_viewer_sees_no_control_that_changes_members(page: Page, enter: Enter, people: People) -> None:
    enter(people.vera)
    page.goto("/settings/members")
    expect(page.get_by_text("Vera Lind (you)")).to_be_visible()
    expect(page.get_by_text("Owners can invite and change members.")).to_be_visible()
    main = page.get_by_role("main")
    expect(main.locator("button:not([data-copy])")).to_have_count(0)
    page.goto("/settings/tenant")
    expect(page.get_by_text("Owners can rename the tenant.")).to_be_visible()
    expect(main.get_by_role("textbox")).to_have_count(0)


def test_a_viewer_can_only_tick_reading(page: Page, enter: Enter, people: People) -> None:
    enter(people.vera)
    page.goto("/developers/tokens")
    expect(page.get_by_text("Everyone's")).to_have_count(0)
    page.get_by_role("button", name="Create token").first.click()
    expect(page.get_by_role("checkbox").first).to_be_visible()
    names = page.get_by_role("checkbox").evaluate_all("boxes => boxes.map(box => box.name)")
    assert names
    assert all(name.startswith("read:") for name in names)


def test_a_tokens_life(page: Page, enter: Enter, people: People, hub: running.Hub) -> None:
    """Made, used, rotated, turned off and on, revoked."""
    enter(people.erin)
    page.goto("/developers/tokens")
    page.get_by_role("button", name="Create token").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Create token").click()
    expect(dialog.locator("#name-error")).to_contain_text("Must not be empty.")
    expect(dialog.get_by_role("row", name="Events")).to_contain_text("Write: publish events")
    dialog.get_by_label("Name").fill("CI bot")
    dialog.get_by_role("button", name="Create token").click()
    expect(dialog.locator("#scopes-error")).to_contain_text("Must have at least one scope.")
    dialog.get_by_label("Read everything that the token's owner may read.").check()
    dialog.get_by_role("button", name="Create token").click()
    first = dialog.locator("code").inner_text()
    assert re.fullmatch(r"hub_pat_[\w-]{43}\w{6}", first)
    dialog.get_by_role("button", name="Done").click()

    def answer(token: str) -> int:
        url = f"{hub.url}/v1/integration/tokens/scopes"
        return httpx.get(url, headers={"Authorization": f"Bearer {token}"}).status_code

    def choose(action: str) -> None:
        page.get_by_role("button", name="Actions for CI bot").click()
        page.get_by_role("menuitem", name=action).click()

    row = page.get_by_role("row").filter(has_text="CI bot")
    expect(row).to_contain_text("Active")
    assert first not in page.content()
    assert answer(first) == 200
    choose("Rotate")
    dialog.get_by_label("Old secret keeps working for").select_option("1")
    dialog.get_by_role("button", name="Create new secret").click()
    second = dialog.locator("code").inner_text()
    dialog.get_by_role("button", name="Done").click()
    assert second != first
    assert [answer(first), answer(second)] == [200, 200]
    expect(row).to_contain_text("old secret ends")
    choose("Turn off")
    expect(row).to_contain_text("Off")
    assert answer(second) == 401
    choose("Turn on")
    expect(row).to_contain_text("Active")
    assert answer(second) == 200
    choose("Revoke")
    page.get_by_role("button", name="Revoke CI bot").click()
    expect(page.get_by_text("No API tokens yet")).to_be_visible()
    assert [answer(first), answer(second)] == [401, 401]


def test_usage_follows_within_seconds(page: Page, enter: Enter, people: People, hub: running.Hub) -> None:
    enter(people.adam)
    page.goto("/developers/tokens")
    page.get_by_role("button", name="Create token").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Counter")
    dialog.get_by_label("Read everything that the token's owner may read.").check()
    dialog.get_by_role("button", name="Create token").click()
    headers = {"Authorization": f"Bearer {dialog.locator('code').inner_text()}"}
    dialog.get_by_role("button", name="Done").click()
    for _ in range(5):
        httpx.get(f"{hub.url}/v1/integration/tokens/scopes", headers=headers).raise_for_status()
    httpx.post(f"{hub.url}/v1/integration/tokens", headers=headers, json={"name": "x", "scopes": ["read:*"]})
    page.wait_for_timeout(4000)  # Counts are written every three seconds.
    page.goto("/developers/usage?span=hour")
    page.get_by_label("Token").select_option(label="Counter (Adam Brandt)")
    page.wait_for_url("**token=*")
    expect(page.locator(".hub-stat").filter(has_text="Requests")).to_contain_text("6")
    expect(page.locator(".hub-stat").filter(has_text="Errors")).to_contain_text("1")
    row = page.get_by_role("row").filter(has_text="/v1/integration/tokens/scopes")
    expect(row).to_contain_text("83.3 %")


def test_the_account(page: Page, enter: Enter, people: People, console_errors: list[str]) -> None:
    enter(people.vera)
    page.goto("/account")
    page.get_by_label("Name", exact=True).fill("Vera Lindgren")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your name is saved.")).to_be_visible()
    page.get_by_label("Current password").fill("not the password")
    page.get_by_label("New password").fill("a better one, longer")
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("#current_password-error")).to_contain_text("is not your password")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Vera Lindgren")
    page.get_by_role("button", name="Sign out everywhere").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Sign out everywhere").click()
    page.wait_for_url(re.compile(r"/login/?$"))
    assert all("422" in error for error in console_errors)
    console_errors.clear()


def test_renaming_the_tenant(page: Page, enter: Enter, people: People) -> None:
    enter(people.mallory)
    page.goto("/settings/tenant")
    page.get_by_label("Name", exact=True).fill("Mallet and Sons")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Switch tenant")).to_contain_text("Mallet and Sons")


@pytest.mark.parametrize("path", ["/settings/members", "/developers/tokens", "/account", "/developers/usage"])
def test_a_phone_shows_no_page_wider_than_itself(page: Page, enter: Enter, people: People, path: str) -> None:
    enter(people.alice)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
