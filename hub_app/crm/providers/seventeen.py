"""17hats: files, and the leads that its automations send."""

from hub_app.crm.provider import Capabilities, CsvPreset, Provider, file_mappings

PROVIDER = Provider(
    id="seventeen",
    name="17hats",
    description="Contacts, projects and bookkeeping for small businesses.",
    auth_type="file",
    features=("clients", "projects"),
    capabilities=Capabilities(inbound=True),
    popularity_rank=4,
    limits=(
        "17hats has no API. Export your contacts there as CSV, and upload the file here.",
        "Its files have no IDs: clients are told apart by their email addresses unless you choose another column.",
        "Nothing can be written to 17hats.",
    ),
    mappings=file_mappings("clients", "projects"),
    presets=(
        CsvPreset(
            "clients",
            {
                "Full Name": "name",
                "First Name": "first_name",
                "Last Name": "last_name",
                "Company Name": "company",
                "Type": "status",
                "Primary Email": "email",
                "Primary Phone": "phone",
            },
        ),
    ),
)
