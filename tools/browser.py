"""A Chromium for the tests and pictures: the system's, else Playwright's own, else Debian's package.

The headless shell is the one without windows: the tests take a quarter less time with it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

_SHELL = "chromium-headless-shell"
_NAMES = (_SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_FLAGS = [
    "--no-sandbox",  # root has none to enter
    "--disable-gpu",
    # Nor does a test's browser talk to anyone on its own.
    "--disable-quic",
    "--disable-background-networking",
    # The tabs of a profile compile the scripts of the screens once.
    "--process-per-site",
]


class NoBrowser(RuntimeError):
    """No Chromium is here and none could be fetched; the message says what to install."""


def find(playwright: Playwright) -> str | None:
    """The path of a Chromium or Chrome on this machine."""
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    own = playwright.chromium.executable_path
    return next((str(p) for p in (Path(own), _MAC) if p.exists()), None)


def launch(playwright: Playwright) -> Browser:
    """Start a headless browser; NoBrowser when `make test` has found none."""
    path = find(playwright)
    if path is None:
        raise NoBrowser(
            "There is no browser. Run `make test`, which gets one, or install Chromium or Chrome."
        )
    return playwright.chromium.launch(executable_path=path, args=_FLAGS)


def ensure() -> str:
    """The path of a browser, fetched when there is none."""
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        attempts += [["apt-get", "update", "-qq"]]
        attempts += [["apt-get", "install", "-qq", "-y", package] for package in (_SHELL, "chromium")]
    with sync_playwright() as playwright:
        path = find(playwright)
        while path is None and attempts:
            command = attempts.pop(0)
            print(f"No browser yet: {' '.join(command[-3:])} …", flush=True)
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - the fixed commands above
            path = find(playwright)
    if path is None:
        raise NoBrowser(
            "The browser tests need Chromium or Chrome, and none could be fetched. Install one (on Debian and Ubuntu:"
            " apt-get install chromium), then run make test again."
        )
    return path


if __name__ == "__main__":
    try:
        ensure()
    except NoBrowser as error:
        raise SystemExit(str(error)) from None
