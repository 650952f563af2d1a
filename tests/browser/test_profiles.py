"""A browser profile that is used again is as good as a new one."""

from playwright.sync_api import Browser

from tests import running
from tests.browser.profiles import Profiles

_STATE = "navigator.permissions.query({name: 'clipboard-read'}).then(found => found.state)"


def test_a_profile_comes_back_empty(browser: Browser, hub: running.Hub) -> None:
    profiles = Profiles(browser, hub.url)
    with profiles.lent() as lend:
        first = lend()
        first.grant_permissions(["clipboard-read"])
        page = first.new_page()
        page.goto("/login")
        page.evaluate("() => { document.cookie = 'left=1'; localStorage.left = 1; sessionStorage.left = 1 }")
        assert page.evaluate(_STATE) == "granted"
        second = lend()
        assert second is not first
        assert second.cookies() == []
    with profiles.lent() as lend:
        again = lend()
        assert again is first
        assert page.is_closed()
        page = again.new_page()
        page.goto("/login")
        assert page.evaluate("document.cookie") == ""
        assert page.evaluate("[localStorage.left, sessionStorage.left]") == [None, None]
        assert page.evaluate(_STATE) != "granted"
        assert again.cookies() == []
    for profile in (first, second):
        profile.close()
