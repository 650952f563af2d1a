"""What interrupts people who are typing: a session that ends elsewhere, a connection that is lost."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import delete
from sqlmodel import col

from hub_app.identity.tables import LoginSession
from hub_app.kernel import db
from tests import other_process
from tests.people import PASSWORD, Person

# Cuts the page's connection, so that a new one goes nowhere, and mends it.
CUTTABLE = """
const sockets = [];
let isCut = false;
class Cuttable extends WebSocket {
  constructor(url, protocols) {
    super(isCut ? String(url).replace(/:\\d+/, ':1') : url, protocols);
    sockets.push(this);
  }
}
window.WebSocket = Cuttable;
window.cut = on => { isCut = on; if (on) for (const one of sockets) one.close(); };
window.drop = () => { for (const one of sockets) one.close(); };
"""


def creating(page: Page) -> Locator:
    page.goto("/developers/tokens")
    page.get_by_role("button", name="Create token").first.click()
    dialog = page.get_by_role("dialog", name="Create API token")
    expect(dialog.get_by_label("Name")).to_be_focused()
    return dialog


def question(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Discard what you entered?")


def end_session(folder: Path, person: Person) -> None:
    async def end() -> None:
        async with db.system("a test ends a session", write=True) as session:
            await session.exec(delete(LoginSession).where(col(LoginSession.user_id) == person.user_id))

    other_process.in_database(folder, end)


def sign_in(page: Page, person: Person) -> None:
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
