"""HoneyBook, through the API that its partners get. It is not published: what Hub asks for and expects can be changed at each connection."""

from collections.abc import Sequence

from hub_app.apiclient.call import Credential
from hub_app.apiclient.declarations import Pagination
from hub_app.crm.provider import Account, Asked, Capabilities, CsvPreset, Feature, Provider, default_mappings
from hub_app.sync.provider.calls import Ready
from hub_app.sync.provider.declared import RestResource
from hub_app.sync.provider.rest import RestSource
from hub_app.sync.provider.source import Resource, SourceField

_BASE = "https://api.honeybook.com"
_PATHS: dict[Feature, str] = {
    "clients": "/v1/contacts",
    "projects": "/v1/projects",
    "invoices": "/v1/invoices",
    "contracts": "/v1/contracts",
}
_PAGES = Pagination(
    type="cursor", parameter="cursor", next="next_cursor", items="data", size_parameter="limit", size=100
)
_FIELDS: dict[Feature, Sequence[str]] = {
    "clients": (
        *("first_name", "last_name", "email:email", "phone:phone", "company", "address:multiline"),
        *("notes:multiline", "tags:list", "lead_source", "created_at:datetime"),
    ),
    "projects": (
        *("name", "contact_id", "type", "stage", "event_date:date", "booked_at:datetime", "venue"),
        *("total:money", "balance:money", "currency", "lead_source", "notes:multiline"),
    ),
    "invoices": (
        *("number", "contact_id", "project_id", "status", "issued_on:date", "due_on:date"),
        *("total:money", "paid:money", "currency"),
    ),
    "contracts": ("name", "contact_id", "project_id", "status", "sent_at:datetime", "signed_at:datetime"),
}


def _path_key(feature: Feature) -> str:
    return f"{feature}_path"


def _resource(feature: Feature, path: str) -> RestResource:
    fields: list[SourceField] = []
    for text in _FIELDS[feature]:
        name, _, kind = text.partition(":")
        fields.append(SourceField(name, name.replace("_", " ").capitalize(), kind or "text"))
    return RestResource(
        # A filter that is ignored costs time, and loses nothing.
        resource=Resource(name=feature, filters=True, gets=True, tells_gone=True, fields=fields),
        path=path,
        one=f"{path}/{{id}}",
        pagination=_PAGES,
        modified="updated_at",
        gone="archived",
        total="total",
        since="updated_since",
    )


def _credential(account: Account) -> Credential:
    token = account.secrets["access_token"]
    return Credential(headers={"Authorization": f"Bearer {token}"}, texts=(token,))


def _source(account: Account, ready: Ready) -> RestSource:
    given = account.settings
    return RestSource(
        given.get("base_url") or _BASE,
        ready,
        [_resource(name, given.get(_path_key(name)) or path) for name, path in _PATHS.items()],
        account=(given.get("account_path") or "/v1/me", "company_name"),
    )


def _asked(key: str, label: str, default: str, text: str = "") -> Asked:
    return Asked(key, label, text, optional=True, default=default)


_ADDRESSES: list[Asked] = [
    _asked("base_url", "Address", _BASE, "HoneyBook tells its partners the addresses. Change what differs."),
    _asked("account_path", "Path of the account", "/v1/me"),
    *(_asked(_path_key(name), f"Path of {name}", path) for name, path in _PATHS.items()),
]

PROVIDER = Provider(
    id="honeybook",
    name="HoneyBook",
    description="Clients, projects, invoices and contracts for creative businesses.",
    auth_type="oauth2",
    oauth_app="honeybook",
    # Few have access to its API.
    other_ways=("file",),
    features=("clients", "projects", "invoices", "contracts"),
    capabilities=Capabilities(read=True, incremental=True, deletes=True),
    popularity_rank=2,
    fields=_ADDRESSES,
    requests_per_minute=120,
    requests_per_hour=2000,
    limits=(
        "HoneyBook must grant API access: it has no API that is open to everyone. Without it, connect its exported files.",
        "Nothing can be written there.",
    ),
    mappings={
        "clients": default_mappings(
            "clients",
            {"first_name": "first_name", "last_name": "last_name", "email": "email", "phone": "phone"}
            | {"company": "company", "address": "address", "notes": "notes", "tags": "tags"}
            | {"lead_source": "lead_source"},
        ),
        "projects": default_mappings(
            "projects",
            {"name": "name", "client": "contact_id", "type": "type", "status": "stage"}
            | {"event_date": "event_date", "booking_date": "booked_at", "venue": "venue", "value": "total"}
            | {"balance": "balance", "currency": "currency", "lead_source": "lead_source", "notes": "notes"},
        ),
        "invoices": default_mappings(
            "invoices",
            {"number": "number", "client": "contact_id", "project": "project_id", "status": "status"}
            | {"issue_date": "issued_on", "due_date": "due_on", "value": "total", "paid": "paid"}
            | {"currency": "currency"},
        ),
        "contracts": default_mappings(
            "contracts",
            {"name": "name", "client": "contact_id", "project": "project_id", "status": "status"}
            | {"sent_date": "sent_at", "signed_date": "signed_at"},
        ),
    },
    presets=(
        CsvPreset(
            "clients",
            {
                "First Name": "first_name",
                "Last Name": "last_name",
                "Client Name": "name",
                "Client Info": "people",
                "Email": "email",
            }
            | {"Phone": "phone", "Organization": "company", "Notes": "notes", "Address": "address"},
        ),
        CsvPreset(
            "projects",
            {
                "Project Name": "name",
                "Client Info": "client_email",
                "Project Date": "event_date",
                "Booked": "booking_date",
            }
            | {"Lead Source": "lead_source", "Stage": "status", "Project Type": "type"}
            | {"Total Project Value": "value"},
        ),
    ),
    source=_source,
    credential=_credential,
)
