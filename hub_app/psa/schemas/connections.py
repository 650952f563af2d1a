"""The PSA that is connected, and those that can be."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from hub_app.governance.schemas.consents import Agreement, ConsentGiven
from hub_app.kernel.edits import Versioned
from hub_app.kernel.fields import Input, Name, Patch, Text
from hub_app.psa.provider import types
from hub_app.psa.provider.types import NoteType

Entered = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=1000)]
ConnectionTestResult: TypeAlias = types.ConnectionTestResult
NAMED = ("site_url", "company_id", "public_key", "private_key", "client_id")
"""What has a field of its own; what another provider asks for goes into `credentials`."""


class _Entering(BaseModel):
    """What is entered, by the provider's keys."""

    def entered(self) -> dict[str, str]:
        """What was given of it."""
        own = {name: text for name in NAMED if (text := getattr(self, name)) is not None}
        more: Mapping[str, str] = getattr(self, "credentials") or {}  # noqa: B009 - fields of the schemas below
        return own | dict(more)


class PsaConnectionIn(_Entering, Input):
    """A PSA to connect. ConnectWise takes `site_url`, `company_id`, `public_key`, `private_key` and `client_id`; others take their
    `site_url`, and in `credentials` what their `fields` name.
    """

    provider: Annotated[str, StringConstraints(max_length=64)] = "connectwise"
    display_name: Name
    site_url: Annotated[Entered, StringConstraints(min_length=1, max_length=255)]
    company_id: Annotated[Entered, StringConstraints(min_length=1, max_length=100)] | None = None
    public_key: Entered | None = None
    private_key: Entered | None = None
    client_id: Entered | None = None
    credentials: Annotated[dict[str, Entered], Field(max_length=20)] = Field(default_factory=dict[str, str])
    consent: ConsentGiven | None = None

    @property
    def agreement(self) -> Agreement | None:
        return self.consent.agreement if self.consent else None


class PsaConnectionPatch(_Entering, Patch):
    """What to change. Secrets that are not given stay as they are, unless the site changes: then they are entered again."""

    display_name: Name | None = None
    site_url: Annotated[Entered, StringConstraints(min_length=1, max_length=255)] | None = None
    company_id: Annotated[Entered, StringConstraints(min_length=1, max_length=100)] | None = None
    public_key: Entered | None = None
    private_key: Entered | None = None
    client_id: Entered | None = None
    credentials: Annotated[dict[str, Entered], Field(max_length=20)] | None = None
    is_active: bool | None = None


class PsaConnectionOut(Versioned):
    """The connected PSA. Secrets never come back: hints show their last characters."""

    id: UUID
    account_id: Annotated[UUID, Field(description="The tenant.")]
    provider: str
    display_name: str
    site_url: str
    company_id: str
    public_key_hint: str
    private_key_hint: str
    client_id_hint: str
    credentials: Annotated[dict[str, str], Field(description="What else was entered; of secrets, hints.")]
    is_active: bool
    last_validated_at: datetime | None
    server_version: str | None
    error: Annotated[str | None, Field(description="Why the last test failed.")]
    created_at: datetime
    updated_at: datetime


class ConnectionLosses(BaseModel):
    """What goes along when the connection is deleted, and how many sessions are unlinked."""

    sessions: int
    member_mappings: int
    note_templates: int


class AskedOut(BaseModel):
    """What is asked for at connecting."""

    key: str
    label: str
    help: str
    secret: bool
    optional: bool
    default: str
    placeholder: str


class NoteKindOut(BaseModel):
    type: NoteType
    label: str
    help: str
    internal: bool


class PsaProviderOut(BaseModel):
    """A PSA that can be connected, and what it takes."""

    id: str
    name: str
    description: str
    fields: list[AskedOut]
    note_kinds: list[NoteKindOut]
    statuses_by_board: bool
    configurations: bool
    time_entries: bool
    notify: bool
    post_as_member: bool
    board_word: str


class PsaProviders(BaseModel):
    providers: list[PsaProviderOut]
