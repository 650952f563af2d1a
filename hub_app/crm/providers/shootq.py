"""ShootQ: files, the leads that forms send, and leads that are sent there.

How its API takes leads is known from the open-source plug-ins of websites: a POST to /api/{brand}/leads, answered with 200.
"""

from collections.abc import Mapping

from pydantic import JsonValue

from hub_app.apiclient.call import Credential
from hub_app.apiclient.errors import ApiError
from hub_app.crm.provider import Account, Asked, Capabilities, CsvPreset, Provider, file_mappings
from hub_app.crm.provider.leads import LeadSource, names_of
from hub_app.sync.provider.calls import Calls, Ready

_BASE = "https://app.shootq.com"
_TYPE = "Wedding"


class _Leads(LeadSource):
    def __init__(self, account: Account, ready: Ready) -> None:
        self._calls = Calls(account.settings.get("base_url") or _BASE, ready)
        self._brand = account.settings["brand"]
        self._type = account.settings.get("shoot_type") or _TYPE
        self._key = account.secrets["api_key"]

    async def push(self, values: Mapping[str, str], reference: str) -> None:
        if not values.get("email"):
            raise ApiError("params", "ShootQ takes no lead without an email address.")
        first, last = names_of(values)
        contact: dict[str, JsonValue] = {
            "first_name": first,
            "last_name": last,
            "emails": [{"type": "Main", "email": values["email"]}],
        }
        if phone := values.get("phone"):
            contact["phones"] = [{"type": "Cell", "number": phone}]
        event: dict[str, JsonValue] = {"type": self._type}
        if day := values.get("event_date"):
            year, month, number = day[:10].split("-")
            event["date"] = f"{month}/{number}/{year}"
        for name, key in (("referred_by", "lead_source"), ("remarks", "notes")):
            if values.get(key):
                event[name] = values[key]
        extra: dict[str, JsonValue] = {"Hub reference": reference}
        document: dict[str, JsonValue] = {
            "api_key": self._key,
            "contact": contact,
            "event": {**event, "extra": extra},
        }
        await self._calls.send("POST", f"/api/{self._brand}/leads", document)


def _credential(account: Account) -> Credential:
    return Credential(texts=(account.secrets["api_key"],))


PROVIDER = Provider(
    id="shootq",
    name="ShootQ",
    description="Studio management for photographers: leads, bookings and invoices.",
    auth_type="file",
    other_ways=("api_key",),
    features=("clients", "projects"),
    capabilities=Capabilities(inbound=True, leads=True),
    popularity_rank=5,
    fields=(
        Asked("brand", "Brand abbreviation", "In ShootQ under Settings, Integration, Lead API."),
        Asked("api_key", "API key", "It stands there, too.", secret=True),
        Asked("shoot_type", "Type of new leads", optional=True, default=_TYPE),
        Asked("base_url", "Address", optional=True, default=_BASE, advanced=True),
    ),
    requests_per_minute=30,
    limits=(
        "ShootQ has no API that reads. Export your clients there as CSV, and upload the file here.",
        "With an API key, clients that somebody chooses can be sent there as new leads. Hub neither sees nor changes them afterwards.",
        "ShootQ does not document how it takes leads. Hub does it as the plug-ins for websites do; the key is tried with the first lead.",
        "Its files have no IDs: clients are told apart by their email addresses unless you choose another column.",
    ),
    mappings=file_mappings("clients", "projects"),
    presets=(
        CsvPreset(
            "clients",
            {
                "Client Name": "name",
                "Email": "email",
                "Phone": "phone",
                "Wedding Date": "event_date",
                "Total": "value",
                "Referred By": "lead_source",
            },
        ),
    ),
    credential=_credential,
    leads=_Leads,
    lead_key="api_key",
)
