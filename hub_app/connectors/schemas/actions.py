"""An action: one call of a REST API, as it is declared."""

import re
from collections.abc import Collection
from typing import Annotated, Literal, cast

from pydantic import Field, StringConstraints, field_validator, model_validator

from hub_app.apiclient import urls
from hub_app.apiclient.declarations import JmesPath, Pagination
from hub_app.kernel.fields import Input, Json, Name, Text
from hub_app.kernel.validation import NO_SPACES, matching
from hub_app.kernel.values import ValueType

SLUG = r"^[a-z][a-z0-9_-]*$"
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HUBS_OWN_HEADERS = {
    "connection", "content-length", "cookie", "host", "hub-chain", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade",
}  # fmt: skip
MAX_ACTIONS = 500
MAX_PARAMETERS = 100

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
ParameterLocation = Literal["path", "query", "header", "body"]


def header_name(value: str) -> str:
    """A header that a connector may set; ValueError with the rule for others."""
    if not _HEADER_NAME.fullmatch(value):
        raise ValueError(f"{value[:100]!r} is not a header name")
    if value.lower() in _HUBS_OWN_HEADERS:
        raise ValueError(f"{value} is set by Hub itself")
    return value


Slug = Annotated[
    str,
    matching(
        SLUG,
        "must begin with a lowercase letter, and may contain only lowercase letters a to z, digits, hyphens and underscores",
        most=64,
    ),
]
Description = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=1000)]
ParameterName = Annotated[str, matching(r"^[\x21-\x7e]+$", NO_SPACES, most=100)]


Omitted = Annotated[list[ParameterName], Field(max_length=MAX_PARAMETERS)]
"""Parameters that a call leaves out, whatever their defaults."""


def check_omitted(params: Collection[str], omit: Collection[str]) -> None:
    """ValueError for a parameter that is given and left out at once."""
    both = [name for name in omit if name in params]
    if both:
        raise ValueError(f"{both[0]} is in params and in omit: give it, or leave it out")


class Parameter(Input):
    """What a caller gives. `in` says where it goes; when absent, the path's names go there, others by the method.

    `default` is sent when a caller gives nothing. `api_default` is what the API takes then by itself, as its document
    says: it is shown to whoever calls, and never sent.
    """

    name: ParameterName
    place: ParameterLocation | None = Field(default=None, alias="in")
    type: ValueType = "string"
    required: bool = False
    default: Json = None
    api_default: Json = None
    description: Description = ""

    @property
    def nullable(self) -> bool:
        """Whether null can be sent: only JSON has a word for it."""
        return self.place == "body"

    @property
    def hint(self) -> str:
        """What its place means to whoever gives it."""
        return {"path": "Part of the path.", "header": "Sent as a header."}.get(self.place or "", "")

    @model_validator(mode="after")
    def _header_can_be_set(self) -> "Parameter":
        if self.place == "header":
            header_name(self.name)
        return self


def _named(value: object) -> object:
    """A plain list of names is a list of parameters."""
    if not isinstance(value, list):
        return value
    return [{"name": one} if isinstance(one, str) else one for one in cast("list[object]", value)]


class Action(Input):
    """One call: `endpoint` is a path below the base URL, with `{names}` of path parameters.

    `body` is a template: `{{ name }}` in it stands for a parameter, `{{ name.part }}` or another JMESPath without spaces for
    what that finds in the parameters. Without it body parameters make a JSON object.
    `response` is a JMESPath that selects from the response. `cache_seconds` keeps a GET's response.
    """

    id: Slug
    name: Name = ""
    description: Description = ""
    method: Method = "GET"
    endpoint: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
    parameters: Annotated[list[Parameter], Field(max_length=MAX_PARAMETERS)] = Field(
        default_factory=list[Parameter]
    )
    body: Json = None
    response: JmesPath = ""
    pagination: Pagination = Field(default_factory=Pagination)
    cache_seconds: int = Field(default=0, ge=0, le=86_400)

    _names = field_validator("parameters", mode="before")(_named)

    @field_validator("endpoint")
    @classmethod
    def _below_the_base(cls, value: str) -> str:
        return urls.checked_endpoint(value)

    @model_validator(mode="before")
    @classmethod
    def _named_after_its_id(cls, value: object) -> object:
        if isinstance(value, dict) and not value.get("name"):  # type: ignore[misc]
            return {**value, "name": str(value.get("id", ""))}  # type: ignore[misc]
        return value  # type: ignore[return-value]

    @model_validator(mode="after")
    def _parameters_have_places(self) -> "Action":
        self.parameters = placed(self.method, self.endpoint, self.parameters)
        if self.cache_seconds and self.method != "GET":
            raise ValueError("cache_seconds is for GET actions only")
        if self.pagination.type != "none" and self.method != "GET":
            raise ValueError("pagination is for GET actions only")
        return self


def placed(method: Method, endpoint: str, parameters: list[Parameter]) -> list[Parameter]:
    """The parameters with each one's place; those of the path are required, and there even when nobody declared them."""
    in_path = urls.names(endpoint)
    usual: ParameterLocation = "query" if method in ("GET", "DELETE") else "body"
    known: dict[str, Parameter] = {}
    for one in parameters:
        if one.name in known:
            raise ValueError(f"the parameter {one.name!r} appears more than once")
        place = one.place or ("path" if one.name in in_path else usual)
        if (place == "path") != (one.name in in_path):
            where = (
                "must stand in the endpoint as {…}"
                if place == "path"
                else "stands in the endpoint: it goes in the path"
            )
            raise ValueError(f"the parameter {one.name!r} {where}")
        changes = {"place": place, "required": one.required or place == "path"}
        known[one.name] = one.model_copy(update=changes)
    for name in in_path:
        if name not in known:
            known[name] = Parameter.model_validate({"name": name, "in": "path", "required": True})
    return list(known.values())
