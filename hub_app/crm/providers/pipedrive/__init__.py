"""Pipedrive: its API, version 2."""

from hub_app.apiclient.call import Credential
from hub_app.apiclient.quota import Rate
from hub_app.crm.provider import Account, Asked, Capabilities, CsvPreset, Provider, default_mappings
from hub_app.crm.providers.pipedrive.resources import RESOURCES
from hub_app.sync.provider.calls import Ready
from hub_app.sync.provider.rest import RestSource

_BASE = "https://api.pipedrive.com"


def _credential(account: Account) -> Credential:
    if "access_token" in account.secrets:
        token = account.secrets["access_token"]
        return Credential(headers={"Authorization": f"Bearer {token}"}, texts=(token,))
    token = account.secrets["api_token"]
    return Credential(headers={"x-api-token": token}, texts=(token,))


def _source(account: Account, ready: Ready) -> RestSource:
    base = account.settings.get("base_url") or _BASE
    return RestSource(base, ready, RESOURCES, account=("/api/v1/users/me", "data.company_name"))


PROVIDER = Provider(
    id="pipedrive",
    name="Pipedrive",
    description="Sales CRM: people, and deals in pipelines.",
    auth_type="api_key",
    oauth_app="pipedrive",
    other_ways=("oauth2",),
    features=("clients", "projects"),
    capabilities=Capabilities(read=True, write=True, incremental=True, deletes=True),
    popularity_rank=11,
    fields=(
        Asked(
            "api_token",
            "API token",
            "Personal preferences, API in Pipedrive. Hub sees what this user sees.",
            secret=True,
        ),
        Asked(
            "base_url",
            "Address",
            "Leave it as it is unless your company has another one.",
            optional=True,
            default=_BASE,
        ),
    ),
    requests_per_minute=480,
    # Its cheapest plan lets twenty calls through in two seconds.
    bursts=(Rate(8, 1),),
    limits=(
        "Pipedrive does not state how many records there are.",
        "Deleted deals are told for thirty days; deleted people are found by a full import.",
        "Archived deals are not in the list: Hub asks for each that it knows.",
        "First and last name are made of the name there.",
        "Custom fields with options, addresses and amounts with a currency can be read, not written.",
        "A record that Hub creates cannot carry Hub's ID: when an answer is lost, Hub does not create it again by itself.",
    ),
    mappings={
        "clients": default_mappings(
            "clients",
            {"name": "name", "first_name": "first_name", "last_name": "last_name", "email": "email"}
            | {"phone": "phone", "people": "people", "company": "organization", "address": "address"}
            | {"notes": "notes"},
            both=("name", "email", "phone"),
        ),
        "projects": default_mappings(
            "projects",
            {"name": "title", "client": "client", "type": "pipeline", "status": "state", "value": "value"}
            | {"currency": "currency", "event_date": "expected_close_date", "booking_date": "won_time"},
            both=("name", "value", "currency", "event_date"),
        ),
    },
    presets=(
        CsvPreset(
            "clients",
            {"Person - Name": "name", "Person - Email": "email", "Person - Phone": "phone"}
            | {"Person - Organization": "company"},
        ),
    ),
    source=_source,
    credential=_credential,
)
