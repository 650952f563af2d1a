"""Browser profiles that are used again: a new one loads and compiles all scripts of the screens anew, two seconds of
work, and a used one with nothing left in it does not.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page

NewContext = Callable[[], BrowserContext]


class Profile:
    """A browser context, and a page of Hub's origin that stays open: it can reach what pages stored, and keeps the
    process alive that has compiled the scripts.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.context: BrowserContext = browser.new_context(
            base_url=url, viewport={"width": 1440, "height": 900}
        )
        self._stays: Page = self.context.new_page()
        self._stays.goto("/ping")

    def clear(self) -> None:
        """As new: no tabs, cookies, storage or permissions."""
        for page in self.context.pages:
            if page is not self._stays:
                page.close()
        self.context.clear_cookies()
        self.context.clear_permissions()
        self._stays.evaluate("localStorage.clear()")


class Profiles:
    """The profiles of a browser for one Hub."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._free: list[Profile] = []

    @contextmanager
    def lent(self) -> Generator[NewContext]:
        """Call it for a profile; those that it gave are cleared and free again after the block."""
        taken: list[Profile] = []

        def lend() -> BrowserContext:
            taken.append(self._free.pop() if self._free else Profile(self._browser, self._url))
            return taken[-1].context

        yield lend
        for profile in taken:
            profile.clear()
        self._free += reversed(taken)
