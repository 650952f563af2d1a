"""Calls of one API for as long as its source is open, with a new client once the API refuses the token."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import JsonValue

from hub_app.apiclient.call import FORM, Call
from hub_app.apiclient.client import Client
from hub_app.apiclient.declarations import Pagination
from hub_app.apiclient.errors import ApiError
from hub_app.apiclient.pagination import ListPage, Position, read_page

Ready = Callable[[str], Awaitable[Client]]
"""Gives a client that may call: with its credential, quota and patience. It takes a token that the API has just refused, "" at
first, and gives one with the same token where there is no other. The token is the first of a credential's texts.
"""
Done = TypeVar("Done")
# A list with more pages is none that is read as a whole.
_MOST_PAGES = 5_000
_ACCEPT = {"accept": "application/json"}
_NOTHING: Mapping[str, str] = MappingProxyType({})
_JSON = {**_ACCEPT, "content-type": "application/json"}


class Calls:
    """Below one base URL."""

    def __init__(self, base: str, ready: Ready) -> None:
        self._base = base
        self._ready = ready
        self._client: Client | None = None

    async def get(self, path: str, query: Mapping[str, str] = _NOTHING) -> JsonValue:
        return await self._sent(Call("GET", self._base, path, list(query.items()), _ACCEPT))

    async def send(
        self, method: str, path: str, document: Mapping[str, JsonValue], *, group: str = ""
    ) -> JsonValue:
        """What the API answers to a document that it is to store, or to search by."""
        content = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        return await self._sent(Call(method, self._base, path, headers=_JSON, content=content, group=group))

    async def send_form(self, path: str, fields: Mapping[str, str]) -> JsonValue:
        """What is answered to a form that is sent."""
        headers = {"accept": "*/*", "content-type": FORM}
        return await self._sent(
            Call("POST", self._base, path, headers=headers, content=urlencode(fields).encode())
        )

    async def page(
        self, path: str, pagination: Pagination, query: Mapping[str, str], at: Position | None = None
    ) -> ListPage | None:
        """A page of a list; None when it ended before."""
        call = Call("GET", self._base, path, list(query.items()), _ACCEPT)
        return await self._tried(
            lambda client: read_page(client, call, pagination, at, partition=client.partition)
        )

    async def rows(
        self, path: str, pagination: Pagination, query: Mapping[str, str]
    ) -> AsyncIterator[dict[str, JsonValue]]:
        """Those of all pages that are objects. Of what has neither pages nor rows, the answer is one."""
        if pagination.type == "none" and not pagination.items:
            answer = await self.get(path)
            if isinstance(answer, dict):
                yield answer
            return
        at: Position | None = None
        for _ in range(_MOST_PAGES):
            page = await self.page(path, pagination, query, at)
            for row in page.rows if page is not None else ():
                if isinstance(row, dict):
                    yield row
            if page is None or page.next is None:
                return
            at = page.next
        raise ApiError("pagination", f"The list at {path} has more than {_MOST_PAGES:,} pages.")

    async def _sent(self, call: Call) -> JsonValue:
        return (await self._tried(lambda client: client.send(call)))[0]

    async def _tried(self, work: Callable[[Client], Awaitable[Done]]) -> Done:
        """Once more when the API refuses the token and there is another one."""
        if self._client is None:
            self._client = await self._ready("")
        try:
            return await work(self._client)
        except ApiError as error:
            if error.status != HTTPStatus.UNAUTHORIZED:
                raise
            refused = _token(self._client)
            self._client = await self._ready(refused)
            if _token(self._client) == refused:
                raise
        return await work(self._client)


def _token(client: Client) -> str:
    return next(iter(client.credential.texts), "")
