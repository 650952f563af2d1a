"""The objects that are read from HubSpot, and what of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import JsonValue

from hub_app.crm.providers.hubspot import documents
from hub_app.sync.provider.source import Payload, Resource, SourceField

# A search finds what has changed some seconds later, in busy hours minutes.
_LATENESS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of object. `changed` is the property that has the time of its last change, `title` the one by which an object is looked for
    before it is made. `related` are objects whose ids `prepare` gets, of those that are associated with it.
    """

    resource: Resource
    path: str
    changed: str
    title: str
    properties: Sequence[str]
    prepare: Callable[[dict[str, JsonValue], Sequence[str]], Payload]
    related: str = ""


def _fields(*given: tuple[str, str, str]) -> list[SourceField]:
    return [SourceField(path, label, kind) for path, label, kind in given]


CONTACTS = Kind(
    resource=Resource(
        name="clients",
        filters=True,
        lateness=_LATENESS,
        gets=True,
        writes=True,
        fields=_fields(
            ("name", "Name", "text"),
            ("anyPhone", "Phone or mobile", "phone"),
            ("addressText", "Address", "multiline"),
            ("people", "People", "people"),
        ),
    ),
    path="contacts",
    changed="lastmodifieddate",
    title="email",
    properties=(
        *(
            "firstname",
            "lastname",
            "email",
            "hs_additional_emails",
            "phone",
            "mobilephone",
            "company",
            "jobtitle",
        ),
        *(
            "address",
            "city",
            "state",
            "zip",
            "country",
            "lifecyclestage",
            "hs_lead_status",
            "hs_analytics_source",
        ),
        "createdate",
    ),
    prepare=documents.contact,
)
DEALS = Kind(
    resource=Resource(
        name="projects",
        filters=True,
        lateness=_LATENESS,
        gets=True,
        writes=True,
        fields=_fields(("clientId", "Contact", "text"), ("clientIds", "Contacts", "list")),
    ),
    path="deals",
    changed="hs_lastmodifieddate",
    title="dealname",
    properties=(
        *(
            "dealname",
            "amount",
            "deal_currency_code",
            "closedate",
            "dealstage",
            "pipeline",
            "dealtype",
            "description",
        ),
        "createdate",
    ),
    prepare=documents.deal,
    related="contacts",
)
KINDS = (CONTACTS, DEALS)
