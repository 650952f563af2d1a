"""A source behind a REST API, made from what is declared of it. It stands on `apiclient` alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import cast

from pydantic import JsonValue

from hub_app.apiclient import urls
from hub_app.apiclient.declarations import Pagination
from hub_app.apiclient.errors import ApiError
from hub_app.apiclient.urls import UrlOutsideBase
from hub_app.kernel.jmespath.grammar import path_of
from hub_app.sync.provider.beside import BesideLists
from hub_app.sync.provider.calls import Calls, Ready
from hub_app.sync.provider.declared import Lookup, RestResource, Row, Writing
from hub_app.sync.provider.rows import LeftOut, NoRecord, Reader, field_of, made_of
from hub_app.sync.provider.source import Draft, Item, Page, Payload, Source, SourceField

_MOST_FIELDS = 1_000
_LONGEST_NAME = 200
# Of what a search finds, so many are read by themselves.
_MOST_FOUND = 10


class RestSource(Source):
    """`account` is the path whose answer says that the credential holds, and the path of names to the account's name in it."""

    def __init__(
        self, base: str, ready: Ready, declared: Sequence[RestResource], *, account: tuple[str, str]
    ) -> None:
        self.resources = {one.resource.name: one.resource for one in declared}
        self._declared = {one.resource.name: one for one in declared}
        self._readers = {one.resource.name: Reader(one) for one in declared}
        self._calls = Calls(base, ready)
        self._beside = BesideLists(self._calls)
        self._account = account

    async def probe(self) -> str:
        path, name = self._account
        answer = await self._calls.get(path)
        found = _inside(answer, name) if name else None
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
        beside = await self._beside.of_rows(declared.beside, page.rows)
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
            item = await self._item(resource, _inside(answer, declared.inside))
        except ApiError as error:
            if error.kind != "selection":
                raise
            item = None
        return item or await self._made(resource, draft)

    async def update(self, resource: str, external_id: str, draft: Draft) -> Item:
        declared, writing = self._writable(resource)
        path = _record_path(declared, external_id)
        if writing.method == "patch":
            document = made_of(writing.patched, draft.whole, draft.values)
            await self._calls.send("PATCH", path, _fit(document))
        else:
            before = await self._unchanged(resource, external_id, draft.whole)
            document = made_of(writing.changed, before, draft.values)
            await self._calls.send("PUT", path, _fit(document))
        # An API may lose a field, and answer what it was sent.
        return _there(await self.get(resource, external_id))

    async def find(self, resource: str, draft: Draft) -> Sequence[Item]:
        declared, writing = self._writable(resource)
        for lookup in writing.lookups:
            asked = lookup.query(draft)
            if asked is None:
                continue
            items = [
                await self._item(resource, row)
                for row in await self._looked_up(declared, lookup, asked)
                if made_of(lookup.fits, row, draft)
            ]
            if found := [one for one in items if one is not None and not one.gone]:
                return found
        return ()

    async def _looked_up(
        self, declared: RestResource, lookup: Lookup, asked: Mapping[str, str]
    ) -> list[dict[str, JsonValue]]:
        """The first rows of a query."""
        if not lookup.path:
            page = await self._calls.page(declared.path, declared.pagination, {**declared.query, **asked})
            return [row for row in page.rows if isinstance(row, dict)] if page is not None else []
        whole = Pagination(type="none", items=lookup.items)
        found = [row async for row in self._calls.rows(lookup.path, whole, asked)]
        ids = [_inside(row, lookup.id) for row in found[:_MOST_FOUND]]
        rows = [await self._document(declared.resource.name, str(one)) for one in ids if one is not None]
        return [row for row in rows if isinstance(row, dict)]

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
            declared = self._declared[resource]
            return _inside(await self._calls.get(_record_path(declared, external_id)), declared.inside)
        except ApiError as error:
            if error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
                return None
            raise

    async def _item(self, resource: str, row: JsonValue) -> Item | None:
        """What a row read by itself is; None for none of this resource's records."""
        declared, reader = self._declared[resource], self._readers[resource]
        beside = await self._beside.of_one(declared.beside, row, reader.id_of(row))
        try:
            read = reader.item(row, beside)
        except NoRecord as error:
            raise ApiError("selection", f"A record that the API answered {error}.") from None
        return None if isinstance(read, LeftOut) else read

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


def _inside(answer: JsonValue, where: str) -> JsonValue:
    path = path_of(where) if where else None
    return answer if path is None else path.follow(answer)


def _fit(document: Row | None) -> Row:
    if document is None:
        raise ApiError("selection", "The record is not as its kind should be: it cannot be changed.")
    return document


def _settled(payload: Payload, volatile: Sequence[str]) -> dict[str, JsonValue]:
    return {name: value for name, value in payload.items() if name not in volatile}


def _there(item: Item | None) -> Item:
    if item is None or item.gone:
        raise ApiError("status", "The record is no longer there.", status=HTTPStatus.NOT_FOUND)
    return item
