"""A REST source as somebody declares it in a browser, for the CRM that Hub has no provider of: its lists, and where they have what."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, StringConstraints, model_validator
from pydantic.config import JsonDict

from hub_app.apiclient import urls
from hub_app.apiclient.declarations import Pagination, QueryName
from hub_app.crm.fields import Feature, FieldType
from hub_app.kernel.fields import Input, Text
from hub_app.kernel.jmespath.grammar import path_of
from hub_app.kernel.validation import NO_SPACES, matching
from hub_app.sync.provider.declared import Lookup, RestResource, Row, Writing, with_values
from hub_app.sync.provider.source import Draft, Order, Payload, Resource, SourceField

SinceFormat = Literal["iso", "date", "unix", "unix_ms"]
_MOST_QUERY = 20
_MOST_FIELDS = 200
_EXAMPLE: JsonDict = {
    "requests_per_minute": 60,
    "resources": [
        {
            "name": "clients",
            "path": "/contacts",
            "one": "/contacts/{id}",
            "pagination": {"type": "page", "items": "items", "size_parameter": "per_page"},
            "id": "id",
            "modified": "updated_at",
            "total": "meta.total",
            "order": "newest_first",
            "query": {"sort": "-updated_at"},
        }
    ],
}


def _is_a_path(value: str) -> str:
    if value and path_of(value) is None:
        raise ValueError("must be names and positions with dots between them, such as meta.updated_at")
    return value


def _is_an_endpoint(value: str) -> str:
    return urls.checked_endpoint(value) if value else value


NamePath = Annotated[
    Text, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_is_a_path)
]
Endpoint = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=1000), AfterValidator(_is_an_endpoint)
]
Needed = StringConstraints(min_length=1)
QueryOrNone = Annotated[str, matching(r"^[\x21-\x7e]*$", NO_SPACES, most=100)]


class FieldIn(Input):
    """A field of this resource's records. Fields that are not declared are found in the records; only declared ones are written."""

    path: Annotated[NamePath, Needed]
    label: Annotated[Text, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    type: FieldType = "text"
    writable: bool = False


class WritingIn(Input):
    """How records are written: created by POST to the list's path, changed by `method` at the path of one.

    `reference` is a field that keeps Hub's own id of the record, and `find` the query parameter of the list that takes it: without
    them a record that was made while the connection broke cannot be told from others, and is never made twice but left to a person.
    """

    method: Literal["put", "patch"] = "patch"
    reference: NamePath = ""
    find: QueryOrNone = ""

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if self.find and not self.reference:
            raise ValueError("find needs reference: the field that it looks in")
        return self


class ResourceIn(Input):
    """A list of the API. `id`, `modified`, `version` and `gone` are paths into a row, `total` into the whole response.

    `since` is a query parameter that leaves out what has not changed since a time, written as `since_format` says; `order` is how
    the list is sorted by `modified`. `lateness_seconds`: how long after its change a record may still turn up.
    """

    name: Feature
    path: Annotated[Endpoint, Needed]
    one: Endpoint = ""
    pagination: Pagination = Pagination()
    query: Annotated[
        dict[QueryName, Annotated[Text, StringConstraints(max_length=500)]], Field(max_length=_MOST_QUERY)
    ] = Field(default_factory=dict[str, str])
    id: Annotated[NamePath, Needed] = "id"
    modified: NamePath = ""
    version: NamePath = ""
    gone: NamePath = ""
    total: NamePath = ""
    order: Order = "none"
    since: QueryOrNone = ""
    since_format: SinceFormat = "iso"
    lateness_seconds: Annotated[int, Field(ge=0, le=86_400)] = 120
    fields: Annotated[list[FieldIn], Field(max_length=_MOST_FIELDS)] = Field(default_factory=list[FieldIn])
    writing: WritingIn | None = None

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if urls.names(self.path):
            raise ValueError("path must not contain braces: a list has no parameters in its path")
        if self.one and urls.names(self.one) != ["id"]:
            raise ValueError("one must contain {id} where a record's id goes, such as /contacts/{id}")
        if (self.order != "none" or self.since) and not self.modified:
            raise ValueError(
                "order and since need modified: the field with the time of a record's last change"
            )
        if self.writing is not None and not self.one:
            raise ValueError("writing needs one: the path of a record, where it is changed and read back")
        if self.writing is not None and not any(one.writable for one in self.fields):
            raise ValueError("writing needs fields that are writable")
        return self


class SourceIn(Input):
    """A REST source: its lists, and how often its API may be called, 0 for no limit of Hub's own."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    resources: Annotated[list[ResourceIn], Field(min_length=1, max_length=5)]
    requests_per_minute: Annotated[int, Field(ge=0, le=100_000)] = 60
    requests_per_hour: Annotated[int, Field(ge=0, le=1_000_000)] = 0

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [one.name for one in self.resources]
        if len(set(names)) < len(names):
            raise ValueError("resources must have each kind of record only once")
        return self

    @property
    def writes(self) -> bool:
        return any(one.writing is not None for one in self.resources)

    def declared(self) -> list[RestResource]:
        """What a source is made from."""
        return [_resource(one) for one in self.resources]


def _resource(one: ResourceIn) -> RestResource:
    return RestResource(
        resource=Resource(
            name=one.name,
            order=one.order,
            filters=bool(one.since),
            lateness=timedelta(seconds=one.lateness_seconds),
            gets=bool(one.one),
            writes=one.writing is not None,
            tells_gone=bool(one.gone),
            # They change with every change, and are nobody's.
            volatile=[path for path in (one.modified, one.version) if path],
            fields=[SourceField(of.path, of.label, of.type, of.writable) for of in one.fields],
        ),
        path=one.path,
        pagination=one.pagination,
        one=one.one,
        id=one.id,
        modified=one.modified,
        version=one.version,
        gone=one.gone,
        total=one.total,
        query=one.query,
        since=one.since,
        since_text=lambda since: since_text(since, one.since_format),
        writing=_writing(one.writing) if one.writing is not None else None,
    )


def since_text(since: datetime, how: SinceFormat) -> str:
    """A time as an API wants to be told it. It is never later than the time."""
    moment = since.astimezone(UTC)
    match how:
        case "iso":
            return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        case "date":
            return moment.strftime("%Y-%m-%d")
        case "unix":
            return str(int(moment.timestamp()))
        case "unix_ms":
            return str(int(moment.timestamp() * 1000))


def _writing(given: WritingIn) -> Writing:
    def values(draft: Draft) -> Mapping[str, JsonValue]:
        return {**draft.values, given.reference: draft.reference} if given.reference else draft.values

    def refers(payload: Payload, draft: Draft) -> bool:
        path = path_of(given.reference) if given.reference else None
        return path is not None and path.follow(dict(payload)) == draft.reference

    def asked(draft: Draft) -> dict[str, str] | None:
        return {given.find: draft.reference} if draft.reference else None

    def fits(row: Row, draft: Draft) -> bool:
        return refers(row, draft)

    lookups: Sequence[Lookup] = [Lookup(asked, fits)] if given.find else []
    return Writing(
        made=lambda draft: with_values({}, values(draft)),
        method=given.method,
        lookups=lookups,
        refers=refers,
    )
