"""Importing an OpenAPI document: what is given, and what Hub proposes."""

from typing import Self

from pydantic import BaseModel, Field, JsonValue, model_validator

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.schemas.connectors import AuthType, Url
from hub_app.kernel.fields import Input


class ImportIn(Input):
    """An OpenAPI 3 document: itself, as an object or as text (JSON or YAML), or the URL where it is."""

    document: JsonValue = None
    url: Url | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.document is None) == (self.url is None):
            raise ValueError("must hold either document or url")
        return self


class Finding(BaseModel):
    """What was left out or guessed, and where: a JSON pointer into the document, such as `/paths/~1items/get`."""

    where: str
    message: str


class ProposedAccess(BaseModel):
    """The document's server and kind of authentication. `base_url` is empty when the document names no server."""

    base_url: str = ""
    auth_header: str = "Authorization"
    auth_prefix: str = "Bearer"
    auth_query: str = ""
    authorize_url: str = ""
    token_url: str = ""
    revoke_url: str = ""
    scopes: list[str] = Field(default_factory=list[str])


class ProposedConnector(BaseModel):
    """A connector that can be saved as it is, once the actions that nobody wants are taken out."""

    name: str
    display_name: str
    description: str
    auth_type: AuthType
    oauth_config: ProposedAccess
    actions: list[Action]


class ImportOut(BaseModel):
    """What Hub made of a document. Nothing of it is saved."""

    connector: ProposedConnector
    findings: list[Finding]
