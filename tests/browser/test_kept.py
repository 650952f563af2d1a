"""What was typed outlives a session that ended elsewhere, unless it is a secret, too old, or somebody else signs in."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.interrupted import CUTTABLE, creating, end_session, sign_in
from tests.people import People, Person

Enter = Callable[[Person], None]
STORED = "sessionStorage.getItem('hub.typed')"


def test_what_was_typed_is_there_after_signing_in_again(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    """In a dialog, which is open again; the sign-in page says why one is there."""
    enter(people.alice)
    dialog = creating(page)
    dialog.get_by_label("Name").fill("Order system")
    dialog.get_by_label("Expires after").select_option("90")
    dialog.get_by_role("checkbox").nth(2).check()
    end_session(folder, people.alice)
    dialog.get_by_role("button", name="Create token").click()
    expect(page.get_by_text("You were signed out")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("What you typed is kept")
    sign_in(page, people.alice)
    expect(dialog.get_by_label("Name")).to_have_value("Order system")
    expect(dialog.get_by_label("Expires after")).to_have_value("90")
    expect(dialog.get_by_role("checkbox").nth(2)).to_be_checked()
    expect(dialog.get_by_role("checkbox").nth(1)).not_to_be_checked()
    assert page.evaluate("sessionStorage.getItem('hub.typed')") is None
    dialog.get_by_role("button", name="Create token").click()
    expect(page.get_by_text("Send it as Authorization: Bearer")).to_be_visible()


def test_a_page_form_is_there_again_without_its_passwords(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    enter(people.adam)
    page.goto("/connectors/new?from=hand")
    page.get_by_label("Authentication").select_option("oauth")
    page.get_by_label("Where the token comes from").select_option("client")
    page.get_by_label("Name", exact=True).fill("Shop API")
    page.get_by_label("Client secret").fill("s3cret")
    scopes = page.get_by_role("combobox", name="Scopes")
    scopes.fill("orders")
    scopes.press("Enter")
    end_session(folder, people.adam)
    page.get_by_role("button", name="Add connector").click()
    expect(page.get_by_role("main")).to_contain_text("What you typed is kept")
    kept = page.evaluate("sessionStorage.getItem('hub.typed')")
    assert "s3cret" not in kept
    assert "auth_place" not in kept, "what nobody changed is kept too"
    sign_in(page, people.adam)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Shop API")
    expect(page.get_by_label("Where the token comes from")).to_have_value("client")
    expect(page.get_by_role("button", name="Remove orders")).to_be_visible()
    expect(page.get_by_label("Client secret")).to_have_value("")


def test_another_account_never_sees_it(page: Page, enter: Enter, people: People, folder: Path) -> None:
    enter(people.alice)
    dialog = creating(page)
    dialog.get_by_label("Name").fill("Order system")
    end_session(folder, people.alice)
    dialog.get_by_role("button", name="Create token").click()
    expect(page.get_by_text("You were signed out")).to_be_visible()
    sign_in(page, people.adam)
    expect(page.get_by_role("button", name="Create token").first).to_be_visible()
    page.wait_for_function("sessionStorage.getItem('hub.typed') === null")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "Order system" not in page.content()


def typed_and_signed_out(page: Page, folder: Path, person: Person) -> None:
    """A name is typed into the dialog of a new token, and the session ends."""
    dialog = creating(page)
    dialog.get_by_label("Name").fill("Order system")
    end_session(folder, person)
    dialog.get_by_role("button", name="Create token").click()
    expect(page.get_by_text("You were signed out")).to_be_visible()


def test_a_password_whose_eye_was_pressed_is_not_stored(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    """The sign-in page says that it is not kept, and so does its field afterwards, until someone types."""
    enter(people.adam)
    page.goto("/connectors/new?from=hand")
    page.get_by_label("Authentication").select_option("oauth")
    page.get_by_label("Where the token comes from").select_option("client")
    page.get_by_label("Name", exact=True).fill("Shop API")
    secret = page.get_by_label("Client secret")
    secret.fill("s3cret")
    secret.locator("xpath=..").get_by_role("button", name="Show what is typed").click()
    expect(secret).to_have_attribute("type", "text")
    end_session(folder, people.adam)
    page.get_by_role("button", name="Add connector").click()
    expect(page.get_by_role("main")).to_contain_text("except for secrets, files")
    assert "s3cret" not in page.evaluate(STORED)
    sign_in(page, people.adam)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Shop API")
    expect(secret).to_have_value("")
    expect(secret).to_have_accessible_description(re.compile("Enter this again"))
    secret.fill("s3cret")
    expect(page.get_by_text("Enter this again")).to_have_count(0)


def test_addresses_and_headers_with_secrets_are_not_stored(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    enter(people.adam)
    page.goto("/webhooks/endpoints")
    page.get_by_role("button", name="Add endpoint").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Warehouse")
    dialog.get_by_label("URL").fill("https://hooks.example.com/s3cret")
    dialog.get_by_label("Headers").fill("X-Key: s3cret")
    end_session(folder, people.adam)
    dialog.get_by_role("button", name="Add endpoint").click()
    expect(page.get_by_role("main")).to_contain_text("except for secrets, files")
    stored = page.evaluate(STORED)
    assert "Warehouse" in stored
    assert "s3cret" not in stored
    sign_in(page, people.adam)
    expect(dialog.get_by_label("Name")).to_have_value("Warehouse")
    for label in ("URL", "Headers"):
        expect(dialog.get_by_label(label)).to_have_value("")
        expect(dialog.get_by_label(label)).to_have_accessible_description(re.compile("Enter this again"))


def test_what_was_typed_goes_after_an_hour(page: Page, enter: Enter, people: People, folder: Path) -> None:
    enter(people.alice)
    typed_and_signed_out(page, folder, people.alice)
    page.evaluate(
        f"{{ const kept = JSON.parse({STORED}); kept.at -= 3600_000;"
        " sessionStorage.setItem('hub.typed', JSON.stringify(kept)); }"
    )
    page.reload()
    page.wait_for_function(f"{STORED} === null")
    sign_in(page, people.alice)
    expect(page.get_by_role("button", name="Create token").first).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_it_does_not_outlive_a_sign_in_to_another_tenant(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    """Nor does it come back when the same person returns to the first one."""
    enter(people.alice)
    typed_and_signed_out(page, folder, people.alice)
    page.evaluate(
        f"{{ const kept = JSON.parse({STORED}); kept.tenant = '01a20000-0000-7000-8000-000000000000';"
        " sessionStorage.setItem('hub.typed', JSON.stringify(kept)); }"
    )
    sign_in(page, people.alice)
    expect(page.get_by_role("button", name="Create token").first).to_be_visible()
    page.wait_for_function(f"{STORED} === null")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("line", ["lost for a while", "renewed at once"])
def test_a_session_that_ended_while_the_connection_was_lost(
    page: Page, enter: Enter, people: People, folder: Path, console_errors: list[str], line: str
) -> None:
    """As after a laptop's sleep: with the bar, or so quick that no bar is shown."""
    page.add_init_script(CUTTABLE)
    enter(people.alice)
    dialog = creating(page)
    dialog.get_by_label("Name").fill("Order system")
    dialog.get_by_label("Expires after").select_option("90")
    if line == "lost for a while":
        page.evaluate("cut(true)")
        expect(page.locator(".hub-offline")).to_contain_text("What you typed is kept.")
    end_session(folder, people.alice)
    page.evaluate("cut(false)" if line == "lost for a while" else "drop()")
    expect(page.get_by_text("You were signed out")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("main")).to_contain_text("What you typed is kept")
    sign_in(page, people.alice)
    expect(dialog.get_by_label("Name")).to_have_value("Order system")
    expect(dialog.get_by_label("Expires after")).to_have_value("90")
    console_errors.clear()


def test_a_dialog_is_asked_for_once(page: Page, enter: Enter, people: People, folder: Path) -> None:
    """By what opens it and nothing else, also when it does not open."""
    enter(people.alice)
    typed_and_signed_out(page, folder, people.alice)
    page.add_init_script("""
        window.presses = [];
        addEventListener("click", event => {
            if (event.isTrusted) return;
            presses.push(event.target.closest("button, a").dataset.opens);
            event.stopImmediatePropagation();
        }, true);
    """)
    sign_in(page, people.alice)
    page.wait_for_function("window.presses?.length > 0")
    page.evaluate("""async () => {
        for (let n = 0; n < 3; n++) {
            document.body.append(document.createElement("i"));
            await new Promise(done => requestAnimationFrame(done));
        }
    }""")
    assert page.evaluate("presses") == ["TokensState.create"]
