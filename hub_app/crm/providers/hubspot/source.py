"""HubSpot's objects as a source: lists in the order of ids, and searches for what has changed.

A search gives ten thousand objects and no more: beyond them it begins anew at the last one's time. Where ten thousand have the same
time, they are read in the order of their ids.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, cast

from pydantic import JsonValue

from hub_app.apiclient.errors import ApiError
from hub_app.crm.providers.hubspot import documents
from hub_app.crm.providers.hubspot.documents import Property
from hub_app.crm.providers.hubspot.kinds import KINDS, Kind
from hub_app.sync.provider.calls import Calls, Ready
from hub_app.sync.provider.rows import made_of
from hub_app.sync.provider.source import Draft, Item, Page, Source, SourceField, Unread

SEARCH = "search"
"""The group of calls of which there may be fewer."""
_SIZE = 100
# All names have to stand in one address.
_MOST_PROPERTIES = 250
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNFIT = (LookupError, TypeError, ValueError, AttributeError)
Row = Mapping[str, Any]
Place = Mapping[str, JsonValue]


class HubSpot(Source):
    """Contacts and deals of one account."""

    window = 10_000
    """So many objects a search gives."""

    def __init__(self, base: str, ready: Ready) -> None:
        self._calls = Calls(base, ready)
        self._kinds = {one.resource.name: one for one in KINDS}
        self.resources = {name: one.resource for name, one in self._kinds.items()}
        self._known: dict[str, dict[str, Property]] = {}

    async def probe(self) -> str:
        account = await self._calls.get("/account-info/v3/details")
        number = account.get("portalId") if isinstance(account, dict) else None
        return f"HubSpot {number}" if number else ""

    async def read(self, resource: str, at: JsonValue = None, *, since: datetime | None = None) -> Page:
        kind = self._kinds[resource]
        if at is not None and (not isinstance(at, dict) or ("from" in at) != (since is not None)):
            raise ApiError("pagination", "This list is no longer read as it was. Read it from its beginning.")
        place: Place = at or {}
        rows, following = await (
            self._listed(kind, place) if since is None else self._searched(kind, place, since)
        )
        items, unread = await self._items(kind, rows)
        return Page(items, following, unread=unread)

    async def fields(self, resource: str) -> Sequence[SourceField]:
        return [one.field() for one in (await self._properties(self._kinds[resource])).values()]

    async def get(self, resource: str, external_id: str) -> Item | None:
        kind = self._kinds[resource]
        if not external_id.isdecimal():
            raise ApiError("params", "There can be no record of this id: it is no number.")
        try:
            row = await self._calls.get(_path(kind, external_id), await self._asked(kind))
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        item = await self._one(kind, row)
        return None if item.gone else item

    async def create(self, resource: str, draft: Draft) -> Item:
        kind = self._kinds[resource]
        made = await self._calls.send("POST", _path(kind), await self._document(kind, draft))
        found = await self.get(resource, str(cast("Row", made)["id"])) if isinstance(made, dict) else None
        return _there(found)

    async def update(self, resource: str, external_id: str, draft: Draft) -> Item:
        kind = self._kinds[resource]
        await self._calls.send("PATCH", _path(kind, external_id), await self._document(kind, draft))
        return _there(await self.get(resource, external_id))

    async def find(self, resource: str, draft: Draft) -> Sequence[Item]:
        kind = self._kinds[resource]
        wanted = draft.values.get(f"properties.{kind.title}")
        if not wanted:
            return ()
        rows, _ = await self._search(kind, [(kind.title, "EQ", str(wanted))], kind.changed, "")
        return (await self._items(kind, rows))[0]

    # Reading

    async def _listed(self, kind: Kind, at: Place) -> tuple[list[Row], JsonValue]:
        """A page of all that there are, and then of those that were deleted lately, which are told as archived."""
        archived, after = bool(at.get("archived")), str(at.get("after") or "")
        query = {**await self._asked(kind), "limit": str(_SIZE), "archived": str(archived).lower()}
        answer = await self._calls.get(_path(kind), {**query, "after": after} if after else query)
        rows, following = _rows(answer), _after(answer, after)
        if following:
            return rows, {"archived": archived, "after": following}
        return rows, None if archived else {"archived": True}

    async def _searched(self, kind: Kind, at: Place, since: datetime) -> tuple[list[Row], JsonValue]:
        """A page of what was changed since then, in the order of the changes."""
        begin = cast("int", at["from"]) if at else _milliseconds(since)
        if "id" in at:
            return await self._of_one_moment(kind, begin, str(at["id"]))
        after = str(at.get("after") or "")
        filters = [(kind.changed, "GTE", str(begin))]
        rows, following = await self._search(kind, filters, kind.changed, after)
        if not following or not rows:
            return rows, None
        if int(following) + _SIZE <= self.window:
            return rows, {"from": begin, "after": following}
        last = _changed(kind, rows[-1])
        return rows, {"from": last} if last > begin else {"from": begin, "id": "0"}

    async def _of_one_moment(self, kind: Kind, moment: int, after: str) -> tuple[list[Row], JsonValue]:
        """Those of more than a window that were changed in the same millisecond."""
        filters = [(kind.changed, "EQ", str(moment)), ("hs_object_id", "GT", after)]
        rows, following = await self._search(kind, filters, "hs_object_id", "")
        if following and rows:
            return rows, {"from": moment, "id": _later(str(rows[-1].get("id")), after)}
        return rows, {"from": moment + 1}

    async def _search(
        self, kind: Kind, filters: Sequence[tuple[str, str, str]], sort: str, after: str
    ) -> tuple[list[Row], str]:
        asked: list[JsonValue] = [
            {"propertyName": name, "operator": operator, "value": value} for name, operator, value in filters
        ]
        document: dict[str, JsonValue] = {
            "filterGroups": [{"filters": asked}],
            "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
            "properties": [*await self._names(kind)],
            "limit": _SIZE,
        }
        if after:
            document["after"] = after
        answer = await self._calls.send("POST", f"{_path(kind)}/search", document, group=SEARCH)
        return _rows(answer), _after(answer, after)

    async def _items(self, kind: Kind, rows: Sequence[Row]) -> tuple[list[Item], list[Unread]]:
        properties, related = await self._properties(kind), await self._related(kind, rows)
        items: list[Item] = []
        unread: list[Unread] = []
        for row in rows:
            try:
                items.append(_item(kind, row, properties, related.get(str(row.get("id")), [])))
            except _UNFIT as error:
                why = f"is not as its kind should be: {type(error).__name__}"
                unread.append(Unread(why, cast("JsonValue", row), str(row.get("id") or "")))
        return items, unread

    async def _one(self, kind: Kind, row: JsonValue) -> Item:
        items, unread = await self._items(kind, [cast("Row", row)] if isinstance(row, dict) else [])
        if not items:
            why = unread[0].why if unread else "is no object"
            raise ApiError("selection", f"A record that the API answered {why}.")
        return items[0]

    async def _related(self, kind: Kind, rows: Sequence[Row]) -> dict[str, list[str]]:
        """The ids of what is associated with each of these, in their order."""
        ids: list[JsonValue] = [{"id": str(row["id"])} for row in rows if row.get("id")]
        if not kind.related or not ids:
            return {}
        path = f"/crm/v4/associations/{kind.path}/{kind.related}/batch/read"
        answer = await self._calls.send("POST", path, {"inputs": ids})
        return dict(one for one in map(_linked, _rows(answer)) if one is not None)

    # Properties

    async def _properties(self, kind: Kind) -> dict[str, Property]:
        """Those that are asked for: the usual ones, and the account's own."""
        if kind.path not in self._known:
            rows = _rows(await self._calls.get(f"/crm/v3/properties/{kind.path}"))
            read = (made_of(documents.property_of, row) for row in rows)
            known = {one.name: one for one in read if one is not None}
            own = [str(row.get("name")) for row in rows if not row.get("hubspotDefined")]
            names = [*kind.properties, *own][:_MOST_PROPERTIES]
            self._known[kind.path] = {name: known[name] for name in names if name in known}
        return self._known[kind.path]

    async def _names(self, kind: Kind) -> list[str]:
        return [*await self._properties(kind), kind.changed]

    async def _asked(self, kind: Kind) -> dict[str, str]:
        return {"properties": ",".join(await self._names(kind))}

    async def _document(self, kind: Kind, draft: Draft) -> dict[str, JsonValue]:
        properties = await self._properties(kind)
        written: dict[str, JsonValue] = {}
        for path, value in draft.values.items():
            name = path.removeprefix("properties.")
            if name not in properties:
                raise ApiError("params", f"HubSpot has no property {name}.")
            written[name] = properties[name].written(value)
        return {"properties": written}


def _path(kind: Kind, external_id: str = "") -> str:
    return f"/crm/v3/objects/{kind.path}" + (f"/{external_id}" if external_id else "")


def _rows(answer: JsonValue) -> list[Row]:
    rows = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise ApiError("pagination", "There is no list in the response.")
    return [row for row in rows if isinstance(row, dict)]


def _after(answer: JsonValue, before: str) -> str:
    """The number from which the next page goes on, "" after the last one."""
    paging = answer.get("paging") if isinstance(answer, dict) else None
    following = paging.get("next") if isinstance(paging, dict) else None
    text = str(following.get("after") or "") if isinstance(following, dict) else ""
    return _later(text, before) if text else ""


def _later(number: str, before: str) -> str:
    """A place that is none, or no later one, would have the list go round in circles."""
    if not number.isdecimal() or int(number) <= int(before or "0"):
        raise ApiError("pagination", "The API gave no later place to go on from: the list would never end.")
    return number


def _changed(kind: Kind, row: Row) -> int:
    """In milliseconds, as a search takes it."""
    moment = made_of(lambda: datetime.fromisoformat(str(row["properties"][kind.changed])))
    if moment is None or moment.tzinfo is None:
        raise ApiError("pagination", f"The last record of a page has no time of change, {kind.changed}.")
    return _milliseconds(moment)


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _linked(row: Row) -> tuple[str, list[str]] | None:
    """The ids of what is associated with an object, in their order, by its own; None for what is no such row."""
    others = made_of(lambda: sorted(int(one["toObjectId"]) for one in row["to"]))
    own = made_of(lambda: str(row["from"]["id"]))
    return None if own is None or others is None else (own, [str(one) for one in others])


def _item(kind: Kind, row: Row, properties: Mapping[str, Property], related: Sequence[str]) -> Item:
    changed = datetime.fromisoformat(str(row["updatedAt"])).astimezone(UTC)
    payload = kind.prepare(documents.read(row, properties), related)
    return Item(str(row["id"]), payload, changed, str(row["updatedAt"]), bool(row.get("archived")))


def _there(item: Item | None) -> Item:
    if item is None:
        raise ApiError("status", "The record is no longer there.", status=HTTPStatus.NOT_FOUND)
    return item
