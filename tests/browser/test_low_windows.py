"""In a low window and on a phone nothing is cut off: what scrolls keeps some height, and every control can be reached."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import screens
from tests.screens import Scene

_OPEN = "[role=dialog], [role=alertdialog], dialog[open]"
# What is wrong on a page, or in the dialog over it. One line of code is as high as it is: only what scrolls downward counts.
_WRONG = """() => {
    const wrong = []
    const place = document.querySelector('[role=dialog], [role=alertdialog], dialog[open]') ?? document
    const name = one => `${one.tagName.toLowerCase()}.${one.className} ${(one.ariaLabel ?? one.textContent).trim().slice(0, 40)}`
    const cuts = one => !one.closest('.hub-truncate, .hub-hidden, svg, select, input, textarea, .recharts-wrapper')
        && getComputedStyle(one).clipPath !== 'inset(50%)'  // Only for who does not see.
        && getComputedStyle(one).overflowY !== 'visible' && one.scrollHeight > one.clientHeight + 1
    for (const one of place.querySelectorAll('*')) {
        if (one === document.documentElement || one === document.body || !one.checkVisibility() || !cuts(one)) continue
        if (getComputedStyle(one).overflowY === 'hidden') wrong.push(`cut off: ${name(one)}`)
        else if (one.clientHeight < 120) wrong.push(`${one.clientHeight} px high: ${name(one)}`)
    }
    const covered = one => {
        const box = one.getClientRects()[0]
        const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
        return !hit || !(one.contains(hit) || hit.closest('label')?.contains(one))
    }
    const controls = [...place.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
        .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.closest('.hub-skip, .hub-hidden, [inert], [disabled]'))
    for (const one of controls.filter(one => one.closest('.hub-dialog-foot, .hub-dialog-cross, .hub-drawer-head')))
        if (covered(one)) wrong.push(`not in view: ${name(one)}`)
    for (const one of controls) {
        one.scrollIntoView({block: 'nearest', behavior: 'instant'})
        if (covered(one)) wrong.push(`out of reach: ${name(one)}`)
    }
    return wrong
}"""


@pytest.fixture(scope="module")
def tab(browser: Browser, scene: Scene) -> Generator[Page]:
    hub, (_, admin, *_), _ = scene
    context = screens.visit(browser, hub, admin, "light", 1440)
    page = context.new_page()
    page.goto("/ping")
    yield page
    context.close()


def wrong(page: Page, place: str) -> list[str]:
    """What is wrong in both windows with what is shown."""
    found: list[str] = []
    for width, height in screens.LOW.items():
        screens.turn(page, "light", width, height)
        found += [f"{place}, {width}x{height}: {what}" for what in page.evaluate(_WRONG)]
    return found


def test_pages_and_drawers(tab: Page, scene: Scene) -> None:
    _, (_, admin, *_), samples = scene
    found: list[str] = []
    drawers = 0
    for place in admin.sees(screens.addresses(samples)):
        screens.show_anew(tab, place, "light", 1440)
        drawers += tab.locator(".hub-drawer").count()
        found += wrong(tab, place)
    assert drawers > 0
    assert not found, "\n".join(found)


def test_dialogs(tab: Page, scene: Scene) -> None:
    *_, samples = scene
    found: list[str] = []
    for place, button in samples.dialogs:
        screens.show_anew(tab, place, "light", 1440)
        tab.get_by_role("button", name=button).click()
        tab.locator(_OPEN).wait_for()
        found += wrong(tab, f"{place} {button}")
    assert found == []


def test_the_longest_name_keeps_a_dialogs_buttons_in_view(tab: Page, scene: Scene) -> None:
    *_, samples = scene
    place = next(place for place, button in samples.dialogs if button == "Delete endpoint")
    screens.show_anew(tab, place, "light", 1440)
    screens.turn(tab, "light", 390, 700)
    tab.get_by_role("button", name="Delete endpoint").click()
    buttons = tab.locator(".hub-dialog-foot .hub-button")
    buttons.last.evaluate(
        "button => { button.lastElementChild.textContent = 'Delete ' + 'Warehouse '.repeat(20) }"
    )
    assert buttons.count() == 2
    for button in buttons.all():
        expect(button).to_be_in_viewport(ratio=1)


_LONG_MENU = """opener => {
    const entries = document.querySelector(`#${opener.getAttribute('popovertarget')} [role=menu]`)
    for (let count = 0; count < 20; count++) entries.append(entries.lastElementChild.cloneNode(true))
}"""


@pytest.mark.parametrize("place", ["5%", "40%", "60%", "90%"])
def test_a_long_menu_has_its_end_in_the_window(tab: Page, place: str) -> None:
    screens.show_anew(tab, "/", "light", 1440)
    screens.turn(tab, "light", 1440, 600)
    opener = tab.get_by_role("button", name="Switch tenant")
    opener.evaluate(_LONG_MENU)
    opener.evaluate(
        "(opener, top) => Object.assign(opener.style, {position: 'fixed', top, width: '200px'})", place
    )
    opener.click()
    menu = tab.get_by_role("menu", name="Tenants")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    tab.keyboard.press("End")
    expect(menu.get_by_role("menuitem").last).to_be_focused()
    expect(menu.get_by_role("menuitem").last).to_be_in_viewport(ratio=1)
    assert tab.locator("#hub-tenants").evaluate("menu => menu.clientHeight") >= 120


def test_suggestions_open_in_view_of_a_dialog(tab: Page) -> None:
    screens.show_anew(tab, "/webhooks/endpoints", "light", 1440)
    screens.turn(tab, "light", 390, 420)
    tab.get_by_role("button", name="Add endpoint").click()
    field = tab.get_by_role("combobox").first
    field.evaluate("field => field.scrollIntoView({block: 'end'})")
    field.focus()
    suggestions = tab.get_by_role("listbox", name="Suggestions")
    # Many of them scroll within their list.
    expect(suggestions).to_be_in_viewport(ratio=1)
