"""Dubsado: files, and the leads that its automations send."""

from hub_app.crm.provider import Capabilities, CsvPreset, Provider, file_mappings

PROVIDER = Provider(
    id="dubsado",
    name="Dubsado",
    description="Proposals, contracts and invoices for creative businesses.",
    auth_type="file",
    features=("clients", "projects"),
    capabilities=Capabilities(inbound=True),
    popularity_rank=8,
    limits=(
        "Dubsado has no API. Export your clients there as CSV, and upload the file here.",
        "Its files have no IDs: clients are told apart by their email addresses unless you choose another column.",
    ),
    mappings=file_mappings("clients", "projects"),
    presets=(
        CsvPreset(
            "clients",
            {
                "firstName": "first_name",
                "lastName": "last_name",
                "email": "email",
                "phone": "phone",
                "addressString": "address",
                "start": "event_date",
            },
        ),
    ),
)
