"""Iris Works: files, and leads."""

from hub_app.crm.provider import Capabilities, CsvPreset, Provider, file_mappings

PROVIDER = Provider(
    id="iris_works",
    name="Iris Works",
    description="Studio management for portrait and wedding photographers.",
    auth_type="file",
    features=("clients", "projects"),
    capabilities=Capabilities(inbound=True),
    popularity_rank=7,
    limits=(
        "Iris Works has no API. Export your clients there as CSV, and upload the file here.",
        "Its files have no IDs: clients are told apart by their email addresses unless you choose another column.",
    ),
    mappings=file_mappings("clients", "projects"),
    presets=(
        CsvPreset(
            "clients",
            {
                "Client": "name",
                "Email": "email",
                "Phone": "phone",
                "Session Date": "event_date",
                "Price": "value",
            },
        ),
    ),
)
