"""A provider as one more will be written: this file in `crm/providers/`, and its peer `tests/peers/orchard.py`."""

from hub_app.apiclient.call import Credential
from hub_app.apiclient.declarations import Pagination
from hub_app.crm.provider import Asked, Capabilities, Provider, default_mappings
from hub_app.sync.provider.declared import Lookup, RestResource, Writing
from hub_app.sync.provider.rest import RestSource
from hub_app.sync.provider.source import Resource, SourceField

_CLIENTS = RestResource(
    resource=Resource(
        name="clients",
        order="oldest_first",
        filters=True,
        gets=True,
        writes=True,
        tells_gone=True,
        fields=[
            SourceField("full_name", "Name", writable=True),
            SourceField("email", "Email", writable=True),
        ],
    ),
    path="/contacts",
    one="/contacts/{id}",
    pagination=Pagination(type="cursor", parameter="after", next="paging.after", items="data"),
    modified="updated_at",
    gone="deleted",
    since="since",
    prepare=lambda row, _: {name: value for name, value in row.items() if name != "updated_at"},
    writing=Writing(
        made=lambda draft: {**draft.values, "reference": draft.reference},
        method="patch",
        refers=lambda payload, draft: payload.get("reference") == draft.reference,
        lookups=[Lookup(lambda draft: {"reference": draft.reference}, lambda *_: True)],
    ),
)


PROVIDER = Provider(
    id="orchard",
    name="Orchard",
    description="A CRM of a few contacts.",
    auth_type="api_key",
    features=["clients"],
    capabilities=Capabilities(read=True, write=True, incremental=True, deletes=True, csv=False),
    popularity_rank=99,
    fields=[Asked("base_url", "Address"), Asked("token", "Token", secret=True)],
    requests_per_minute=120,
    mappings={"clients": default_mappings("clients", {"name": "full_name", "email": "email"})},
    credential=lambda account: Credential(
        headers={"Authorization": f"Bearer {account.secrets['token']}"}, texts=(account.secrets["token"],)
    ),
    source=lambda account, ready: RestSource(
        account.settings["base_url"], ready, [_CLIENTS], account=("/me", "company")
    ),
)
