"""`make screens`: a picture of every screen in `build/screens/`, with what axe finds and what the console says.

Every registered page is taken as customer admin and as viewer, light and dark, wide and on a phone, whole and as a low
window shows it. `index.html` shows them all. A page with a parameter is taken at the addresses that its capability's `samples` give for it (`tests/examples.py`).
"""

import html
import itertools
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from playwright.sync_api import TimeoutError as TimedOut

from hub_app.build import ROOT, WEB
from tests import examples, other_process, people, running
from tests.examples import Samples
from tools import browser as browsers

FOLDER = ROOT / "build" / "screens"
THEMES = ("light", "dark")
WIDTHS = {1440: 900, 390: 844}
AXE = tuple(zip(THEMES, WIDTHS, strict=True))
"""Where axe looks, which takes as long as three pictures: wide and light, narrow and dark."""
LOW = {1440: 600, 390: 700}
"""Windows in which little has room. A picture of a whole page does not show what happens in them."""
# Ready: the page has its heading and no skeleton any more, nothing in it has changed for a moment, and whatever fades or
# slides in has arrived (spinners never do): halfway, axe measures a contrast that nobody reads at.
_WATCH = """
    window.changed = performance.now();
    new MutationObserver(() => { window.changed = performance.now() })
        .observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
"""
_READY = """() => document.querySelector('h1') && !document.querySelector('.hub-skeleton')
    && performance.now() - window.changed > 200
    && !document.getAnimations().some(one => Number.isFinite(one.effect.getComputedTiming().endTime))"""
_UNREADY = """() => JSON.stringify({
    heading: document.querySelector('h1')?.textContent,
    skeletons: document.querySelectorAll('.hub-skeleton').length,
    quiet: Math.round(performance.now() - window.changed),
    moving: document.getAnimations().filter(one => Number.isFinite(one.effect.getComputedTiming().endTime))
        .map(one => one.effect.target?.outerHTML.slice(0, 120)),
    text: document.body.innerText.slice(0, 300),
})"""
# Colours that fade hold up a change of the theme for half a second of work, however short they are made: what inherits one
# fades after what it inherits from.
_AT_ONCE = "*, ::before, ::after { transition: none !important }"
_PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Visitor:
    """Who looks, and at what: a name for the folder, the session cookie, empty for nobody, and how addresses begin. Nobody
    would see the sign-in everywhere else.
    """

    name: str
    cookie: str
    under: str | tuple[str, ...] = "/"

    def sees(self, places: list[str]) -> list[str]:
        return [place for place in places if place.startswith(self.under)]


@dataclass
class Picture:
    """One screen as one visitor saw it."""

    path: Path
    route: str
    visitor: str
    findings: list[str] = field(default_factory=list[str])


def addresses(samples: Samples) -> list[str]:
    """Where all pages of the finished build are looked at. LookupError for a page with a parameter of which no sample knows."""
    routes: list[str] = json.loads((WEB / "routes.json").read_text())
    known = {"index": ["/"], **{route.strip("/"): places for route, places in samples.addresses.items()}}
    if missing := [route for route in routes if "[" in route and route not in known]:
        raise LookupError(f"No samples.py gives addresses for {', '.join(missing)}.")
    return sorted({place for route in routes for place in known.get(route, [f"/{route}"])})


Scene = tuple[running.Hub, list[Visitor], Samples]


@contextmanager
def scene() -> Iterator[Scene]:
    """A Hub with example data, who looks at it, and where."""
    with tempfile.TemporaryDirectory(prefix="hub-screens-") as folder, running.receiver() as receiver:
        data = Path(folder)
        everyone = other_process.in_database(data, people.seed)

        async def make() -> tuple[list[Visitor], Samples]:
            visitors = [
                Visitor("nobody", "", under=("/login", "/invite/", "/reset-password", "/404")),
                Visitor("admin", await people.cookie(everyone.adam)),
                Visitor("viewer", await people.cookie(everyone.vera)),
                Visitor("operator", await people.cookie(everyone.alice), under="/operator"),
            ]
            return visitors, await examples.make(everyone, receiver)

        with running.hub(data, **examples.SETTINGS) as hub:
            visitors, samples = other_process.in_database(data, make, **examples.SETTINGS)
            yield hub, visitors, samples


def take(hub: running.Hub, visitors: list[Visitor], places: list[str]) -> Iterator[Picture]:
    """Take every picture, one after the other."""
    with sync_playwright() as playwright:
        browser = browsers.launch(playwright)
        for visitor, width in itertools.product(visitors, WIDTHS):
            context = visit(browser, hub, visitor, "light", width)
            tab = Tab(context.new_page())
            for place in visitor.sees(places):
                yield from tab.take(visitor, place, width)
            context.close()
        browser.close()


def visit(browser: Browser, hub: running.Hub, visitor: Visitor, theme: str, width: int) -> BrowserContext:
    """A browser profile in which this visitor is signed in."""
    context = browser.new_context(
        base_url=hub.url,
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    context.add_init_script(_WATCH)
    if visitor.cookie:
        context.add_cookies(
            [{"name": running.session_cookie(hub.url), "value": visitor.cookie, "url": hub.url}]
        )
    return context


class Tab:
    """A tab that is used for one page after the other: a new one would load and compile all scripts again."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._heard: list[str] = []
        page.goto("/ping")
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._heard.append(f"script: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        # At /404 the browser reports the page's own status.
        if message.type == "error" and not self.page.url.endswith("/404"):
            self._heard.append(f"console: {message.text}")

    def take(self, visitor: Visitor, place: str, width: int) -> Iterator[Picture]:
        """The pictures of a page at this width: all of it, then what a low window shows, in each theme."""
        name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "id", place.strip("/")) or "start"
        name = re.sub(r"[^a-z0-9]+", "-", name)
        show_anew(self.page, place, "light", width)
        for theme, low in itertools.product(THEMES, (False, True)):
            size = f"{width}x{LOW[width]}" if low else f"{width}"
            turn(self.page, theme, width, LOW[width] if low else 0)
            picture = Picture(FOLDER / visitor.name / f"{name}-{theme}-{size}.png", name, visitor.name)
            self.page.screenshot(path=picture.path, full_page=not low)
            if (theme, width) in AXE and not low:
                picture.findings += [f"axe {impact}: {what}" for impact, what in complaints(self.page)]
            picture.findings += self._heard
            self._heard.clear()
            yield picture


def show(page: Page, place: str) -> None:
    """Open a page and wait until nothing of it is loading any more."""
    page.goto(place)
    wait_until_still(page)


def show_anew(page: Page, place: str, theme: str, width: int) -> None:
    """Open a page as in a new tab, in a tab that shows a page of Hub's."""
    page.evaluate("sessionStorage.clear()")
    resize(page, theme, width)
    show(page, place)
    page.add_style_tag(content=_AT_ONCE)


def wait_until_still(page: Page) -> None:
    """Wait until nothing of a page is loading or moving any more."""
    try:
        page.wait_for_function(_READY, timeout=_PATIENCE_MS)
    except TimedOut:
        raise AssertionError(f"{page.url} does not come to rest: {page.evaluate(_UNREADY)}") from None


def resize(page: Page, theme: str, width: int, height: int = 0) -> None:
    """Change the theme and the size of a page, as its window's system may do; its usual height where none is given."""
    page.set_viewport_size({"width": width, "height": height or WIDTHS[width]})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")


def turn(page: Page, theme: str, width: int, height: int = 0) -> None:
    """Change the theme and the size of a page that is shown, and wait until it has followed."""
    resize(page, theme, width, height)
    page.wait_for_function(f"document.documentElement.classList.contains('{theme}')")
    wait_until_still(page)


def complaints(page: Page) -> list[tuple[str, str]]:
    """What axe finds on a page: how grave, and what where."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate("axe.run({resultTypes: ['violations']}).then(found => found.violations)")
    found: list[tuple[str, str]] = []
    for violation in violations:
        where = ", ".join(" ".join(node["target"]) for node in violation["nodes"][:3])
        found.append((violation["impact"], f"{violation['id']} at {where}"))
    return found


def contact_sheet(pictures: list[Picture]) -> str:
    """An HTML page of all pictures with their findings, grouped by screen."""
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>Hub: screens</title>",
        "<style>body{font:14px system-ui;margin:24px}section{display:flex;flex-wrap:wrap;gap:16px}",
        "figure{margin:0;width:300px}img{width:100%;height:200px;object-fit:cover;object-position:top;",
        "border:1px solid #ccc}li{color:#a00}</style><h1>Screens</h1>",
    ]
    for route, group in itertools.groupby(sorted(pictures, key=lambda p: p.route), lambda p: p.route):
        parts.append(f"<h2>{html.escape(route)}</h2><section>")
        for picture in group:
            source = picture.path.relative_to(FOLDER).as_posix()
            items = "".join(f"<li>{html.escape(finding)}</li>" for finding in picture.findings)
            parts.append(
                f'<figure><a href="{source}"><img src="{source}" loading="lazy" alt="{source}"></a>'
                f"<figcaption>{source}<ul>{items}</ul></figcaption></figure>"
            )
        parts.append("</section>")
    return "".join(parts)


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with scene() as (hub, visitors, samples):
        pictures = list(take(hub, visitors, addresses(samples)))
    (FOLDER / "index.html").write_text(contact_sheet(pictures))
    for picture in pictures:
        for finding in picture.findings:
            print(f"{picture.path.relative_to(FOLDER)}: {finding}")
    print(f"{len(pictures)} pictures: {(FOLDER / 'index.html').relative_to(ROOT)}")


if __name__ == "__main__":
    main()
