"""axe finds nothing serious or critical on any page, for anyone, wide and light or narrow and dark; no page is wider than its window."""

import pytest
from playwright.sync_api import Browser, Page

from tests import screens
from tests.screens import Scene

GRAVE = {"serious", "critical"}
_FIRST, _SECOND = screens.AXE


# In halves, for two workers: axe takes a second for a page.
PARTS = [
    (name, half)
    for name, halves in {"nobody": 1, "admin": 2, "viewer": 2, "operator": 1}.items()
    for half in range(halves)
]


def findings(page: Page) -> list[str]:
    """What is grave on a page that is shown, wide and light, then narrow and dark."""
    found: list[str] = []
    for theme, width in (_FIRST, _SECOND):
        if (theme, width) != _FIRST:
            screens.turn(page, theme, width)
        found += [f"{theme}: {what}" for impact, what in screens.complaints(page) if impact in GRAVE]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"wider than {width} pixels")
    return found


@pytest.mark.parametrize(("name", "half"), PARTS)
def test_pages_are_accessible(browser: Browser, scene: Scene, name: str, half: int) -> None:
    hub, visitors, samples = scene
    places = screens.addresses(samples)
    assert any("delivery=" in place for place in places)
    visitor = next(one for one in visitors if one.name == name)
    seen = visitor.sees(places)
    halves = sum(part[0] == name for part in PARTS)
    context = screens.visit(browser, hub, visitor, "light", 1440)
    found: list[str] = []
    page = context.new_page()
    page.goto("/ping")
    for place in seen[half::halves]:
        screens.show_anew(page, place, *_FIRST)
        found += [f"{place}: {what}" for what in findings(page)]
    context.close()
    assert found == []


def test_dialogs_are_accessible(browser: Browser, scene: Scene) -> None:
    hub, (_, admin, *_), samples = scene
    context = screens.visit(browser, hub, admin, "light", 1440)
    page = context.new_page()
    found: list[str] = []
    for place, button in samples.dialogs:
        screens.show(page, place)
        page.get_by_role("button", name=button).click()
        page.locator("[role=dialog], [role=alertdialog], dialog[open]").wait_for()
        screens.wait_until_still(page)
        found += [f"{button}: {what}" for impact, what in screens.complaints(page) if impact in GRAVE]
    context.close()
    assert found == []
