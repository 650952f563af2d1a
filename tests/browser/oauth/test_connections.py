"""OAuth connections in a browser: connecting an account, and every way in which that ends."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.people import PASSWORD, People, Person

Enter = Callable[[Person], None]
_HERE = "/apps/connections"


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("row").filter(has_text=text)


def press_connect(page: Page, app: str) -> None:
    """What is done at Hub; it ends on the provider's page."""
    page.goto(_HERE)
    page.get_by_role("button", name=f"Connect {app}", exact=True).click()
    consent(page)
    expect(page.get_by_role("heading", name="Let Hub in?")).to_be_visible()


def consent(page: Page) -> None:
    """Agree in the dialog that is open, and send it."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("checkbox", name="I consent").check()
    dialog.get_by_role("button", name="Connect").click()


def connect(page: Page, app: str, account: str) -> None:
    press_connect(page, app)
    allow(page, account)
    expect(page.get_by_role("alert").filter(has_text=f"as {account} at the peer")).to_be_visible()


def allow(page: Page, account: str) -> None:
    """What is done at the provider."""
    expect(page.get_by_role("heading", name="Let Hub in?")).to_be_visible()
    page.get_by_label("Account").fill(account)
    page.get_by_role("button", name="Allow").click()


def test_an_account_is_connected_once_somebody_consents(
    page: Page, enter: Enter, people: People, app: str
) -> None:
    enter(people.erin)
    page.goto(_HERE)
    expect(page.get_by_role("heading", name="Nothing is connected yet")).to_be_visible()
    page.get_by_role("button", name=f"Connect {app}", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"Hub may call {app} on behalf of the connected account")).to_be_visible()
    dialog.get_by_role("button", name="Connect").click()
    expect(dialog.locator("#consent-error")).to_contain_text("Must be ticked.")
    consent(page)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text(f"Hub has access to {app} as ada at the peer.")).to_be_visible()
    expect(row(page, "ada at the peer")).to_contain_text("Connected")
    expect(row(page, "ada at the peer")).to_contain_text("2 scopes")
    page.get_by_role("link", name="Show").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("Who you are")
    expect(drawer.get_by_text("Granted")).to_have_count(2)
    expect(drawer).to_contain_text("Erin Novak")


def test_a_refusal_at_the_provider_connects_nothing(
    page: Page, enter: Enter, people: People, app: str
) -> None:
    enter(people.adam)
    press_connect(page, app)
    page.get_by_role("button", name="Deny").click()
    banner = page.get_by_role("alert").filter(has_text="Not connected")
    expect(banner).to_contain_text(f"refused at {app}")
    expect(page.get_by_role("heading", name="Nothing is connected yet")).to_be_visible()
    page.get_by_role("link", name="Close").click()
    expect(banner).to_have_count(0)


def test_scopes_that_were_not_granted_are_told(page: Page, enter: Enter, people: People, app: str) -> None:
    enter(people.mallory)
    page.goto(_HERE)
    page.get_by_role("button", name=f"Other ways to connect {app}").click()
    page.get_by_role("menuitem", name="Choose scopes").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("checkbox", name="openid")).to_be_checked()
    expect(dialog.get_by_role("checkbox", name="tasks")).not_to_be_checked()
    dialog.get_by_role("checkbox", name="tasks").check()
    consent(page)
    expect(page.get_by_text("Hub asks for: openid profile tasks")).to_be_visible()
    allow(page, "careful")
    expect(page.get_by_text("Connected, with fewer scopes than requested")).to_be_visible()
    expect(page.get_by_text("did not grant tasks")).to_be_visible()
    page.get_by_role("link", name="Show").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("listitem").filter(has_text="tasks")).to_contain_text("Not granted")


def test_a_connection_that_ended_elsewhere_is_connected_again(
    page: Page,
    enter: Enter,
    people: People,
    app: str,
    end_at_provider: Callable[[], None],
    console_errors: list[str],
) -> None:
    """Another tab sees it end without being loaded anew; reconnecting keeps the connection's address."""
    enter(people.erin)
    connect(page, app, "grace")
    page.get_by_role("link", name="Show").click()
    place = page.url
    other = page.context.new_page()
    other.goto(_HERE)
    expect(row(other, "grace at the peer")).to_contain_text("Connected")
    other.evaluate("window.stayed = true")
    end_at_provider()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name="Refresh now").click()
    expect(drawer.get_by_text("Access has expired")).to_be_visible()
    expect(row(other, "grace at the peer")).to_contain_text("Expired: reconnect")
    assert other.evaluate("window.stayed")
    row(other, "grace at the peer").get_by_role("button", name="Reconnect").click()
    allow(other, "somebody else")
    expect(other.get_by_text("Different account", exact=True)).to_be_visible()
    row(other, "grace at the peer").get_by_role("button", name="Reconnect").click()
    allow(other, "grace")
    expect(other.get_by_text("Connected again")).to_be_visible()
    expect(row(other, "grace at the peer")).to_have_count(1)
    other.goto(place)
    expect(other.get_by_role("dialog")).to_contain_text("grace at the peer")
    expect(drawer.get_by_text("Access has expired")).to_have_count(0)
    assert console_errors == []


def test_disconnecting_says_what_stops(page: Page, enter: Enter, people: People, app: str) -> None:
    enter(people.erin)
    connect(page, app, "linus")
    page.get_by_role("link", name="Show").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("revokes the tokens")
    expect(question).to_contain_text("stop until someone connects it again")
    question.get_by_role("button", name=f"Disconnect {app}").click()
    expect(page.get_by_role("dialog")).to_contain_text("Hub no longer has its tokens.")
    page.keyboard.press("Escape")
    expect(row(page, "linus at the peer")).to_contain_text("Disconnected")
    page.get_by_label("State").select_option("revoked")
    page.wait_for_url(re.compile("status=revoked"))
    expect(page.get_by_role("row")).to_have_count(2)


def test_a_callback_serves_once(page: Page, enter: Enter, people: People, app: str) -> None:
    enter(people.erin)
    press_connect(page, app)
    callbacks: list[str] = []
    page.on("request", lambda one: callbacks.append(one.url) if "/oauth/callback" in one.url else None)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("Hub has access to")).to_be_visible()
    page.goto(callbacks[0])
    expect(page.get_by_text("Already used", exact=True)).to_be_visible()
    expect(page.get_by_text("has already been used")).to_be_visible()


def test_a_callback_is_worth_nothing_to_somebody_else(
    page: Page, context: BrowserContext, enter: Enter, people: People, begun_by: Callable[[Person], str]
) -> None:
    callback = begun_by(people.erin)
    enter(people.adam)
    page.goto(callback)
    expect(page.get_by_role("alert").filter(has_text="Started elsewhere")).to_contain_text("Start again here")
    expect(page.get_by_role("heading", name="Nothing is connected yet")).to_be_visible()
    page.goto("/v1/integration/oauth/callback?state=made-up&code=made-up")
    expect(page.get_by_text("This authorization was not started by Hub")).to_be_visible()
    context.clear_cookies()
    page.goto(callback)
    page.get_by_label("E-mail").fill(people.erin.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("as late at the peer")).to_be_visible()


def test_a_viewer_sees_no_control(page: Page, enter: Enter, people: People, app: str) -> None:
    enter(people.vera)
    page.goto(_HERE)
    expect(page.get_by_role("heading", name=app)).to_be_visible()
    expect(page.get_by_text("Engineers can connect apps.").first).to_be_visible()
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("link", name="Everyone's")).to_have_count(0)


def test_customer_admins_see_everyones_and_can_disconnect_them(
    page: Page, enter: Enter, people: People, app: str
) -> None:
    enter(people.erin)
    connect(page, app, "barbara")
    enter(people.adam)
    page.goto(_HERE)
    expect(row(page, "barbara at the peer")).to_have_count(0)
    page.get_by_role("link", name="Everyone's").click()
    page.get_by_role("link", name=re.compile("barbara at the peer · Erin Novak")).click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("Erin Novak")
    expect(drawer.get_by_role("button", name="Reconnect")).to_have_count(0)
    drawer.get_by_role("button", name="Disconnect").click()
    page.get_by_role("alertdialog").get_by_role("button", name=f"Disconnect {app}").click()
    expect(drawer).to_contain_text("Disconnected")


def test_a_token_got_elsewhere(page: Page, enter: Enter, people: People, app: str) -> None:
    enter(people.erin)
    page.goto(_HERE)
    page.get_by_role("button", name=f"Other ways to connect {app}").click()
    page.get_by_role("menuitem", name="Paste a token from elsewhere").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Connect").click()
    expect(dialog.locator("#access_token-error")).to_contain_text("Must not be empty.")
    expect(dialog.locator("#consent-error")).to_contain_text("Must be ticked.")
    dialog.get_by_label("Access token", exact=True).fill("made-up-token")
    dialog.get_by_label("Expires").fill("tomorrow")
    dialog.get_by_role("button", name="Connect").click()
    expect(dialog.locator("#expires_at-error")).to_contain_text("Must be a time such as")
    dialog.get_by_label("Expires").fill("")
    consent(page)
    expect(dialog.locator("#access_token-error")).to_contain_text("does not accept the access token")
    assert "made-up-token" not in page.content()


def test_connecting_by_keyboard_on_a_phone(page: Page, enter: Enter, people: People, app: str) -> None:
    enter(people.erin)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(_HERE)
    button = page.get_by_role("button", name=f"Connect {app}", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name="I consent")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Allow").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Hub has access to")).to_be_visible()
    link = page.get_by_role("link", name="Show")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
