"""Reading a source as the engine does, with nothing but what a source says of itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from pydantic import JsonValue

from hub_app.apiclient.call import Credential
from hub_app.apiclient.client import Client
from hub_app.apiclient.quota import Quota, Rate
from hub_app.crm.provider import Account, Provider
from hub_app.sync.provider.source import Item, Page, Payload, Source
from tests.peers.counterpart import CounterpartBase, Key


def account(provider: Provider, peer: CounterpartBase, key: Key = "right") -> Account:
    """What was entered, as a connection keeps it."""
    secret, entered = {one.key for one in provider.fields if one.secret}, peer.entered(key)
    if provider.auth_type == "oauth2":
        secret.add("access_token")
    return Account(
        settings={name: value for name, value in entered.items() if name not in secret},
        secrets={name: value for name, value in entered.items() if name in secret},
        source=peer.source,
    )


def credential_of(provider: Provider, peer: CounterpartBase, key: Key = "right") -> Credential:
    """What calls carry: a connector's, for a provider that stands on one."""
    if provider.credential is None:
        return peer.credential(key)
    return provider.credential(account(provider, peer, key))


def opened(
    provider: Provider,
    peer: CounterpartBase,
    key: Key = "right",
    *,
    rates: Sequence[Rate] = (),
    groups: Mapping[str, Sequence[Rate]] = MappingProxyType({}),
    patience: float = 0,
) -> Source:
    assert provider.source is not None
    credential = credential_of(provider, peer, key)

    async def ready(refused: str) -> Client:
        del refused
        return Client(
            credential,
            "tenant",
            quota=Quota("account", rates, groups),
            patience=patience,
            timeout=5,
            keeps_cookies=provider.requires_scraping,
        )

    return provider.source(account(provider, peer, key), ready)


@dataclass
class Copy:
    """What one has of a resource after some runs, and up to which change it is known."""

    source: Source
    resource: str
    records: dict[str, Payload] = field(default_factory=dict[str, Payload])
    mark: datetime | None = None
    pages: list[Page] = field(default_factory=list[Page])
    """Those of the last run."""

    async def run(self, *, full: bool = False) -> list[str]:
        """Read everything, or what was changed since the last run; the ids that were read, in their order."""
        resource, self.pages = self.source.resources[self.resource], []
        before = None if full or self.mark is None else self.mark - resource.lateness
        since = before if resource.filters else None
        ids: list[str] = []
        at: JsonValue = None
        while True:
            page = await self.source.read(self.resource, at, since=since)
            self.pages.append(page)
            for item in page.items:
                ids.append(item.external_id)
                self._take(item)
            oldest = [one.modified for one in page.items if one.modified is not None]
            reached = resource.order == "newest_first" and before and oldest and oldest[-1] < before
            if page.next is None or reached:
                break
            at = page.next
        self._advance()
        return ids

    def _take(self, item: Item) -> None:
        if item.gone:
            self.records.pop(item.external_id, None)
        else:
            self.records[item.external_id] = item.payload

    def _advance(self) -> None:
        newest_first = self.source.resources[self.resource].order == "newest_first"
        pages = self.pages[:1] if newest_first else self.pages
        times = [one.modified for page in pages for one in page.items if one.modified is not None]
        self.mark = max([*times, *([self.mark] if self.mark else [])], default=None)
