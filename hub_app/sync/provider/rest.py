"""A source behind a REST API, made from what is declared of it. It stands on `apiclient` alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import cast

from pydantic import JsonValue

from hub_app.apiclient import urls
from hub_app.apiclient.errors import ApiError
from hub_app.apiclient.urls import UrlOutsideBase
from hub_app.sync.provider.calls import Calls, Ready
from hub_app.sync.provider.declared import Beside, Lists, RestResource, Row, Writing
from hub_app.sync.provider.rows import LeftOut, NoRecord, Reader, field_of, made_of
from hub_app.sync.provider.source import Draft, Item, Page, Payload, Source, SourceField

_MOST_FIELDS = 1_000
_LONGEST_NAME = 200


class RestSource(Source):
    """`account` is the path whose answer says that the credential holds, and where the account's name lies in it."""

    def __init__(
        self, base: str, ready: Ready, declared: Sequence[RestResource], *, account: tuple[str, str]
    ) -> None:
        self.resources = {one.resource.name: one.resource for one in declared}
        self._declared = {one.resource.name: one for one in declared}
        self._readers = {one.resource.name: Reader(one) for one in declared}
        self._calls = Calls(base, ready)
        self._account = account
        self._lists: dict[int, Mapping[str, Sequence[JsonValue]]] = {}

    async def probe(self) -> str:
        path, name = self._account
        answer = await self._calls.get(path)
        found = answer.get(name) if isinstance(answer, dict) else None
        return found[:_LONGEST_NAME] if isinstance(found, str) else ""

    async def read(self, resource: str, at: JsonValue = None, *, since: datetime | None = None) -> Page:
        declared = self._declared[resource]
        query = dict(declared.query)
        if since is not None and declared.since:
            query[declared.since] = declared.since_text(since)
        if at is not None and not isinstance(at, dict):
            raise ApiError("pagination", "This list is no longer read as it was. Read it from its beginning.")
        page = await self._calls.page(declared.path, declared.pagination, query, at)
        if page is None:
            return Page(())
        beside = {name: await self._whole(one) for name, one in declared.beside.items()}
        reader = self._readers[resource]
        # A short first page may be the work of an API that gives fewer rows than it is asked for.
        ends = at is None and reader.total(page.value) == len(page.rows) < declared.pagination.size
        return reader.page(page.rows, page.value, beside, following=None if ends else page.next)

    async def fields(self, resource: str) -> Sequence[SourceField]:
        custom = self._declared[resource].custom
        if custom is None:
            return ()
        found: list[SourceField] = []
        async for row in self._calls.rows(custom.path, custom.pagination, custom.query):
            made = field_of(row, custom.as_field)
            if made is not None and len(found) < _MOST_FIELDS:
                found.append(made)
        return found

    async def get(self, resource: str, external_id: str) -> Item | None:
        document = await self._document(resource, external_id)
        item = None if document is None else await self._item(resource, document)
        return None if item is None or item.gone else item

    async def create(self, resource: str, draft: Draft) -> Item:
        declared, writing = self._writable(resource)
        answer = await self._calls.send("POST", declared.path, writing.made(draft))
        try:
            item = await self._item(resource, answer)
        except ApiError as error:
            if error.kind != "selection":
                raise
            item = None
        return item or await self._made(resource, draft)

    async def update(self, resource: str, external_id: str, draft: Draft) -> Item:
        declared, writing = self._writable(resource)
        path = _record_path(declared, external_id)
        if writing.method == "patch":
            await self._calls.send("PATCH", path, writing.changed({}, draft.values))
        else:
            before = await self._unchanged(resource, external_id, draft.whole)
            document = made_of(writing.changed, before, draft.values)
            if document is None:
                raise ApiError("selection", "The record is not as its kind should be: it cannot be changed.")
            await self._calls.send("PUT", path, document)
        # An API may lose a field, and answer what it was sent.
        return _there(await self.get(resource, external_id))

    async def find(self, resource: str, draft: Draft) -> Sequence[Item]:
        declared, writing = self._writable(resource)
        for lookup in writing.lookups:
            asked = lookup.query(draft)
            if asked is None:
                continue
            query = {**declared.query, **asked}
            page = await self._calls.page(declared.path, declared.pagination, query)
            rows = [row for row in page.rows if isinstance(row, dict)] if page is not None else []
            items = [await self._item(resource, row) for row in rows if made_of(lookup.fits, row, draft)]
            if found := [one for one in items if one is not None and not one.gone]:
                return found
        return ()

    async def _made(self, resource: str, draft: Draft) -> Item:
        """The record that was just made, of an API that does not answer with it."""
        found = await self.find(resource, draft) if self.finds(resource) else ()
        own = next((one for one in found if self.refers(one, draft)), None)
        if own is None:
            why = "The API took a new record, and did not answer with it: nobody knows its id."
            raise ApiError("protocol", why, retryable=self.finds(resource))
        return own

    def finds(self, resource: str) -> bool:
        writing = self._declared[resource].writing
        return writing is not None and writing.finds

    def refers(self, item: Item, draft: Draft) -> bool:
        every = (one.writing for one in self._declared.values() if one.writing is not None)
        return bool(draft.reference) and any(one.refers(item.payload, draft) for one in every)

    async def _unchanged(self, resource: str, external_id: str, whole: Payload) -> Row:
        """The document, which is replaced as a whole: what lists do not show of it, or what somebody has changed since
        `whole` was read, would be lost.
        """
        document = await self._document(resource, external_id)
        item = _there(None if document is None else await self._item(resource, document))
        volatile = self.resources[resource].volatile
        if whole and _settled(item.payload, volatile) != _settled(whole, volatile):
            raise ApiError("changed", "Somebody changed this record after it was read.")
        return cast("Row", document)

    async def _document(self, resource: str, external_id: str) -> JsonValue:
        """A record as the API answers it, None when there is none."""
        try:
            return await self._calls.get(_record_path(self._declared[resource], external_id))
        except ApiError as error:
            if error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
                return None
            raise

    async def _item(self, resource: str, row: JsonValue) -> Item | None:
        """What a row read by itself is; None for none of this resource's records."""
        declared, reader = self._declared[resource], self._readers[resource]
        external_id = reader.id_of(row)
        beside: Lists = {name: await self._part(one, external_id) for name, one in declared.beside.items()}
        try:
            read = reader.item(row, beside)
        except NoRecord as error:
            raise ApiError("selection", f"A record that the API answered {error}.") from None
        return None if isinstance(read, LeftOut) else read

    async def _whole(self, beside: Beside) -> Mapping[str, Sequence[JsonValue]]:
        if id(beside) not in self._lists:
            self._lists[id(beside)] = await self._read(beside, beside.query)
        return self._lists[id(beside)]

    async def _part(self, beside: Beside, external_id: str) -> Mapping[str, Sequence[JsonValue]]:
        if not beside.narrowed:
            return await self._whole(beside)
        return await self._read(beside, {**beside.query, beside.narrowed: external_id})

    async def _read(self, beside: Beside, query: Mapping[str, str]) -> Mapping[str, Sequence[JsonValue]]:
        found: dict[str, list[JsonValue]] = {}
        async for row in self._calls.rows(beside.path, beside.pagination, query):
            key, value = row.get(beside.by), made_of(beside.value, row)
            if isinstance(key, str) and value is not None:
                found.setdefault(key, []).append(value)
        return found

    def _writable(self, resource: str) -> tuple[RestResource, Writing]:
        declared = self._declared[resource]
        if declared.writing is None:
            raise ApiError("params", f"Records of {resource} cannot be written to this source.")
        return declared, declared.writing


def _record_path(declared: RestResource, external_id: str) -> str:
    if not declared.one:
        raise ApiError("params", "This source can be asked for no single record.")
    try:
        return urls.filled(declared.one, {"id": external_id})
    except UrlOutsideBase as error:
        raise ApiError("params", f"There can be no record of this id: {error}.") from None


def _settled(payload: Payload, volatile: Sequence[str]) -> dict[str, JsonValue]:
    return {name: value for name, value in payload.items() if name not in volatile}


def _there(item: Item | None) -> Item:
    if item is None or item.gone:
        raise ApiError("status", "The record is no longer there.", status=HTTPStatus.NOT_FOUND)
    return item
