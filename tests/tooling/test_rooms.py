"""The rules of import: every pair of rooms as docs/architecture.md has it, and each other rule kept and broken."""

import re
from itertools import pairwise, product
from pathlib import Path

import pytest
from grimp import ImportGraph

from tools.rooms import ROOMS, circle, objection, pure_modules

_ROW = re.compile(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
_DOCUMENT = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text()
_CELLS = {room: (own, others) for room, own, others in _ROW.findall(_DOCUMENT)}
# Modules with other names than their rooms.
_NAMES = {"loose": "engine", "pure": "schedule", "delivery": "delivery.store"}
_PURE = {"hub_app.crm.schedule", "hub_app.psa.schedule"}
_PAIRS = list(product(_CELLS, _CELLS))


def _rooms(cell: str) -> set[str]:
    cell = cell.strip()
    if cell in {"nothing", "everything"}:
        return set(_CELLS) if cell == "everything" else set()
    return {name.strip("` ") for name in cell.split(",")}


def _module(capability: str, room: str) -> str:
    return f"hub_app.{capability}.{_NAMES.get(room, room)}"


@pytest.mark.parametrize("package", ["kernel", "ui", "apiclient"])
def test_the_document_names_every_module(package: str) -> None:
    section = _DOCUMENT.partition(f"## {'The kernel' if package == 'kernel' else package + '/'}\n")[
        2
    ].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)/?`", section))
    folder = Path(__file__).parents[2] / "hub_app" / package
    modules = {path.stem for path in folder.iterdir() if not path.stem.startswith("_")}
    assert modules - named == set()


def test_the_document_has_all_rooms() -> None:
    assert set(_CELLS) == set(ROOMS)


@pytest.mark.parametrize(("here", "there"), _PAIRS)
def test_rooms_know_of_their_own_what_the_document_says(here: str, there: str) -> None:
    allowed = here == there or there in _rooms(_CELLS[here][0])
    assert (objection(_module("crm", here), _module("crm", there), _PURE) is None) == allowed


@pytest.mark.parametrize(("here", "there"), _PAIRS)
def test_rooms_know_of_others_what_the_document_says(here: str, there: str) -> None:
    allowed = there in _rooms(_CELLS[here][1])
    assert (objection(_module("crm", here), _module("psa", there), _PURE) is None) == allowed


@pytest.mark.parametrize("here", ROOMS)
def test_only_screens_import_reflex_and_the_design_system(here: str) -> None:
    for imported in ("reflex", "reflex_base.vars", "hub_app.ui.theme"):
        assert (objection(_module("crm", here), imported, _PURE) is None) == (here in {"state", "pages"})


def test_pure_modules_are_found_by_what_they_reach() -> None:
    graph = ImportGraph()
    for importer, imported in (
        ("hub_app.crm.schedule", "hub_app.crm.weekdays"),
        ("hub_app.crm.schedule", "hub_app.kernel.clock"),
        ("hub_app.crm.schedule", "hub_app.apiclient.templates"),
        ("hub_app.crm.delivery.retry", "hub_app.crm.weekdays"),
        ("hub_app.crm.reader", "hub_app.crm.schemas"),
        ("hub_app.crm.sorting", "hub_app.crm.reader"),
        ("hub_app.crm.rows", "hub_app.kernel.db"),
        ("hub_app.crm.merging", "hub_app.crm.rows"),
        ("hub_app.crm.asking", "hub_app.kernel.outbound"),
        ("hub_app.kernel.outbound", "hub_app.kernel.dialling"),
        ("hub_app.crm.borrowed", "hub_app.psa.service"),
        ("hub_app.crm.schemas", "hub_app.crm.schedule"),
        ("hub_app.ui.words", "hub_app.kernel.clock"),
    ):
        graph.add_import(importer=importer, imported=imported)
    assert pure_modules(graph) == {
        "hub_app.crm.schedule",
        "hub_app.crm.weekdays",
        "hub_app.crm.delivery.retry",
    }


@pytest.mark.parametrize(
    ("importer", "imported", "rule"),
    [
        ("hub_app.kernel.db", "hub_app.webhooks.service", "the kernel knows no capability"),
        ("hub_app.kernel.db", "hub_app.ui.theme", "the kernel knows no capability and no screen"),
        ("hub_app.kernel.db", "hub_app.web", "only the wiring imports the wiring"),
        ("hub_app.crm.capability", "hub_app.web", "only the wiring imports the wiring"),
        ("hub_app.crm.service.sync", "hub_app.webhooks.tables", "only through its service"),
        ("hub_app.crm.pages.list", "hub_app.webhooks.service.events", "pages does not import another"),
        ("hub_app.ui.session", "hub_app.identity.tables", "only through its service"),
        ("hub_app.crm.api", "hub_app.crm.tables", "api does not import tables"),
        ("hub_app.crm.state.run", "hub_app.crm.engine", "state does not import loose"),
        ("hub_app.kernel.db", "reflex", "import reflex"),
        ("hub_app.web", "reflex", "import reflex"),
        ("hub_app.rest", "hub_app.crm.api", "by listing folders"),
        ("hub_app.rest", "hub_app.crm.service", "by listing folders"),
        ("hub_app.demo", "hub_app.crm.tables", "by listing folders"),
        ("hub_app.apiclient.client", "hub_app.crm.service", "apiclient knows the kernel"),
        ("hub_app.apiclient.client", "hub_app.ui.theme", "apiclient knows the kernel"),
        ("hub_app.kernel.outbound", "hub_app.apiclient.client", "only capabilities call"),
        ("hub_app.ui.guard", "hub_app.apiclient.client", "only capabilities call"),
        ("hub_app.crm.service", "hub_app.crm.capability", "do not know that they are brought along"),
        ("hub_app.crm.providers.tave", "hub_app.crm.service", "providers does not import service"),
        ("hub_app.crm.providers.tave", "hub_app.kernel.db", "a provider knows apiclient and kernel.errors"),
        ("hub_app.crm.providers.tave", "hub_app.psa.providers", "only through its service"),
        ("hub_app.crm.providers.tave", "hub_app.psa.provider", "only through its service"),
        ("hub_app.crm.service.sync", "hub_app.sync.provider", "only through its service"),
        ("hub_app.crm.provider", "hub_app.psa.provider", "only through its service"),
        ("hub_app.crm.service.sync", "hub_app.crm.providers.tave", "by listing their folder"),
        ("hub_app.crm.capability", "hub_app.crm.providers.tave", "by listing their folder"),
        ("hub_app.bindings.service", "hub_app.crm.providers.tave", "by listing their folder"),
    ],
)
def test_broken_rules_are_named(importer: str, imported: str, rule: str) -> None:
    assert rule in (objection(importer, imported) or "")


@pytest.mark.parametrize("module", ["statements", "batch", "direct", "dialling"])
@pytest.mark.parametrize(
    ("importer", "sql", "dials"),
    [
        ("hub_app.kernel.db", True, True),
        ("hub_app.webhooks.delivery", True, True),
        ("hub_app.webhooks.delivery.store", True, True),
        ("hub_app.webhooks.service.outbox", True, False),
        ("hub_app.webhooks.service.events", False, False),
        ("hub_app.webhooks.worker", False, False),
        ("hub_app.crm.delivery.store", False, False),
        ("hub_app.crm.service", False, False),
        ("hub_app.crm.providers.tave", False, False),
        ("hub_app.apiclient.client", False, False),
        ("hub_app.ui.guard", False, False),
        ("hub_app.lifespan", False, False),
        ("hub_app.demo", False, False),
    ],
)
def test_few_write_sql_past_sessions_or_dial(importer: str, module: str, *, sql: bool, dials: bool) -> None:
    allowed = dials if module == "dialling" else sql
    assert (objection(importer, f"hub_app.kernel.{module}") is None) == allowed


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("hub_app.crm.service", "hub_app.apiclient.client"),
        ("hub_app.apiclient.client", "hub_app.kernel.outbound"),
        ("hub_app.apiclient.client", "hub_app.apiclient.call"),
        ("hub_app.demo", "hub_app.identity.service.tenants"),
        ("hub_app.hub_app", "reflex"),
        ("hub_app.ui.session", "reflex"),
        ("hub_app.ui.session", "hub_app.ui.theme"),
        ("hub_app.ui.session", "hub_app.identity.service"),
        ("hub_app.rest", "hub_app.problems"),
        ("hub_app.web", "hub_app.ui.sockets"),
        ("hub_app.rest", "hub_app.kernel.db"),
        ("hub_app.kernel.db", "hub_app.kernel.tenancy"),
        ("hub_app.kernel.db", "sqlalchemy"),
        ("hub_app.crm.tables", "hub_app.kernel.tables"),
        ("hub_app.crm.providers.tave", "hub_app.apiclient.client"),
        ("hub_app.crm.providers.tave", "hub_app.kernel.errors"),
        ("hub_app.crm.providers.tave", "hub_app.sync.provider"),
        ("hub_app.crm.provider", "hub_app.sync.provider.source"),
        ("hub_app.crm.providers.tave", "hub_app.crm.providers.pages"),
    ],
)
def test_kept_rules(importer: str, imported: str) -> None:
    assert objection(importer, imported) is None


WAYS = [
    ("hub_app.plans.service.runs", "hub_app.connectors.service.lookup"),
    ("hub_app.connectors.service", "hub_app.oauth.service"),
    ("hub_app.connectors.pages", "hub_app.connectors.state"),
    ("hub_app.oauth.service", "hub_app.kernel.db"),
    ("hub_app.ui.session", "hub_app.identity.service"),
    ("hub_app.identity.pages", "hub_app.ui.shell"),
]


def test_one_way_between_capabilities_is_no_circle() -> None:
    assert circle(WAYS) == []


@pytest.mark.parametrize(
    ("back", "found"),
    [
        (("hub_app.connectors.service", "hub_app.plans.schemas"), {"connectors", "plans"}),
        (("hub_app.oauth.service", "hub_app.plans.service"), {"connectors", "plans", "oauth"}),
    ],
)
def test_capabilities_that_know_each_other_are_named(back: tuple[str, str], found: set[str]) -> None:
    circled = circle([*WAYS, back])
    assert circled[0] == circled[-1]
    assert set(circled) == found
    pairs = {(a.split(".")[1], b.split(".")[1]) for a, b in [*WAYS, back]}
    assert all(pair in pairs for pair in pairwise(circled))
