"""Whoever goes through a page with the Tab key sees where they are: each stop looks different with the focus."""

import base64
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import screens
from tests.screens import Scene

# What has the focus: how failures name it, how much of its surroundings to look at, and whether it was a stop before.
_STOP = """() => {
    const one = document.activeElement
    if (!one || one === document.body) return null
    window.stops ??= new WeakSet()
    const seen = window.stops.has(one)
    window.stops.add(one)
    const box = one.getBoundingClientRect()
    const around = (one.closest('tr, li, label, hub-tags') ?? one).getBoundingClientRect()
    const left = Math.max(0, Math.min(box.left, around.left) - 6), top = Math.max(0, Math.min(box.top, around.top) - 6)
    const right = Math.min(innerWidth, Math.max(box.right, around.right) + 6)
    const bottom = Math.min(innerHeight, Math.max(box.bottom, around.bottom) + 6)
    // What tells one row from the next makes no other look.
    const own = / (href|id|name|value|title|for|aria-[a-z]+|data-[a-z-]+)="[^"]*"/g
    let look = one.outerHTML.replace(own, '').replace(/>[^<]+</g, '><')
    for (let outer = one.parentElement; outer; outer = outer.parentElement) look += ` in ${outer.className}`
    return {
        name: `${one.tagName.toLowerCase()}.${one.className} ${(one.ariaLabel ?? one.textContent).trim().slice(0, 40)}`,
        look,
        clip: {x: left, y: top, width: right - left, height: bottom - top},
        edge: Math.round(Math.min(box.width, innerWidth) + Math.min(box.height, innerHeight)),
        seen,
    }
}"""
# How many pixels differ between two pictures by a contrast of at least 3:1 (WCAG 2.4.13).
_CHANGED = """async pictures => {
    const [before, after] = await Promise.all(pictures.map(async picture => {
        const image = new Image()
        image.src = `data:image/png;base64,${picture}`
        await image.decode()
        const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d')
        canvas.drawImage(image, 0, 0)
        return canvas.getImageData(0, 0, image.width, image.height).data
    }))
    const linear = value => value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4
    const light = (data, at) => 0.2126 * linear(data[at]) + 0.7152 * linear(data[at + 1]) + 0.0722 * linear(data[at + 2])
    let changed = 0
    for (let at = 0; at < before.length; at += 4) {
        if (before[at] === after[at] && before[at + 1] === after[at + 1] && before[at + 2] === after[at + 2]) continue
        const [dark, bright] = [light(before, at), light(after, at)].sort((a, b) => a - b)
        if ((bright + 0.05) / (dark + 0.05) >= 3) changed++
    }
    return changed
}"""


def picture(page: Page, clip: dict[str, float]) -> str:
    x, y, width, height = (clip[name] for name in ("x", "y", "width", "height"))
    taken = page.screenshot(clip={"x": x, "y": y, "width": width, "height": height})
    return base64.b64encode(taken).decode()


def invisible(page: Page, blank: Page, stop: dict[str, Any]) -> list[str]:
    """Takes the focus from the stop that has it, and tells if that is not to be seen. The next Tab goes on from there."""
    focused = picture(page, stop["clip"])
    if page.evaluate("document.activeElement === document.body"):
        return [f"{stop['name']}: the page took the focus away"]
    page.evaluate("document.activeElement.blur()")
    changed = blank.evaluate(_CHANGED, [focused, picture(page, stop["clip"])])
    # Half the edge, one pixel wide: what scrolls may hide the rest.
    return [] if changed >= stop["edge"] else [f"{stop['name']}: {changed} of {stop['edge']} pixels"]


def invisible_stops(page: Page, blank: Page, known: set[str]) -> list[str]:
    """The stops of a page that look the same with the focus. Those that other pages have too are `known` after the first."""
    found: list[str] = []
    while True:
        page.keyboard.press("Tab")
        stop = page.evaluate(_STOP)
        if stop is None or stop["seen"]:
            return found
        if stop["look"] in known:
            continue
        known.add(stop["look"])
        found += invisible(page, blank, stop)


@pytest.mark.parametrize("theme", screens.THEMES)
def test_a_toast_is_a_visible_stop(browser: Browser, scene: Scene, theme: str) -> None:
    hub, (_, admin, *_), _ = scene
    context = screens.visit(browser, hub, admin, theme, 1440)
    page, blank = context.new_page(), context.new_page()
    screens.show(page, "/account")
    page.get_by_role("button", name="Save", exact=True).click()
    toast = page.locator("[data-sonner-toast]")
    toast.hover()  # so that it stays
    page.keyboard.press("Alt+T")
    page.keyboard.press("Tab")
    expect(toast).to_be_focused()
    found = invisible(page, blank, page.evaluate(_STOP))
    context.close()
    assert found == []


@pytest.mark.parametrize("theme", screens.THEMES)
def test_each_stop_is_visible(browser: Browser, scene: Scene, theme: str) -> None:
    hub, (_, admin, *_), samples = scene
    context = screens.visit(browser, hub, admin, theme, 1440)
    page, blank = context.new_page(), context.new_page()
    page.goto("/ping")
    known: set[str] = set()
    found: list[str] = []
    for place in admin.sees(screens.addresses(samples)):
        screens.show_anew(page, place, theme, 1440)
        found += [f"{place}: {what}" for what in invisible_stops(page, blank, known)]
    for place, button in samples.dialogs:
        screens.show_anew(page, place, theme, 1440)
        page.get_by_role("button", name=button).click()
        page.locator("[role=dialog], [role=alertdialog], dialog[open]").wait_for()
        screens.wait_until_still(page)
        found += [f"{button}: {what}" for what in invisible_stops(page, blank, known)]
    context.close()
    assert len(known) > 200
    assert found == []
