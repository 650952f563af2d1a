"""The whole way, in a browser: the owner connects, an engineer writes, finds the ticket, posts and closes, a viewer reads."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.hands import Hands
from tests.browser.psa.conftest import OPEN, Begin, Desk
from tests.peers.connectwise import CLIENT_ID, COMPANY_ID, PRIVATE_KEY, PUBLIC_KEY
from tests.people import People, Person

Enter = Callable[[Person], None]
STEPS = "## What was done\nCleared the queue"


def body(page: Page) -> Locator:
    return page.get_by_role("textbox", name="What you do")


def saved(page: Page) -> None:
    expect(page.locator("hub-autosave")).to_have_text("Saved")


def test_the_owner_connects_and_says_who_is_who(page: Page, enter: Enter, people: People, desk: Desk) -> None:
    enter(people.mallory)
    page.goto("/psa")
    page.get_by_role("textbox", name="Name", exact=True).fill("Northwind IT")
    page.get_by_label("Site").fill(desk.url)
    page.get_by_label("Company ID").fill(COMPANY_ID)
    page.get_by_label("Public key", exact=True).fill(PUBLIC_KEY)
    page.get_by_label("Private key", exact=True).fill("wrong")
    page.get_by_label("Client ID", exact=True).fill(CLIENT_ID)
    page.get_by_role("button", name="Test and connect").click()
    expect(page.get_by_text("Hub connects nothing without consent")).to_be_visible()
    page.get_by_label("I consent").check()
    page.get_by_role("button", name="Test and connect").click()
    expect(
        page.get_by_text("Connection test failed: Invalid credentials. Check your API keys.")
    ).to_be_visible()
    page.get_by_label("Private key", exact=True).fill(PRIVATE_KEY)
    page.get_by_role("button", name="Test and connect").click()
    expect(page.get_by_text("Northwind IT is connected.")).to_be_visible()
    expect(page.get_by_text(f"••••••{PRIVATE_KEY[-4:]}")).to_be_visible()
    assert PRIVATE_KEY not in page.content()
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("Connected successfully.")).to_be_visible()
    page.get_by_role("link", name="Member mapping").click()
    page.get_by_role("button", name="Match automatically").click()
    expect(page.get_by_text("Nobody has this e-mail address or name.")).to_be_visible()
    page.get_by_label(re.compile("Member of the PSA for Mallory")).select_option(
        label="Alice Moreau (amoreau)"
    )
    page.get_by_role("button", name="Save mapping").click()
    expect(page.get_by_text("1 member mapped.")).to_be_visible()
    expect(page.get_by_text("Chosen by hand")).to_be_visible()
    page.get_by_role("link", name="Connection", exact=True).click()
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("dialog").get_by_label("Name", exact=True).fill("Renamed")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Renamed")).to_be_visible()
    page.get_by_role("button", name="Disconnect").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("1 member mapping and 0 note templates are deleted.")
    dialog.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("button", name="Test and connect")).to_be_visible()


def test_work_is_on_the_ticket_with_two_clicks(
    page: Page, enter: Enter, people: People, desk: Desk, connected: None
) -> None:
    del connected
    enter(people.erin)
    page.goto("/sessions")
    page.get_by_role("button", name="New session").first.click()
    page.get_by_role("dialog").get_by_label("Title").fill("Spooler stuck")
    page.get_by_role("dialog").get_by_role("button", name="Begin").click()
    body(page).click()
    page.keyboard.type("## What was done\n- [x] Cleared the queue\nRestarted the spooler", delay=5)
    saved(page)
    expect(body(page)).to_have_value("## What was done\n- [x] Cleared the queue\n- [ ] Restarted the spooler")
    page.get_by_role("button", name="Preview").click()
    page.locator("hub-markdown").get_by_role("checkbox").nth(1).check()
    saved(page)
    page.get_by_role("button", name="Link ticket").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Text or number").fill(OPEN[0])
    row = dialog.get_by_role("row").filter(has_text=f"#{OPEN[0]}")
    row.get_by_role("button", name="Link").click()
    expect(page.get_by_text(f"Linked to #{OPEN[0]}.")).to_be_visible()
    page.get_by_role("button", name="Update ticket").click()
    expect(dialog.get_by_label("Post as")).to_have_value("141")
    dialog.get_by_role("button", name="Preview").click()
    expect(dialog.locator("hub-markdown")).to_contain_text("- [x] Restarted the spooler.")
    dialog.get_by_label("New status").select_option(label="Completed")
    dialog.get_by_label(re.compile("Time entry")).fill("25")
    dialog.get_by_role("button", name="Post note and set status").click()
    expect(page.get_by_text(f"Posted to #{OPEN[0]}.")).to_be_visible()
    (note,) = desk.posted("Restarted the spooler")
    assert note["member"]["identifier"] == "enovak"
    assert note["internalAnalysisFlag"] is True
    assert not desk.seen()["mails"]
    expect(page.get_by_role("region", name="Posts")).to_contain_text("Posted")
    page.get_by_role("link", name=re.compile(f"#{OPEN[0]}")).first.click()
    expect(page.get_by_text("Restarted the spooler.")).to_be_visible()
    expect(page.get_by_role("region", name="Work sessions on this ticket")).to_contain_text("Spooler stuck")


def test_a_viewer_reads_and_has_nothing_to_press(
    page: Page, enter: Enter, people: People, connected: None, begin: Begin
) -> None:
    del connected
    here = begin(people.erin, title="Read by all", body="- [x] Done\n", ticket_id=OPEN[1])
    enter(people.vera)
    page.goto(here)
    expect(page.get_by_text("Only Erin Novak can change this session.")).to_be_visible()
    expect(page.locator(".hub-markdown").get_by_role("checkbox")).to_be_checked()
    for name in ("Update ticket", "Unlink", "Pause", "Delete session"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.goto("/psa")
    expect(page.get_by_text("Only the owner can connect a PSA, or change the connection.")).to_be_visible()
    for name in ("Test", "Edit", "Disconnect"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    page.goto("/sessions?tab=templates")
    expect(page.get_by_text("Customer admins can change templates.").first).to_be_visible()
    page.goto(f"/tickets/{OPEN[1]}")
    expect(page.get_by_text("Priority", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Begin a session")).to_have_count(0)


def test_what_is_typed_offline_is_saved_when_the_line_is_back(
    page: Page, context: BrowserContext, enter: Enter, people: People, begin: Begin, console_errors: list[str]
) -> None:
    enter(people.erin)
    page.goto(begin(people.erin, title="On the road"))
    body(page).fill("Before the tunnel.")
    saved(page)
    context.set_offline(offline=True)
    body(page).fill("Before the tunnel. In the tunnel.")
    expect(page.locator("hub-autosave")).to_contain_text("Not saved yet: no connection.")
    context.set_offline(offline=False)
    saved(page)
    page.reload()
    expect(body(page)).to_have_value("Before the tunnel. In the tunnel.")
    # Of requests that failed on purpose.
    console_errors.clear()


def test_what_was_not_saved_survives_leaving_the_page(
    page: Page, context: BrowserContext, enter: Enter, people: People, begin: Begin, console_errors: list[str]
) -> None:
    enter(people.erin)
    here = begin(people.erin, title="Cut off")
    page.goto(here)
    expect(body(page)).to_be_visible()
    context.set_offline(offline=True)
    body(page).fill("Typed while nothing could be saved.")
    expect(page.locator("hub-autosave")).to_contain_text("Not saved yet")
    page.goto("about:blank")
    context.set_offline(offline=False)
    page.goto(here)
    expect(body(page)).to_have_value("Typed while nothing could be saved.")
    saved(page)
    page.reload()
    expect(body(page)).to_have_value("Typed while nothing could be saved.")
    # Of requests that failed on purpose.
    console_errors.clear()


def test_two_windows_undo_nothing(
    page: Page, context: BrowserContext, enter: Enter, people: People, begin: Begin, console_errors: list[str]
) -> None:
    enter(people.erin)
    here = begin(people.erin, title="Two windows", body="Begun.")
    page.goto(here)
    expect(body(page)).to_have_value("Begun.")
    other = context.new_page()
    other.goto(here)
    body(other).fill("Begun. The other one.")
    saved(other)
    page.get_by_label("Title").fill("Two windows, renamed")
    saved(page)
    expect(body(page)).to_have_value("Begun. The other one.")
    body(other).fill("Begun. The other one again.")
    saved(other)
    body(page).fill("Begun. Mine.")
    expect(page.locator("hub-autosave")).to_contain_text("This session was changed in another window.")
    page.get_by_role("button", name="Keep mine").click()
    saved(page)
    other.reload()
    expect(body(other)).to_have_value("Begun. Mine.")
    expect(other.get_by_label("Title")).to_have_value("Two windows, renamed")
    other.close()
    # Of requests that failed on purpose.
    console_errors.clear()


def test_a_failure_leaves_the_text_in_place_and_the_page_usable(
    page: Page, enter: Enter, people: People, desk: Desk, connected: None, begin: Begin
) -> None:
    del connected
    enter(people.erin)
    page.goto(begin(people.erin, title="Refused", body="To be posted.", ticket_id=OPEN[2]))
    page.get_by_role("button", name="Update ticket").click()
    dialog = page.get_by_role("dialog")
    note = dialog.get_by_role("textbox", name="Note")
    note.fill("Written in the dialog.")
    desk.faults(forbidden="/notes")
    dialog.get_by_role("button", name="Post note").click()
    expect(dialog).to_contain_text("Insufficient permissions. Check the API member's security role.")
    expect(note).to_have_value("Written in the dialog.")
    desk.faults(forbidden="", breaks="502", breaks_at="/notes")
    dialog.get_by_role("button", name="Post note").click()
    expect(page.get_by_text(f"Posted to #{OPEN[2]}.")).to_be_visible()
    assert len(desk.posted("Written in the dialog.")) == 1
    desk.faults(down=True)
    page.get_by_role("button", name="Update ticket").click()
    expect(dialog).to_contain_text("Cannot reach ConnectWise server")
    dialog.get_by_role("button", name="Cancel").click()
    body(page).fill("Goes on all the same.")
    saved(page)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()


def test_the_clock_is_paused_corrected_and_ended(
    page: Page, enter: Enter, people: People, begin: Begin
) -> None:
    enter(people.erin)
    page.goto(begin(people.erin, title="Timed"))
    page.get_by_role("button", name="Correct").click()
    page.get_by_role("dialog").get_by_label("Minutes").fill("95")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.locator("hub-worked")).to_have_text("1 h 35 min")
    page.get_by_role("button", name="End").click()
    expect(page.get_by_text("Ended").first).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_by_keyboard_alone(
    page: Page, enter: Enter, people: People, desk: Desk, connected: None, begin: Begin
) -> None:
    del connected
    enter(people.erin)
    page.goto(begin(people.erin, title="No mouse"))
    hands = Hands(page)
    hands.reach(body(page))
    page.keyboard.type("- [x] By keyboard alone")
    saved(page)
    hands.press(page.get_by_role("button", name="Link ticket"))
    dialog = page.get_by_role("dialog")
    hands.press(dialog.get_by_role("button", name="By number"))
    hands.enter(dialog.get_by_label("Ticket number"), OPEN[3])
    page.keyboard.press("Enter")
    hands.press(dialog.get_by_role("button", name="Link", exact=True))
    expect(page.get_by_text(f"Linked to #{OPEN[3]}.")).to_be_visible()
    hands.press(page.get_by_role("button", name="Update ticket"))
    hands.reach(dialog.get_by_role("textbox", name="Note"))
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(f"Posted to #{OPEN[3]}.")).to_be_visible()
    assert len(desk.posted("By keyboard alone")) == 1


def test_templates_are_made_by_an_admin_and_used_by_an_engineer(
    page: Page, enter: Enter, people: People, connected: None
) -> None:
    del connected
    enter(people.adam)
    page.goto("/sessions?tab=templates")
    page.get_by_role("button", name="New session template").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("On-site visit")
    dialog.get_by_role("textbox", name="What it begins with").fill("- [ ] Sign in\n- [ ] Sign out")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Templates of sessions")).to_contain_text("2 steps")
    page.get_by_role("button", name="New note template").click()
    dialog.get_by_label("Board").select_option(label="Help Desk")
    dialog.get_by_role("textbox", name="Text").fill("{{ engineer.nmae }}")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Has placeholders that there are not")).to_be_visible()
    dialog.get_by_role("textbox", name="Text").fill("By {{ engineer.name }}: {{ session.body }}")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Templates of notes")).to_contain_text("Help Desk")
    page.get_by_label("Toolbar").select_option("basic")
    slot = page.get_by_role("group", name="Snippet 1")
    slot.get_by_label("Name").fill("Greeting")
    slot.get_by_label("Text").fill("Hello from the service desk.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The editor is saved.")).to_be_visible()
    page.goto("/sessions")
    page.get_by_role("button", name="New session").first.click()
    dialog.get_by_label("Begin with").select_option(label="On-site visit")
    dialog.get_by_role("button", name="Begin").click()
    expect(body(page)).to_have_value("- [ ] Sign in\n- [ ] Sign out")
    expect(page.get_by_role("button", name="Italic (Ctrl+I)")).to_have_count(0)
    body(page).press("Control+End")
    page.get_by_role("button", name="Insert a snippet").click()
    page.get_by_role("menuitem", name="Greeting").click()
    expect(body(page)).to_have_value(re.compile("Hello from the service desk."))
    saved(page)
