"""Pixieset: files, and leads."""

from hub_app.crm.provider import Capabilities, CsvPreset, Provider, file_mappings

PROVIDER = Provider(
    id="pixieset",
    name="Pixieset",
    description="Client galleries, a website and a studio manager for photographers.",
    auth_type="file",
    features=("clients", "projects"),
    capabilities=Capabilities(inbound=True),
    popularity_rank=6,
    limits=(
        "Pixieset has no API. Export your contacts there as CSV, and upload the file here.",
        "Galleries and photos are not part of its exports.",
        "Its files have no IDs: clients are told apart by their email addresses unless you choose another column.",
    ),
    mappings=file_mappings("clients", "projects"),
    presets=(CsvPreset("clients", {"Name": "name", "Email": "email", "Phone": "phone", "Tags": "tags"}),),
)
