"""Táve, now VSCO Workspace: its API, version 2."""

from hub_app.apiclient.call import Credential
from hub_app.crm.provider import Account, Asked, Capabilities, CsvPreset, Provider, default_mappings
from hub_app.crm.providers.tave.resources import RESOURCES
from hub_app.sync.provider.calls import Ready
from hub_app.sync.provider.rest import RestSource

_BASE = "https://workspace.vsco.co/api/v2"


def _credential(account: Account) -> Credential:
    key = account.secrets["api_key"]
    return Credential(headers={"X-API-KEY": key}, texts=(key,))


def _source(account: Account, ready: Ready) -> RestSource:
    return RestSource(
        account.settings.get("base_url") or _BASE, ready, RESOURCES, account=("/studio/me", "name")
    )


PROVIDER = Provider(
    id="tave",
    name="Táve (VSCO Workspace)",
    description="Studio management for photographers: contacts, jobs, orders and calendar.",
    auth_type="api_key",
    features=("clients", "projects", "invoices", "events"),
    capabilities=Capabilities(read=True, write=True, incremental=True, webhooks_in=True),
    popularity_rank=1,
    fields=(
        Asked(
            "api_key",
            "API key",
            "Settings, API in VSCO Workspace. To import, a read-only key is enough.",
            secret=True,
        ),
        Asked(
            "base_url",
            "Address",
            "Leave it as it is unless your studio has another one.",
            optional=True,
            default=_BASE,
        ),
    ),
    requests_per_minute=60,
    requests_per_hour=1000,
    limits=(
        "Records that were deleted there are found by a full import. Hidden ones are told at once.",
        "Invoices and events can be read, not changed.",
        "A job that Hub creates there has no contacts yet: add them in Táve.",
        "A change of a job's contacts alone is found by a full import.",
        "Its REST hooks tell of new contacts, jobs, booked orders and payments, and of no changes: a hook starts a sync.",
    ),
    mappings={
        "clients": default_mappings(
            "clients",
            {
                "name": "name",
                "first_name": "firstName",
                "last_name": "lastName",
                "email": "email",
                "phone": "anyPhone",
            }
            | {"people": "people", "company": "company", "address": "addressText", "value": "totalRevenue"},
            both=("first_name", "last_name", "email", "phone", "company"),
            scale=2,
        ),
        "projects": default_mappings(
            "projects",
            {"name": "displayName", "client": "clientId", "type": "jobTypeName", "status": "status"}
            | {"event_date": "eventDate", "booking_date": "bookingDate", "value": "totalRevenue"}
            | {
                "balance": "accountBalance",
                "currency": "currency",
                "lead_source": "leadSourceName",
                "notes": "leadNotes",
            },
            both=("event_date", "booking_date", "notes"),
            scale=2,
        ),
        "invoices": default_mappings(
            "invoices",
            {"number": "number", "client": "recipientId", "project": "jobId", "status": "status"}
            | {
                "issue_date": "bookedOn",
                "due_date": "dueDate",
                "value": "total",
                "paid": "paid",
                "currency": "currency",
            },
            scale=2,
        ),
        "events": default_mappings(
            "events",
            {
                "name": "name",
                "project": "jobId",
                "type": "typeName",
                "start": "start",
                "end": "end",
                "location": "place",
            },
        ),
    },
    presets=(
        CsvPreset(
            "clients",
            {
                "First": "first_name",
                "Last": "last_name",
                "Email": "email",
                "Phone": "phone",
                "Mobile": "mobile",
            }
            | {"Partner First": "partner_first_name", "Partner Last": "partner_last_name"}
            | {"Partner Email": "partner_email", "Event Date": "event_date", "Status": "status"}
            | {"Source": "lead_source", "Notes": "notes"},
        ),
    ),
    source=_source,
    credential=_credential,
)
