"""CRMs that are connected, and how each is kept in step."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue, StringConstraints, field_validator

from hub_app.crm.fields import Feature
from hub_app.crm.provider import AuthType
from hub_app.crm.provider.declaration import SourceIn
from hub_app.governance.schemas.consents import Agreement, ConsentGiven
from hub_app.kernel.edits import Versioned
from hub_app.kernel.fields import Input, Name, Patch, Text
from hub_app.sync.schemas import Direction, Rule

ConnectionStatus = Literal["pending_auth", "connected", "sync_in_progress", "error", "disconnected", "paused"]
SyncDirection = Literal["import_only", "export_only", "bidirectional"]
Resolution = Literal["hub_wins", "crm_wins", "newest_wins", "manual_review"]
DIRECTIONS: dict[SyncDirection, Direction] = {
    "import_only": "in",
    "export_only": "out",
    "bidirectional": "both",
}
RULES: dict[Resolution, Rule] = {
    "hub_wins": "hub_wins",
    "crm_wins": "source_wins",
    "newest_wins": "newest_wins",
    "manual_review": "manual_review",
}
DeletedRecords = Literal["keep", "archive"]
DELETIONS: dict[DeletedRecords, str] = {"keep": "unlink", "archive": "archive"}
Interval = Annotated[int, Field(ge=15, le=1440)]
Entered = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=2048)]


def _known_rule(value: object) -> object:
    """An older name of the same rule."""
    return "hub_wins" if value == "wedsync_wins" else value


class SyncConfig(Input):
    """How a CRM is kept in step."""

    auto_sync_enabled: bool = False
    sync_interval_minutes: Interval = 60
    sync_direction: SyncDirection = "import_only"
    import_historical_data: Annotated[
        bool, Field(description="Without it, only what changes after connecting is imported.")
    ] = True
    conflict_resolution: Resolution = "manual_review"
    deleted_records: Annotated[
        DeletedRecords,
        Field(
            description="What becomes here of a record that was deleted at the CRM. Either way it is marked, and has its history."
        ),
    ] = "keep"

    _alias = field_validator("conflict_resolution", mode="before")(_known_rule)


class SyncConfigPatch(Patch):
    """The settings to change."""

    auto_sync_enabled: bool | None = None
    sync_interval_minutes: Interval | None = None
    sync_direction: SyncDirection | None = None
    import_historical_data: bool | None = None
    conflict_resolution: Resolution | None = None
    deleted_records: DeletedRecords | None = None

    _alias = field_validator("conflict_resolution", mode="before")(_known_rule)


class IntegrationIn(Input):
    """A CRM to connect. `auth_config` has what the provider asks for, by the keys of its `fields`. `source` declares the API of a
    `custom` one, whose `auth_config.connector_id` is the connector that it is reached through.
    """

    crm_provider: Annotated[str, StringConstraints(max_length=64)]
    connection_name: Name
    auth_type: Annotated[
        AuthType | None,
        Field(
            description="How to sign in, where the provider has several ways (`auth_types`); else its own."
        ),
    ] = None
    auth_config: Annotated[dict[str, Entered], Field(max_length=60)] = Field(default_factory=dict[str, str])
    sync_config: SyncConfig = SyncConfig()
    source: SourceIn | None = None
    consent: ConsentGiven | None = None

    @property
    def agreement(self) -> Agreement | None:
        return self.consent.agreement if self.consent else None


class IntegrationPatch(Patch):
    """What to change of a connected CRM. Of `auth_config`, what is not given stays as it is; `source` is replaced as a whole, and keeps
    the kinds of records that it had.
    """

    connection_name: Name | None = None
    auth_config: Annotated[dict[str, Entered] | None, Field(max_length=60)] = None
    sync_config: SyncConfigPatch | None = None
    source: SourceIn | None = None


class IntegrationOut(Versioned):
    """A connected CRM. Secrets never come back: `auth_hints` shows their last characters."""

    id: UUID
    crm_provider: str
    connection_name: str
    connection_status: ConnectionStatus
    account_name: str
    auth_type: str
    auth_config: dict[str, str]
    auth_hints: dict[str, str]
    inbound_key_hint: Annotated[str, Field(description="Of the key of the inbound URL; empty without one.")]
    sync_config: SyncConfig
    source: SourceIn | None
    last_sync_at: datetime | None
    last_sync_status: Literal["success", "partial", "failed"] | None
    sync_error_details: str | None
    next_sync_at: datetime | None
    created_at: datetime
    updated_at: datetime

    def settings(self) -> dict[str, object]:
        """What a person may change, for telling versions apart."""
        declared = {"source": self.source.model_dump(mode="json")} if self.source else {}
        config = {**self.sync_config.model_dump(), **self.auth_config}
        return {"connection_name": self.connection_name, **config, **declared}


class IntegrationCreated(BaseModel):
    """The new connection, and for OAuth where to send the person's browser."""

    integration: IntegrationOut
    auth_url: str | None = None


class AuthorizeIn(Input):
    """An account to authorize by OAuth, for the first time or again."""

    consent: ConsentGiven | None = None


class Authorization(BaseModel):
    """Where to send the person's browser."""

    auth_url: str


class ResourceTried(BaseModel):
    """What the first page of a declared list held. `total` is null where the API states none; `problem` says why the list, or a row of
    it, cannot be used. `first_row` is told when a declaration is tried, not when a connection is tested.
    """

    resource: Feature
    rows: int = 0
    unreadable: int = 0
    total: int | None = None
    more: Annotated[bool, Field(description="Whether there is a second page.")] = False
    first_id: str = ""
    first_modified: datetime | None = None
    first_version: str = ""
    first_row: JsonValue = None
    problem: str = ""


class SourceTryIn(Input):
    """A declaration to try on a connector: one page of each list is read, and nothing is kept."""

    connector_id: UUID
    source: SourceIn


class SourceTried(BaseModel):
    resources: list[ResourceTried]


class IntegrationTested(BaseModel):
    """What a test came to. Of a `custom` CRM, `resources` tell what the first page of each list held."""

    success: bool
    message: str
    integration: IntegrationOut
    resources: list[ResourceTried] | None = None


class AskedOut(BaseModel):
    """What is asked for at connecting."""

    key: str
    label: str
    help: str
    secret: bool
    optional: bool
    default: str
    advanced: Annotated[bool, Field(description="Most people leave it as it is.")]
    auth_types: Annotated[list[str], Field(description="The ways to connect that ask for it.")]


class RateLimits(BaseModel):
    requests_per_minute: int
    requests_per_hour: int


class ProviderOut(BaseModel):
    """A CRM that can be connected, and what it allows."""

    id: str
    name: str
    description: str
    logo_url: str
    auth_type: str
    auth_types: Annotated[list[str], Field(description="The ways to sign in, the usual one first.")]
    supported_features: list[str]
    rate_limits: RateLimits
    popularity_rank: int
    capabilities: dict[str, bool]
    limits: list[str]
    fields: list[AskedOut]
    requires_scraping: bool | None = None
    auth_url: Annotated[
        str | None,
        Field(description="Where accounts are authorized by OAuth; null until the operator has set it up."),
    ] = None
    scopes: Annotated[list[str] | None, Field(description="What Hub asks for by OAuth.")] = None


class Providers(BaseModel):
    providers: list[ProviderOut]


class Reconciled(BaseModel):
    """What is proved of one kind of records, by the last full import. `read` is the sum of what follows it; `not_explained` is 0
    where it adds up. `stated` is null where the CRM does not say how many it has.
    """

    resource: str
    at: datetime | None
    stated: int | None
    read: int
    imported: int
    repeated: int
    quarantined: int
    skipped: dict[str, int]
    not_explained: int
    here: Annotated[int, Field(description="Records here now that this CRM has.")]
    gone: Annotated[int, Field(description="Records here that this CRM no longer has.")]
    not_found: Annotated[
        int,
        Field(
            description="Records here that the last full import did not find, and that are not taken for gone: nobody has confirmed it, "
            "or the CRM still gives them one by one."
        ),
    ]
    merged: Annotated[int, Field(description="Records of this CRM that were merged into others here.")]
    waiting_in_quarantine: int
    open_conflicts: int
    complete: Annotated[bool, Field(description="Whether nothing can have been missed.")]
    sentence: str


class Reconciliation(BaseModel):
    resources: list[Reconciled]
