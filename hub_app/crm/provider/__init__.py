"""What a CRM says of itself: how it is connected, what it can do, what its records hold. Each is one file of `crm/providers`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from hub_app.apiclient.call import Credential
from hub_app.apiclient.quota import Rate, rates
from hub_app.crm.fields import STANDARD, Feature, FieldType
from hub_app.crm.tabular.targets import PARTS
from hub_app.sync.provider.calls import Ready
from hub_app.sync.provider.source import Source

AuthType = Literal["api_key", "basic_auth", "oauth2", "file"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody who connects the CRM enters. `key` is its name in the account's settings, or secrets where it is one. What is
    `advanced` most people leave as it is: forms fold it away.
    """

    key: str
    label: str
    help: str = ""
    secret: bool = False
    optional: bool = False
    default: str = ""
    advanced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What was entered, by its keys. Of OAuth the secret `access_token` is a token that is in force. Of an account behind a connector
    `settings` have the connector's `base_url` and `host`, and `source` is what was declared of the API.
    """

    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    source: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the CRM lets others do. Screens and jobs offer nothing else."""

    read: bool = False
    write: bool = False
    incremental: bool = False
    deletes: bool = False
    webhooks_in: bool = False
    csv: bool = True
    inbound: bool = False
    leads: bool = False


@dataclass(frozen=True, slots=True)
class DefaultMapping:
    """How a new connection fills a standard field: `source` is a JMESPath into a payload, `target` the field's key."""

    source: str
    target: str
    transforms: Sequence[Mapping[str, JsonValue]] = ()
    direction: Literal["in", "both"] = "in"


@dataclass(frozen=True, slots=True)
class CsvPreset:
    """The headers of an export, and the keys of what their columns fill: standard fields, and the parts of people and addresses
    (`crm/tabular/targets.py`).
    """

    feature: Feature
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A CRM. `requests_per_minute` and `requests_per_hour` are what Hub keeps to, 0 for no limit, with `bursts` of shorter times, and `groups` of calls of which
    there may be fewer. `limits` says in words what
    the CRM itself does not allow. `credential` and `source` are None where there is nothing to call. `on_connector`: a connector of
    the tenant has the address and the credential, `connector_id` in what was entered names it. `oauth_app` is the app of the OAuth
    catalogue, by its slug, through which accounts are authorized. `other_ways` are those to connect it beside `auth_type`. `leads`
    is the way in for new clients (`crm/provider/leads.py`), of accounts that have the secret `lead_key`.
    """

    id: str
    name: str
    description: str
    auth_type: AuthType
    features: Sequence[Feature]
    capabilities: Capabilities
    popularity_rank: int
    fields: Sequence[Asked] = ()
    requests_per_minute: int = 0
    requests_per_hour: int = 0
    bursts: Sequence[Rate] = ()
    groups: Mapping[str, Sequence[Rate]] = field(default_factory=dict[str, Sequence[Rate]])
    limits: Sequence[str] = ()
    mappings: Mapping[Feature, Sequence[DefaultMapping]] = field(
        default_factory=dict[Feature, Sequence[DefaultMapping]]
    )
    presets: Sequence[CsvPreset] = ()
    credential: Callable[[Account], Credential] | None = None
    source: Callable[[Account, Ready], Source] | None = None
    on_connector: bool = False
    requires_scraping: bool = False
    oauth_app: str = ""
    other_ways: Sequence[AuthType] = ()
    leads: Callable[[Account, Ready], Source] | None = None
    lead_key: str = ""

    def __post_init__(self) -> None:
        """ValueError for a mapping or a preset of a field that is none."""
        if self.capabilities.leads != (self.leads is not None and self.lead_key in self._secrets):
            raise ValueError(f"{self.id} takes leads, and says not how")
        has_credential = self.credential is not None or self.on_connector
        if self.capabilities.read and (self.source is None or not has_credential):
            raise ValueError(f"{self.id} can be read, and says not how")
        if "oauth2" in self.auth_types and not (self.oauth_app or self.on_connector):
            raise ValueError(f"{self.id} is authorized by OAuth, and says not through which app")
        for feature, mappings in self.mappings.items():
            self._check(feature, [one.target for one in mappings])
        for preset in self.presets:
            self._check(
                preset.feature, [*preset.headers.values()], parts=PARTS.get(preset.feature, frozenset())
            )

    def _check(
        self, feature: Feature, targets: Sequence[str], *, parts: frozenset[str] = frozenset()
    ) -> None:
        unknown = set(targets) - {one.key for one in STANDARD[feature]} - parts
        if unknown or feature not in self.features:
            raise ValueError(f"{self.id} fills fields of {feature} that there are not: {sorted(unknown)}")

    @property
    def auth_types(self) -> tuple[AuthType, ...]:
        """The ways to connect it, the usual one first."""
        return (self.auth_type, *self.other_ways)

    def asked(self, auth_type: str) -> list[Asked]:
        """What is entered for this way to connect: for OAuth nothing that is secret, for files nothing at all."""
        if auth_type == "file":
            return []
        return [one for one in self.fields if not (auth_type == "oauth2" and one.secret)]

    @property
    def _secrets(self) -> set[str]:
        return {one.key for one in self.fields if one.secret}

    def default_of(self, key: str) -> str:
        """What a field is unless somebody says otherwise."""
        return next((one.default for one in self.fields if one.key == key), "")

    def reads(self, auth_type: str) -> bool:
        """Whether records can be read from the CRM by an account that is connected in this way."""
        return self.capabilities.read and auth_type != "file"

    @property
    def rates(self) -> tuple[Rate, ...]:
        """How often an account may be called."""
        return (*self.bursts, *rates(per_minute=self.requests_per_minute, per_hour=self.requests_per_hour))


def default_mappings(
    feature: Feature, sources: Mapping[str, str], *, both: Sequence[str] = (), scale: int = 0
) -> list[DefaultMapping]:
    """Each standard field by the path that fills it, read as its type asks for; those of `both` are written back, too. With a
    `scale` of 2, money comes in hundredths.
    """
    reading: dict[FieldType, list[Mapping[str, JsonValue]]] = {
        "phone": [{"name": "phone"}],
        "date": [{"name": "date"}],
        "datetime": [{"name": "date"}],
        "number": [{"name": "number"}],
        "money": [{"name": "number", "scale": scale}],
        "boolean": [{"name": "boolean"}],
    }
    types: dict[str, FieldType] = {one.key: one.type for one in STANDARD[feature]}
    return [
        DefaultMapping(source, key, reading.get(types[key], []), "both" if key in both else "in")
        for key, source in sources.items()
    ]


def file_mappings(*features: Feature) -> dict[Feature, Sequence[DefaultMapping]]:
    """How records come out of files and leads: by then their cells have been read, and lie under the keys of the fields."""
    return {
        feature: default_mappings(feature, {one.key: f"fields.{one.key}" for one in STANDARD[feature]})
        for feature in features
    }
