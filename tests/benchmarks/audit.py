"""The audit log's page at 100,000 entries: how long each of its filters takes in a browser, from the choice to what it shows."""

import os
import tempfile
from pathlib import Path
from unittest import mock

from playwright.sync_api import Page, sync_playwright
from sqlmodel import select

from hub_app.identity.tables import Tenant
from hub_app.kernel import db
from tests import other_process, people, running
from tests.large.filling import Filling, fill
from tools import browser as browsers

ENTRIES = 100_000
ACTS = 40
ROUNDS = 5
_FILTERS = {"Person": [1, 2, 0], "Action": [1, ACTS, 0], "Time": [1, 0]}
"""By the filter's name: the choices, one after the other. Each shows other rows than the one before."""
_SHAPES = {
    "audit_entry": {
        "action": f"'bench.act_' || (n % {ACTS})",
        "sequence": "n + 1000000",
        "via": "'browser'",
        "actor_id": "one of twenty",
    },
}
# The page counts as changed when its rows are other ones, and as done when nothing has changed for a tenth of a second.
_WATCH = """() => {
    window.changed = 0
    new MutationObserver(() => { window.changed = performance.now() })
        .observe(document.querySelector('main'), {subtree: true, childList: true, characterData: true})
}"""
_STILL = "window.changed && performance.now() - window.changed > 100"


def measure(database_url: str) -> list[float]:
    """Milliseconds of each choice, slowest last."""
    settings = {
        "DATABASE_URL": database_url,
        "LOG_LEVEL": "WARNING",
        "RATE_LIMIT_TIER_PRO_REQ_PER_MIN": "100000000",
    }
    with tempfile.TemporaryDirectory() as name, mock.patch.dict(os.environ, settings):
        folder = Path(name)
        cookie = other_process.in_database(folder, _fill)
        with running.hub(folder, **settings) as hub, sync_playwright() as playwright:
            browser = browsers.launch(playwright)
            context = browser.new_context(base_url=hub.url)
            context.add_cookies([{"name": running.session_cookie(hub.url), "value": cookie, "url": hub.url}])
            page = context.new_page()
            page.goto("/governance/audit")
            page.get_by_role("row").nth(1).wait_for()
            page.evaluate(_WATCH)
            took = [
                _choose(page, label, choice)
                for _ in range(ROUNDS)
                for label, choices in _FILTERS.items()
                for choice in choices
            ]
            browser.close()
    return sorted(took)


async def _fill() -> str:
    everyone = await people.seed()
    async with db.system("whose log is it?") as session:
        tenant_id = (await session.exec(select(Tenant.id).where(Tenant.name == "Acme"))).one()
    await fill(
        Filling(
            tenant_id=tenant_id, parents={}, rows=ENTRIES, only=frozenset({"audit_entry"}), shapes=_SHAPES
        )
    )
    return await people.cookie(everyone.adam)


def _choose(page: Page, label: str, choice: int) -> float:
    field = page.get_by_role("combobox", name=label)
    count = field.locator("option").count()
    began: float = page.evaluate("window.changed = 0, performance.now()")
    field.select_option(index=min(choice, count - 1))
    page.wait_for_function(_STILL)
    return page.evaluate("window.changed") - began
