"""Taking everything along: an export is started, downloaded and deleted in a browser."""

import zipfile
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.crm.conftest import Connect
from tests.browser.crm.test_connections import badge, import_all
from tests.people import People, Person

Enter = Callable[[Person], None]


def test_everything_is_exported_downloaded_and_deleted(
    page: Page, enter: Enter, people: People, connect: Connect
) -> None:
    enter(people.adam)
    import_all(page, connect("Exported"))
    page.goto("/crm/clients")
    page.get_by_role("link", name="Export everything").click()
    expect(page.get_by_role("heading", name="No export yet")).to_be_visible()
    page.get_by_role("button", name="Start an export").click()
    rows = page.get_by_role("region", name="Exports").get_by_role("row")
    row = rows.nth(1)
    expect(badge(row, "Ready")).to_be_visible()
    expect(row).to_contain_text("clients")
    expect(row).to_contain_text("by Adam")
    with page.expect_download() as downloaded:
        row.get_by_role("link", name="Download").click()
    with zipfile.ZipFile(downloaded.value.path()) as archive:
        assert archive.testzip() is None
        assert {"clients.jsonl", "clients.csv", "history.jsonl", "manifest.json"} <= set(archive.namelist())
    row.get_by_role("button", name="Delete the export").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete export").click()
    expect(page.get_by_text("The export is deleted.")).to_be_visible()
    expect(page.get_by_role("heading", name="No export yet")).to_be_visible()


def test_engineers_are_told_who_may(page: Page, enter: Enter, people: People) -> None:
    enter(people.erin)
    page.goto("/crm/exports")
    expect(page.get_by_role("heading", name="Only customer admins can see this page")).to_be_visible()
    expect(page.get_by_role("button", name="Start an export")).not_to_be_visible()
