"""ConnectWise PSA (Manage), by its REST API 3.0 (https://developer.connectwise.com/Products/ConnectWise_PSA/REST)."""

from hub_app.apiclient.quota import rates
from hub_app.psa.provider import Asked, Capabilities, NoteKind, Provider
from hub_app.psa.providers.connectwise.address import HOSTS
from hub_app.psa.providers.connectwise.client import connect

PROVIDER = Provider(
    id="connectwise",
    name="ConnectWise",
    description="ConnectWise PSA (formerly Manage), in its cloud or on your own servers.",
    rank=1,
    fields=(
        Asked(
            "site_url",
            "Site",
            "The address where your team signs in.",
            placeholder="na.myconnectwise.net",
            longest=255,
        ),
        Asked("company_id", "Company ID", "What you enter as the company at sign-in.", longest=100),
        Asked(
            "public_key",
            "Public key",
            "Of an API member: System, Members, API Members, API Keys.",
            secret=True,
        ),
        Asked("private_key", "Private key", "Shown once, when the key is made.", secret=True),
        Asked(
            "client_id",
            "Client ID",
            "Register this installation of Hub at developer.connectwise.com to get one.",
            secret=True,
            placeholder="xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
        ),
    ),
    hosts=HOSTS,
    rates=rates(per_minute=1000),
    api_version="2025.16",
    capabilities=Capabilities(
        note_kinds=(
            NoteKind("internal_analysis", "Internal analysis", "Seen by your team only.", internal=True),
            NoteKind("description", "Discussion", "Seen by the customer."),
            NoteKind("resolution", "Resolution", "Seen by the customer, and may be printed on invoices."),
        ),
        time_entries=True,
        notify=True,
    ),
    connect=connect,
)
