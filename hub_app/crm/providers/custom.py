"""Custom: a REST source that somebody has declared, behind one of the tenant's own connectors."""

from hub_app.apiclient.errors import ApiError
from hub_app.crm.provider import Account, Asked, Capabilities, Provider
from hub_app.crm.provider.declaration import SourceIn
from hub_app.sync.provider.calls import Ready
from hub_app.sync.provider.rest import RestSource


class _Source(RestSource):
    """No API has one way to say whose it is: it works when the first page of each list can be read."""

    def __init__(self, host: str, base: str, ready: Ready, source: SourceIn) -> None:
        super().__init__(base, ready, source.declared(), account=("", ""))
        self._host = host

    async def probe(self) -> str:
        for name in self.resources:
            page = await self.read(name)
            if page.unread and not page.items:
                raise ApiError(
                    "selection", f"No row of {name} can be read: the first one {page.unread[0].why}."
                )
        return self._host


def _source(account: Account, ready: Ready) -> RestSource:
    settings = account.settings
    return _Source(settings["host"], settings["base_url"], ready, SourceIn.model_validate(account.source))


PROVIDER = Provider(
    id="custom",
    name="Custom",
    description="Any CRM with a REST API, reached through one of your connectors.",
    auth_type="api_key",
    features=("clients", "projects", "invoices", "events", "contracts"),
    capabilities=Capabilities(read=True, write=True, incremental=True, deletes=True),
    popularity_rank=90,
    fields=(
        Asked(
            "connector_id",
            "Connector",
            "It has the API's address and credential: an API key, a user name and password, or an OAuth account.",
        ),
    ),
    limits=("It reads and writes what you declare, as far as the CRM's API allows it.",),
    source=_source,
    on_connector=True,
)
