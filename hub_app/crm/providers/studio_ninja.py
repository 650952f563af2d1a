"""Studio Ninja: files, and leads."""

from hub_app.crm.provider import Capabilities, CsvPreset, Provider, file_mappings

PROVIDER = Provider(
    id="studio_ninja",
    name="Studio Ninja",
    description="Studio management for photographers: leads, shoots and payments.",
    auth_type="file",
    features=("clients", "projects"),
    capabilities=Capabilities(inbound=True),
    popularity_rank=9,
    limits=(
        "Studio Ninja has no API. Export your clients there as CSV, and upload the file here.",
        "Its first name may hold the whole name, which Hub takes apart.",
        "Its files have no IDs: clients are told apart by their email addresses unless you choose another column.",
    ),
    mappings=file_mappings("clients", "projects"),
    presets=(
        CsvPreset(
            "clients",
            {
                "First Name": "first_name",
                "Last Name": "last_name",
                "Email": "email",
                "Phone": "phone",
                "Company Name": "company",
                "Street Address": "street",
                "Suburb/Town": "city",
                "Postcode/Zip": "postcode",
                "State": "region",
                "Country": "country",
                "Client Notes": "notes",
            },
        ),
    ),
)
