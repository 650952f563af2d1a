"""The lists of Táve's API. They take no time to read from, so they are read newest first."""

from functools import partial

from hub_app.apiclient.declarations import Pagination
from hub_app.crm.providers.tave import documents
from hub_app.sync.provider.declared import Beside, Custom, Lookup, RestResource, Writing
from hub_app.sync.provider.source import Draft, Resource, SourceField

_PAGES = Pagination(type="page", items="items", size_parameter="pageSize", size=100)
_WHOLE = Pagination(type="none", items="items")
_NEWEST = {"sortBy": "modified desc"}
_CONTACTS = Beside(
    path="/job-contact",
    by="jobId",
    value=lambda row: row["contactId"] if row.get("client") else None,
    pagination=_PAGES,
    narrowed="jobId",
)
_EVENT_TYPES = Beside(path="/event-type", by="id", value=lambda row: row.get("name"), pagination=_PAGES)
_STUDIO = Beside(
    path="/studio/me", by="id", value=lambda row: row.get("currencyCode"), pagination=Pagination()
)


def _fields(readable: str, writable: str = "") -> list[SourceField]:
    """Each by its name, with its type after a colon where it is no text."""
    found: list[SourceField] = []
    for text in (*writable.split(), *readable.split()):
        name, _, kind = text.partition(":")
        label = "".join(f" {one.lower()}" if one.isupper() else one for one in name).capitalize()
        found.append(SourceField(name, label, kind or "text", writable=text in writable.split()))
    return found


def _custom(applies: str) -> Custom:
    return Custom(
        path="/custom-field",
        pagination=_WHOLE,
        as_field=documents.custom_field,
        query={"canApplyTo": applies},
    )


def _by_reference(draft: Draft) -> dict[str, str] | None:
    return {"externalMappingId": draft.reference} if draft.reference else None


def _newest(draft: Draft) -> dict[str, str] | None:
    """Contacts cannot be asked for by their mappings: one that was just made is among the newest."""
    return {"sortBy": "created desc"} if draft.reference else None


def _by_email(draft: Draft) -> dict[str, str] | None:
    email = draft.values.get("email")
    return {"email": email} if isinstance(email, str) and email else None


_CLIENTS = RestResource(
    resource=Resource(
        name="clients",
        order="newest_first",
        gets=True,
        writes=True,
        tells_gone=True,
        fields=_fields(
            "name kind addressText:multiline people:people previousClient:boolean totalRevenue:money"
            " created:datetime",
            writable="firstName lastName email:email secondaryEmail:email cellPhone:phone homePhone:phone workPhone:phone"
            " companyName jobTitle birthdate:date anyPhone:phone company",
        ),
    ),
    path="/address-book",
    one="/address-book/{id}",
    pagination=_PAGES,
    modified="modified",
    gone="hidden",
    total="meta.totalItems",
    query={**_NEWEST, "includeHidden": "true"},
    leaves_out=documents.other_kind,
    prepare=documents.client,
    custom=_custom("contact"),
    writing=Writing(
        made=partial(documents.made, {"kind": "person"}),
        changed=documents.changed,
        refers=documents.is_ours,
        lookups=(Lookup(_newest, documents.is_ours), Lookup(_by_email, documents.has_email)),
    ),
)
_PROJECTS = RestResource(
    resource=Resource(
        name="projects",
        order="newest_first",
        gets=True,
        writes=True,
        fields=_fields(
            "displayName clientId clientIds:list status jobTypeName leadSourceName leadStatusName currency"
            " totalRevenue:money accountBalance:money",
            writable="name eventDate:date bookingDate:date inquiryDate:date guestCount:number leadNotes:multiline",
        ),
    ),
    path="/job",
    one="/job/{id}",
    pagination=_PAGES,
    modified="modified",
    total="meta.totalItems",
    query={**_NEWEST, "includeClosed": "true"},
    prepare=documents.project,
    beside={"contacts": _CONTACTS, "studio": _STUDIO},
    custom=_custom("job"),
    writing=Writing(
        made=partial(documents.made, {"stage": "lead"}),
        changed=documents.changed,
        refers=documents.is_ours,
        lookups=(Lookup(_by_reference, documents.is_ours),),
    ),
)
_INVOICES = RestResource(
    resource=Resource(
        name="invoices",
        order="newest_first",
        gets=True,
        fields=_fields(
            "number recipientId jobId status bookedOn:date dueDate:date total:money balance:money paid:money currency"
        ),
    ),
    path="/order",
    one="/order/{id}",
    pagination=_PAGES,
    modified="modified",
    total="meta.totalItems",
    query=_NEWEST,
    prepare=documents.invoice,
    beside={"studio": _STUDIO},
)
_EVENTS = RestResource(
    resource=Resource(
        name="events",
        order="newest_first",
        gets=True,
        tells_gone=True,
        fields=_fields("name jobId typeName start:datetime end:datetime place channel confirmed:boolean"),
    ),
    path="/event",
    one="/event/{id}",
    pagination=_PAGES,
    modified="modified",
    gone="hidden",
    total="meta.totalItems",
    query={**_NEWEST, "includeHidden": "true"},
    prepare=documents.event,
    beside={"types": _EVENT_TYPES},
)


RESOURCES = (_CLIENTS, _PROJECTS, _INVOICES, _EVENTS)
