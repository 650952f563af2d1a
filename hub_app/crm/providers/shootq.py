"""ShootQ: files, and the leads that forms send."""

from hub_app.crm.provider import Capabilities, CsvPreset, Provider, file_mappings

PROVIDER = Provider(
    id="shootq",
    name="ShootQ",
    description="Studio management for photographers: leads, bookings and invoices.",
    auth_type="file",
    features=("clients", "projects"),
    capabilities=Capabilities(inbound=True),
    popularity_rank=5,
    limits=(
        "ShootQ has no API that reads. Export your clients there as CSV, and upload the file here.",
        "Hub does not send leads to ShootQ: how its API takes them is not publicly documented.",
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
)
