"""Hub starts on a port of its own, and its screens come alive there."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page, WebSocket, expect

from tests.running import Hub


def test_first_screen_loads_and_its_websocket_connects(page: Page, hub: Hub) -> None:
    sockets: list[WebSocket] = []
    frames: list[str | bytes] = []
    hosts: set[str] = set()

    def watch(socket: WebSocket) -> None:
        sockets.append(socket)
        socket.on("framereceived", lambda frame: frames.append(frame))  # noqa: PLW0108 - Playwright marks the function

    page.on("websocket", watch)
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto("/")
    # Where it leads depends on whether someone has an account yet.
    expect(page).to_have_title(re.compile(r"Hub$"))
    page.wait_for_timeout(1000)
    own = urlsplit(hub.url).netloc
    assert hosts == {own}
    assert [urlsplit(s.url).netloc for s in sockets] == [own]
    assert any("delta" in str(frame) for frame in frames)


def test_an_unknown_address_is_answered_as_one(page: Page, console_errors: list[str]) -> None:
    frames: list[str | bytes] = []

    def watch(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: frames.append(frame))  # noqa: PLW0108 - Playwright marks the function

    page.on("websocket", watch)
    page.goto("/no/such?page=1")
    for _ in range(600):
        if any("delta" in str(frame) for frame in frames):
            break
        page.wait_for_timeout(50)
    else:
        raise AssertionError("Hub's states never came.")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    expect(page.locator("[data-sonner-toast]")).to_have_count(0)
    # The browser's own, of the page's status.
    console_errors.clear()
