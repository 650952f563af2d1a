"""`make screens`: a picture of every screen in `build/screens/`, with what axe finds and what the console says.

Every registered page is taken as customer admin and as viewer, light and dark, wide and on a phone.
`index.html` shows them all. A page with a parameter is taken when `PARAMETERS` has a value for it.
"""

import html
import itertools
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from playwright.sync_api import TimeoutError as NotInTime

from hub_app.build import ROOT, WEB
from tests import beside, people, running
from tools import browser as browsers

FOLDER = ROOT / "build" / "screens"
THEMES = ("light", "dark")
WIDTHS = {1440: 900, 390: 844}
PARAMETERS = {"invitation": "unknown"}
# Ready: nothing is loading any more. A live screen keeps its websocket, which does not count.
_SKELETON = ".rt-Skeleton"
_PATIENCE_MS = 5_000


@dataclass(frozen=True)
class Visitor:
    """Who looks: a name for the folder, and the session cookie, empty for nobody."""

    name: str
    cookie: str


@dataclass
class Picture:
    """One screen as one visitor saw it."""

    path: Path
    route: str
    visitor: str
    findings: list[str] = field(default_factory=list[str])


async def seed() -> list[Visitor]:
    """Put the example data into the connected database; who shall look at it."""
    seeded = await people.seed()
    return [
        Visitor("nobody", ""),
        Visitor("admin", await people.cookie(seeded.adam)),
        Visitor("viewer", await people.cookie(seeded.vera)),
    ]


def routes() -> list[str]:
    """The addresses of all pages of the finished build, parameters filled in where a value is known."""
    found: list[str] = json.loads((WEB / "routes.json").read_text())
    filled = (re.sub(r"\[(\w+)\]", lambda m: PARAMETERS.get(m[1], m[0]), route) for route in found)
    return sorted({f"/{route.strip('/')}".replace("/index", "/") for route in filled if "[" not in route})


def take(hub: running.Hub, visitors: list[Visitor]) -> Iterator[Picture]:
    """Take every picture, one after the other."""
    with sync_playwright() as playwright:
        browser = browsers.launch(playwright)
        for visitor, theme, width in itertools.product(visitors, THEMES, WIDTHS):
            context = _open(browser, hub, visitor, theme, width)
            for route in routes():
                yield _take_one(context, visitor, route, f"{theme}-{width}")
            context.close()
        browser.close()


def _open(browser: Browser, hub: running.Hub, visitor: Visitor, theme: str, width: int) -> BrowserContext:
    context = browser.new_context(
        base_url=hub.url,
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    if visitor.cookie:
        context.add_cookies([{"name": "hub_session", "value": visitor.cookie, "url": hub.url}])
    return context


def _take_one(context: BrowserContext, visitor: Visitor, route: str, kind: str) -> Picture:
    name = route.strip("/").replace("/", "-") or "start"
    picture = Picture(FOLDER / visitor.name / f"{name}-{kind}.png", route, visitor.name)
    page = context.new_page()
    if route != "/404":  # there the browser reports the page's own status
        page.on(
            "console", lambda m: picture.findings.append(f"console: {m.text}") if m.type == "error" else None
        )
    page.on("pageerror", lambda error: picture.findings.append(f"script: {error}"))
    page.goto(route, wait_until="networkidle")
    try:
        page.wait_for_function(f"!document.querySelector('{_SKELETON}')", timeout=_PATIENCE_MS)
    except NotInTime:
        picture.findings.append("still loading after 5 seconds")
    page.screenshot(path=picture.path, full_page=True)
    for violation in Axe().run(page).response["violations"]:
        where = ", ".join(" ".join(node["target"]) for node in violation["nodes"][:3])
        picture.findings.append(f"axe {violation['impact']}: {violation['id']} at {where}")
    page.close()
    return picture


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
    with tempfile.TemporaryDirectory(prefix="hub-screens-") as data:
        visitors = beside.in_database(Path(data), seed)
        with running.hub(Path(data)) as hub:
            pictures = list(take(hub, visitors))
    (FOLDER / "index.html").write_text(contact_sheet(pictures))
    for picture in pictures:
        for finding in picture.findings:
            print(f"{picture.path.relative_to(FOLDER)}: {finding}")
    print(f"{len(pictures)} pictures: {(FOLDER / 'index.html').relative_to(ROOT)}")


if __name__ == "__main__":
    main()
