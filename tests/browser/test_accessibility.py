"""axe finds nothing serious or critical on any page, for anyone, wide and light or narrow and dark; no page is wider than its window."""

import re
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser

from tests import running, screens
from tests.screens import Visitor

Scene = tuple[running.Hub, list[Visitor], list[str]]
GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def scene() -> Generator[Scene]:
    with screens.scene() as scene:
        yield scene


@pytest.mark.parametrize(("theme", "width"), list(zip(screens.THEMES, screens.WIDTHS, strict=True)))
def test_pages_are_accessible(browser: Browser, scene: Scene, theme: str, width: int) -> None:
    hub, visitors, places = scene
    found: list[str] = []
    assert any("delivery=" in place for place in places)
    for visitor in visitors:
        context = screens.visit(browser, hub, visitor, theme, width)
        for place in (
            visitor.sees(places)
            if visitor.cookie
            else ["/login", "/invite/unknown", "/reset-password", "/404"]
        ):
            page = context.new_page()
            screens.show(page, place)
            found += [
                f"{visitor.name} {place}: {what}"
                for impact, what in screens.complaints(page)
                if impact in GRAVE
            ]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{visitor.name} {place}: wider than {width} pixels")
            page.close()
        context.close()
    assert found == []


def test_dialogs_are_accessible(browser: Browser, scene: Scene) -> None:
    hub, (_, admin, *_), places = scene
    endpoint = next(p for p in places if re.search(r"/endpoints/.*tab=settings$", p)).partition("?")[0]
    connector = next(place for place in places if place.endswith("?tab=credentials")).partition("?")[0]
    context = screens.visit(browser, hub, admin, "light", 1440)
    page = context.new_page()
    found: list[str] = []
    for place, button in (
        ("/webhooks/endpoints", "Add endpoint"),
        (f"{endpoint}?tab=settings", "Edit"),
        (f"{endpoint}?tab=settings", "Rotate"),
        (f"{endpoint}?tab=settings", "Delete endpoint"),
        (f"{endpoint}?tab=deliveries", "Resend failed"),
        (f"{connector}?tab=connection", "Delete connector"),
        (f"{connector}?tab=credentials", "Remove"),
        ("/settings/members", "Search or jump to"),
    ):
        screens.show(page, place)
        page.get_by_role("button", name=button).click()
        page.locator("[role=dialog], [role=alertdialog], dialog[open]").wait_for()
        found += [f"{button}: {what}" for impact, what in screens.complaints(page) if impact in GRAVE]
    context.close()
    assert found == []
