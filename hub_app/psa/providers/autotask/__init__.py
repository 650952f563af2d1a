"""Autotask PSA, by its REST API (https://autotask.net/help/developerhelp/Content/APIs/REST/REST_API_Home.htm)."""

from hub_app.apiclient.quota import rates
from hub_app.psa.provider import Asked, Capabilities, NoteKind, Provider
from hub_app.psa.providers.autotask.client import connect
from hub_app.psa.providers.autotask.zone import HOSTS

PROVIDER = Provider(
    id="autotask",
    name="Autotask",
    description="Autotask PSA by Datto, with an API user of yours.",
    rank=2,
    fields=(
        Asked(
            "site_url",
            "Site",
            "Where Hub asks which zone your account is in. Leave it as it is.",
            default="webservices.autotask.net",
            placeholder="webservices.autotask.net",
        ),
        Asked("username", "API user name", "Of a resource with the security level API User.", longest=100),
        Asked("secret", "API secret", "Of the same resource.", secret=True),
        Asked(
            "integration_code",
            "Tracking identifier",
            "The API user's integration code, as its page in Autotask shows it.",
            secret=True,
        ),
    ),
    hosts=HOSTS,
    rates=rates(per_hour=10_000),
    capabilities=Capabilities(
        note_kinds=(
            NoteKind("internal_analysis", "Internal note", "Seen by your team only.", internal=True),
            NoteKind("description", "Note for everyone", "Seen by the customer in the client portal."),
        ),
        statuses_by_board=False,
    ),
    connect=connect,
    board_word="Queue",
)
