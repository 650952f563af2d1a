"""The lists of Pipedrive's API. They are read in the order of ids, which a change does not move, and take a time to read from."""

from collections.abc import Sequence

from hub_app.apiclient.declarations import Pagination
from hub_app.crm.providers.pipedrive import documents
from hub_app.sync.provider.declared import Beside, Custom, Lookup, RestResource, Writing
from hub_app.sync.provider.source import Draft, Resource, SourceField

_PAGES = Pagination(
    type="cursor",
    parameter="cursor",
    next="additional_data.next_cursor",
    items="data",
    size_parameter="limit",
    size=100,
)
_BY_ID = {"sort_by": "id", "sort_direction": "asc"}
_ORGANIZATIONS = Beside(
    path="/api/v2/organizations",
    by="id",
    value=lambda row: row.get("name"),
    pagination=_PAGES,
    ids="ids",
    named="org_id",
)
_STAGES = Beside(path="/api/v2/stages", by="id", value=lambda row: row.get("name"), pagination=_PAGES)
_PIPELINES = Beside(path="/api/v2/pipelines", by="id", value=lambda row: row.get("name"), pagination=_PAGES)


def _options(path: str) -> Beside:
    return Beside(path=path, by="field_code", value=documents.options_of, pagination=_PAGES)


def _custom(path: str) -> Custom:
    return Custom(path=path, pagination=_PAGES, as_field=documents.custom_field)


def _fields(readable: Sequence[str], writable: Sequence[str]) -> list[SourceField]:
    """Each by its name, with its type after a colon where it is no text."""
    found: list[SourceField] = []
    for text in (*writable, *readable):
        name, _, kind = text.partition(":")
        label = name.replace("_", " ").capitalize()
        found.append(SourceField(name, label, kind or "text", writable=text in writable))
    return found


def _searched(key: str, field: str, draft: Draft) -> dict[str, str] | None:
    value = draft.values.get(key)
    if not isinstance(value, str) or not value.strip():
        return None
    return {"term": value, "fields": field, "exact_match": "true", "limit": "10"}


_CLIENTS = RestResource(
    resource=Resource(
        name="clients",
        filters=True,
        gets=True,
        writes=True,
        fields=_fields(
            (
                *(
                    "first_name",
                    "last_name",
                    "organization",
                    "people:people",
                    "address:multiline",
                    "notes:multiline",
                ),
                *("job_title", "birthday:date", "label_ids:list", "add_time:datetime"),
            ),
            ("name", "email:email", "phone:phone"),
        ),
    ),
    path="/api/v2/persons",
    one="/api/v2/persons/{id}",
    inside="data",
    pagination=_PAGES,
    modified="update_time",
    gone="is_deleted",
    query=_BY_ID,
    since="updated_since",
    prepare=documents.person,
    beside={"organizations": _ORGANIZATIONS, "fields": _options("/api/v2/personFields")},
    custom=_custom("/api/v2/personFields"),
    writing=Writing(
        made=documents.made,
        patched=documents.patched,
        method="patch",
        lookups=(
            Lookup(
                lambda draft: _searched("email", "email", draft),
                documents.has_email,
                path="/api/v2/persons/search",
                items="data.items",
                id="item.id",
            ),
        ),
    ),
)
_PROJECTS = RestResource(
    resource=Resource(
        name="projects",
        filters=True,
        gets=True,
        writes=True,
        tells_gone=True,
        fields=_fields(
            (
                *("client", "organization", "pipeline", "stage", "state", "status", "lost_reason"),
                *(
                    "probability:number",
                    "label_ids:list",
                    "add_time:datetime",
                    "won_time:datetime",
                    "close_time:datetime",
                ),
            ),
            ("title", "value:money", "currency", "expected_close_date:date"),
        ),
    ),
    path="/api/v2/deals",
    one="/api/v2/deals/{id}",
    inside="data",
    pagination=_PAGES,
    modified="update_time",
    gone="is_deleted",
    # Those of the last thirty days are told as deleted.
    query={**_BY_ID, "status": "open,won,lost,deleted"},
    since="updated_since",
    prepare=documents.deal,
    beside={
        "organizations": _ORGANIZATIONS,
        "stages": _STAGES,
        "pipelines": _PIPELINES,
        "fields": _options("/api/v2/dealFields"),
    },
    custom=_custom("/api/v2/dealFields"),
    writing=Writing(
        made=documents.made,
        patched=documents.patched,
        method="patch",
        lookups=(
            Lookup(
                lambda draft: _searched("title", "title", draft),
                documents.has_title,
                path="/api/v2/deals/search",
                items="data.items",
                id="item.id",
            ),
        ),
    ),
)
RESOURCES = (_CLIENTS, _PROJECTS)
