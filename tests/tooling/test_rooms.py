"""The rules of import, each with an import that breaks it and one that does not."""

from itertools import pairwise

import pytest

from tools.rooms import circle, objection


@pytest.mark.parametrize(
    ("importer", "imported", "rule"),
    [
        ("hub_app.kernel.db", "hub_app.webhooks.service", "the kernel knows no capability"),
        ("hub_app.kernel.db", "hub_app.web", "only the wiring imports the wiring"),
        ("hub_app.crm.service.sync", "hub_app.webhooks.tables", "only through its service"),
        ("hub_app.crm.api", "hub_app.webhooks.api", "only through its service"),
        ("hub_app.crm.api", "hub_app.crm.tables", "api does not import tables"),
        ("hub_app.crm.pages.list", "hub_app.crm.service.sync", "pages does not import service"),
        ("hub_app.crm.state", "hub_app.crm.tables", "state does not import tables"),
        ("hub_app.crm.service", "hub_app.crm.api", "service does not import api"),
        ("hub_app.crm.lanes", "hub_app.crm.worker", "lanes does not import worker"),
        ("hub_app.crm.service", "hub_app.ui.theme", "only state and pages import the design system"),
        ("hub_app.crm.service", "reflex.state", "import reflex"),
        ("hub_app.rest", "hub_app.crm.api", "by listing folders"),
        ("hub_app.demo", "hub_app.crm.tables", "by listing folders"),
        ("hub_app.apiclient.client", "hub_app.crm.service", "apiclient knows the kernel"),
        ("hub_app.kernel.outbound", "hub_app.apiclient.client", "only capabilities call"),
        ("hub_app.ui.guard", "hub_app.apiclient.client", "only capabilities call"),
        ("hub_app.crm.service", "hub_app.crm.capability", "do not know that they are brought along"),
        ("hub_app.crm.delivery.store", "hub_app.crm.service", "delivery does not import service"),
        ("hub_app.crm.providers.tave", "hub_app.crm.service", "a provider knows apiclient"),
        ("hub_app.crm.providers.tave", "hub_app.kernel.db", "a provider knows apiclient"),
        ("hub_app.crm.providers.tave", "hub_app.psa.providers", "a provider knows apiclient"),
        ("hub_app.crm.service.sync", "hub_app.crm.providers.tave", "by listing their folder"),
        ("hub_app.bindings.service", "hub_app.crm.providers.tave", "by listing their folder"),
    ],
)
def test_broken_rules_are_named(importer: str, imported: str, rule: str) -> None:
    assert rule in (objection(importer, imported) or "")


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("hub_app.crm.service", "hub_app.webhooks.service.events"),
        ("hub_app.crm.service", "hub_app.webhooks.schemas"),
        ("hub_app.crm.service", "hub_app.apiclient.client"),
        ("hub_app.apiclient.client", "hub_app.kernel.outbound"),
        ("hub_app.crm.capability", "hub_app.crm.pages"),
        ("hub_app.demo", "hub_app.identity.service.tenants"),
        ("hub_app.crm.service", "hub_app.crm.tables"),
        ("hub_app.crm.pages", "hub_app.crm.state"),
        ("hub_app.crm.state", "hub_app.ui.session"),
        ("hub_app.crm.state", "reflex"),
        ("hub_app.ui.session", "hub_app.identity.service"),
        ("hub_app.rest", "hub_app.problems"),
        ("hub_app.kernel.db", "sqlalchemy"),
        ("hub_app.crm.providers.tave", "hub_app.apiclient.client"),
        ("hub_app.crm.providers.tave", "hub_app.kernel.errors"),
        ("hub_app.crm.providers.tave", "hub_app.crm.provider"),
        ("hub_app.crm.providers.tave", "hub_app.sync.provider"),
        ("hub_app.crm.providers.tave", "hub_app.crm.providers.pages"),
        ("hub_app.crm.service.sync", "hub_app.crm.providers"),
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
