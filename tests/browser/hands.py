"""Someone who works without a mouse."""

from playwright.sync_api import Locator, Page

_MOST_STOPS = 150
_IS_FOCUSED = "element => element === document.activeElement"

# From here it could come after Hub's answer, and be a press of its own.
_PRESSED_AGAIN = "it => it.addEventListener('click', () => setTimeout(() => it.click()), {once: true})"


class Hands:
    """Goes where Tab leads, and presses keys there. `press_twice` needs the watch of tests/browser/test_tasks.py in the page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, target: Locator) -> None:
        """Go there with the Tab key."""
        target.wait_for()
        stops: list[str] = []
        for _ in range(_MOST_STOPS):
            if target.evaluate(_IS_FOCUSED):
                return
            self.page.keyboard.press("Tab")
            stops.append(self.page.evaluate("document.activeElement?.outerHTML.slice(0, 90)"))
        raise AssertionError(f"{target} cannot be reached: {stops}")

    def press(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Enter")

    def press_twice(self, target: Locator) -> None:
        """What Hub says of it is said before it can know of it; the second time, at once, does nothing."""
        self.reach(target)
        self.page.evaluate("seen.length = 0")
        target.evaluate(_PRESSED_AGAIN)
        self.page.keyboard.press("Enter")
        # What was chosen before may be answered before it is pressed.
        self.page.wait_for_function("seen.lastIndexOf('answered') > seen.indexOf('pressed')")
        order = self.page.evaluate("seen.slice(seen.indexOf('pressed'))")
        assert "shown" in order[: order.index("answered")], order

    def enter(self, target: Locator, text: str) -> None:
        self.reach(target)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def choose(self, target: Locator, first_letters: str) -> None:
        """Choose from a list by the first letters of what it says."""
        self.reach(target)
        self.page.keyboard.type(first_letters)
