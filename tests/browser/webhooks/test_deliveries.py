"""Deliveries in a browser, while they happen: the list, the drawer, resending, testing."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.webhooks.conftest import Program
from tests.people import People, Person

Enter = Callable[[Person], None]


def delivery(page: Page, event_type: str) -> Locator:
    return page.get_by_role("row").filter(has_text=event_type)


def mark_page(page: Page) -> None:
    """Remember in the page itself that it was not loaded anew."""
    page.evaluate("window.stayed = true")


def has_stayed(page: Page) -> bool:
    return bool(page.evaluate("window.stayed === true"))


def test_a_delivery_appears_live(page: Page, enter: Enter, people: People, program: Program) -> None:
    enter(people.vera)
    page.goto(program.create("Live", "/live", events=["live.*"]) + "?tab=deliveries")
    expect(page.get_by_role("heading", name="No deliveries yet")).to_be_visible()
    mark_page(page)
    program.publish("live.first")
    expect(delivery(page, "live.first")).to_contain_text("Succeeded")
    program.publish("live.second")
    expect(delivery(page, "live.second")).to_contain_text("200")
    expect(page.get_by_role("row")).to_have_count(3)
    assert has_stayed(page)


def test_retries_are_seen_as_they_happen(page: Page, enter: Enter, people: People, program: Program) -> None:
    """The receiver fails twice, then accepts."""
    enter(people.erin)
    page.goto(program.create("Flaky", "/flaky", events=["flaky.event"]) + "?tab=deliveries")
    mark_page(page)
    program.publish("flaky.event", order="A-1001")
    row = delivery(page, "flaky.event")
    expect(row).to_contain_text("Retrying")
    expect(row).to_contain_text("Succeeded")
    page.get_by_role("link", name="flaky.event").click()
    drawer = page.get_by_role("dialog")
    attempts = drawer.get_by_role("listitem")
    expect(attempts).to_have_count(3)
    expect(attempts.nth(0)).to_contain_text("200 OK")
    expect(attempts.nth(1)).to_contain_text("503 Service Unavailable")
    expect(attempts.nth(2)).to_contain_text("500 Internal Server Error")
    expect(drawer).to_contain_text('"order": "A-1001"')
    assert has_stayed(page)


def test_a_retry_that_is_due_says_so(page: Page, enter: Enter, people: People, program: Program) -> None:
    """Until it has begun, and not that it was some time ago."""
    place = program.create("Overdue", "/broken")
    program.publish("order.overdue")
    enter(people.adam)
    # What happens from now on lies in the past of this browser.
    page.add_init_script("Date.now = () => Date.UTC(2100, 0)")
    page.goto(f"{place}?tab=deliveries")
    row = page.get_by_role("row").filter(has_text="order.overdue")
    expect(row).to_contain_text("Retrying now")
    row.get_by_role("link").click()
    expect(page.get_by_role("dialog")).to_contain_text("The next attempt is due now.")


def test_the_drawer_by_keyboard(page: Page, enter: Enter, people: People, program: Program) -> None:
    """Enter opens it, Escape closes it, focus returns; its address opens it again."""
    enter(people.erin)
    place = program.create("Keys", "/keys", events=["keys.event"])
    program.publish("keys.event")
    page.goto(f"{place}?tab=deliveries")
    link = page.get_by_role("link", name="keys.event")
    link.focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("keys.event")
    drawer.get_by_role("link", name="Verify").click()
    expect(drawer).to_contain_text("standardwebhooks")
    page.reload()
    expect(page.get_by_role("dialog")).to_contain_text("standardwebhooks")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.wait_for_url(lambda url: "delivery=" not in url)


def test_each_attempt_shows_its_own_response(
    page: Page, enter: Enter, people: People, program: Program
) -> None:
    """Chosen by click or by keyboard; the address keeps it, and so do the drawer's tabs."""
    enter(people.vera)
    place = program.create("Changing", "/changing", events=["changing.event"])
    program.publish("changing.event")
    page.goto(f"{place}?tab=deliveries")
    expect(delivery(page, "changing.event")).to_contain_text("Succeeded")
    page.get_by_role("link", name="changing.event").click()
    drawer = page.get_by_role("dialog")
    attempts = drawer.get_by_role("listitem").get_by_role("link")
    expect(attempts.nth(0)).to_have_attribute("aria-current", "true")
    attempts.nth(1).click()
    expect(drawer).to_contain_text("The first is refused.")
    expect(drawer).not_to_contain_text("The second is taken.")
    expect(attempts.nth(1)).to_have_attribute("aria-current", "true")
    drawer.get_by_role("link", name="Headers").click()
    expect(drawer).to_contain_text("x-attempt: first")
    page.reload()
    expect(drawer).to_contain_text("x-attempt: first")
    attempts.nth(0).focus()
    page.keyboard.press("Enter")
    expect(drawer).to_contain_text("x-attempt: second")
    page.go_back()
    expect(drawer).to_contain_text("x-attempt: first")
    drawer.get_by_role("link", name="Response").click()
    expect(drawer).to_contain_text("Response body of attempt 1")


def test_a_failed_delivery_is_resent(page: Page, enter: Enter, people: People, program: Program) -> None:
    enter(people.erin)
    place = program.create("Broken", "/broken", events=["broken.event"], retry_policy="NONE")
    program.publish("broken.event")
    page.goto(f"{place}?tab=deliveries")
    expect(delivery(page, "broken.event")).to_contain_text("Failed")
    page.get_by_role("link", name="broken.event").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("No data is lost: resend")
    drawer.get_by_role("link", name="Response").click()
    expect(drawer).to_contain_text("The receiver has a bad day.")
    drawer.get_by_role("button", name="Resend now").click()
    expect(drawer.get_by_role("listitem").filter(has_text="(resent)")).to_have_count(1)
    expect(drawer.get_by_role("listitem")).to_have_count(2)


def test_filters_are_in_the_address(page: Page, enter: Enter, people: People, program: Program) -> None:
    enter(people.vera)
    place = program.create("Filtered", "/filtered", events=["filter.*"])
    for name in ("filter.one", "filter.two"):
        program.publish(name)
    page.goto(f"{place}?tab=deliveries&type=filter.one")
    expect(delivery(page, "filter.one")).to_be_visible()
    expect(delivery(page, "filter.two")).to_have_count(0)
    page.goto(f"{place}?tab=deliveries&status=failed")
    expect(page.get_by_role("heading", name="No matching deliveries")).to_be_visible()


def test_sending_a_test(page: Page, enter: Enter, people: People, program: Program) -> None:
    enter(people.erin)
    page.goto(program.create("Tried", "/tried") + "?tab=test")
    page.get_by_label("Data, as JSON").fill("{not json")
    page.get_by_role("button", name="Send test").click()
    expect(page.locator("#data-error")).to_contain_text("not valid JSON")
    page.get_by_label("Data, as JSON").fill('{"hello": "receiver"}')
    page.get_by_role("button", name="Send test").click()
    expect(page.get_by_text("200 OK")).to_be_visible()
    page.get_by_role("link", name="Open the delivery").click()
    expect(page.get_by_role("dialog")).to_contain_text('"hello": "receiver"')
    page.goto(program.create("Tried in vain", "/gone") + "?tab=test")
    page.get_by_role("button", name="Send test").click()
    expect(page.get_by_text("The receiver answered 410 Gone.")).to_be_visible()


def test_resending_what_failed(page: Page, enter: Enter, people: People, program: Program) -> None:
    """With their number beforehand, as a job that the top bar tells of."""
    enter(people.erin)
    place = program.create("Moody", "/moody", events=["moody.event"], retry_policy="NONE")
    for number in range(10):
        program.publish("moody.event", n=number)
    page.goto(f"{place}?tab=deliveries")
    expect(page.get_by_role("row").filter(has_text="Succeeded")).to_have_count(9)
    expect(page.get_by_role("row").filter(has_text="Failed")).to_have_count(1)
    expect(page.get_by_role("button", name="Jobs:")).to_have_count(0)
    page.get_by_role("button", name="Resend failed").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("One delivery failed.")
    dialog.get_by_role("button", name="Resend").click()
    expect(page.get_by_role("row").filter(has_text="Succeeded")).to_have_count(10)
    page.get_by_role("button", name="Jobs: none running").click()
    jobs = page.get_by_role("region", name="Jobs")
    expect(jobs).to_contain_text("Resend failed deliveries of Moody")
    expect(jobs).to_contain_text("1 delivery is being sent again.")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Resend failed").click()
    page.get_by_label("Failed in the").select_option("1")
    expect(dialog).to_contain_text("No delivery failed in this period.")
    expect(dialog.get_by_role("button", name="Resend")).to_have_count(0)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
