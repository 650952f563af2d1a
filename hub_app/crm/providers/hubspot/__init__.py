"""HubSpot: contacts and deals of its CRM API, version 3."""

from hub_app.apiclient.call import Credential
from hub_app.apiclient.quota import Rate
from hub_app.crm.provider import Account, Asked, Capabilities, CsvPreset, Provider, default_mappings
from hub_app.crm.providers.hubspot.source import SEARCH, HubSpot
from hub_app.sync.provider.calls import Ready

_BASE = "https://api.hubapi.com"


def _credential(account: Account) -> Credential:
    token = account.secrets["access_token"]
    return Credential(headers={"Authorization": f"Bearer {token}"}, texts=(token,))


def _source(account: Account, ready: Ready) -> HubSpot:
    return HubSpot(account.settings.get("base_url") or _BASE, ready)


PROVIDER = Provider(
    id="hubspot",
    name="HubSpot",
    description="CRM of contacts and deals, with properties of your own.",
    auth_type="api_key",
    oauth_app="hubspot",
    other_ways=("oauth2",),
    features=("clients", "projects"),
    capabilities=Capabilities(read=True, write=True, incremental=True, deletes=True),
    popularity_rank=10,
    fields=(
        Asked(
            "access_token",
            "Access token",
            "Settings, Integrations, Private apps in HubSpot. It needs the scopes to read contacts, deals and their schemas, and to "
            "write them for syncing both ways.",
            secret=True,
        ),
        Asked(
            "base_url",
            "Address",
            "Leave it as it is unless your account has another one.",
            optional=True,
            default=_BASE,
        ),
    ),
    requests_per_minute=600,
    bursts=(Rate(100, 10),),
    groups={SEARCH: (Rate(4, 1),)},
    limits=(
        "HubSpot does not state how many records there are.",
        "Deleted records are found by a full import.",
        "Of more than 250 properties the first ones are read.",
        "What was changed in the last minutes may be told only by the next sync: HubSpot's search knows it later.",
        "A record that Hub creates cannot carry Hub's ID: when an answer is lost, Hub does not create it again by itself.",
    ),
    mappings={
        "clients": default_mappings(
            "clients",
            {"name": "name", "people": "people", "phone": "anyPhone", "address": "addressText"}
            | {"first_name": "properties.firstname", "last_name": "properties.lastname"}
            | {"email": "properties.email", "company": "properties.company"}
            | {"status": "properties.lifecyclestage", "lead_source": "properties.hs_analytics_source"},
            both=("first_name", "last_name", "email", "company"),
        ),
        "projects": default_mappings(
            "projects",
            {"name": "properties.dealname", "client": "clientId", "type": "properties.pipeline"}
            | {"status": "properties.dealstage", "event_date": "properties.closedate"}
            | {"value": "properties.amount", "currency": "properties.deal_currency_code"}
            | {"notes": "properties.description"},
            both=("name", "value", "notes"),
        ),
    },
    presets=(
        CsvPreset(
            "clients",
            {"First Name": "first_name", "Last Name": "last_name", "Email": "email", "Phone Number": "phone"}
            | {"Mobile Phone Number": "mobile", "Company Name": "company", "Record ID": "external_id"}
            | {"Lifecycle Stage": "status"},
        ),
    ),
    source=_source,
    credential=_credential,
)
