"""A lost connection: a bar says so and covers no control; what was typed is there when it is back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.interrupted import CUTTABLE
from tests.people import People, Person

Enter = Callable[[Person], None]
# The controls that can be seen and that the bar lies upon.
_COVERED = """() => {
  const bar = document.querySelector('.hub-offline').getBoundingClientRect();
  const seen = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  return [...document.querySelectorAll('a, button, input, select, textarea')]
    .filter(element => !element.closest('.hub-offline') && seen(element))
    .filter(element => {
      const box = element.getBoundingClientRect();
      return box.top < bar.bottom && box.bottom > bar.top && box.width > 0;
    })
    .map(element => element.outerHTML.slice(0, 120));
}"""


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1440, 600), (390, 700)])
def test_the_bar_covers_no_control(
    page: Page, enter: Enter, people: People, console_errors: list[str], width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.add_init_script(CUTTABLE)
    enter(people.alice)
    page.goto("/developers/tokens")
    page.get_by_role("button", name="Create token").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Order system")
    page.evaluate("cut(true)")
    bar = page.locator(".hub-offline")
    expect(bar).to_contain_text("Connection lost. What you typed is kept.")
    expect(bar).to_have_css("opacity", "1")
    page.wait_for_function("document.querySelector('.hub-frame').getBoundingClientRect().top > 0")
    box = bar.bounding_box()
    assert box is not None
    assert box["height"] <= 40
    assert page.evaluate("document.querySelector('.hub-offline').scrollWidth") <= width
    assert page.evaluate(_COVERED) == []
    page.evaluate("cut(false)")
    expect(bar).to_have_count(0, timeout=30_000)
    expect(dialog.get_by_label("Name")).to_have_value("Order system")
    console_errors.clear()
