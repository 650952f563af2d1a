"""A source behind a web site, made from what is declared of it."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from pydantic import JsonValue

from hub_app.apiclient.errors import ApiError
from hub_app.sync.provider.pages import extracting
from hub_app.sync.provider.pages.declared import PageResource
from hub_app.sync.provider.pages.session import Session, layout
from hub_app.sync.provider.source import Item, Page, Source, Unread

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


class PagesSource(Source):
    """`account` is the path of a page and the selector of the account's name on it."""

    def __init__(
        self, session: Session, declared: Sequence[PageResource], *, account: tuple[str, str]
    ) -> None:
        self.resources = {one.resource.name: one.resource for one in declared}
        self._declared = {one.resource.name: one for one in declared}
        self._session = session
        self._account = account

    async def probe(self) -> str:
        path, selector = self._account
        html = await self._session.page(path) or ""
        found = await self._session.run(extracting.details_of, [html], {"name": selector})
        name = found[0]["values"]["name"]
        if not name:
            raise layout("name of the account", selector, path, found[0]["around"])
        return str(name)[:200]

    async def read(self, resource: str, at: JsonValue = None, *, since: datetime | None = None) -> Page:
        del since
        declared = self._declared[resource]
        path = str(at["path"]) if isinstance(at, dict) and "path" in at else declared.path
        listed = await self._listed(declared, path)
        items: list[Item] = []
        unread: list[Unread] = []
        for link in cast("list[str]", listed["links"]):
            found = await self._item(declared, self._session.path_of(link, path))
            if isinstance(found, Item):
                items.append(found)
            elif found is not None:
                unread.append(found)
        following = listed["next"]
        then: JsonValue = {"path": self._session.path_of(following, path)} if following else None
        return Page(tuple(items), next=then, unread=tuple(unread))

    async def _listed(self, declared: PageResource, path: str) -> dict[str, Any]:
        """A page of the list. ApiError of the kind `layout` when it does not look like one: then nothing is concluded from it."""
        html = await self._session.page(path)
        if html is None:
            raise ApiError(
                "layout", f"There is no page at {path}. Check the path of the list in the settings."
            )
        given = (declared.row, declared.link, declared.following, declared.empty)
        listed = await self._session.run(extracting.list_of, html, *given)
        if not listed["links"] and not listed["empty"]:
            raise layout(f"rows of {declared.resource.name}", declared.row, path, listed["around"])
        if not all(listed["links"]):
            raise layout("link to the details in each row", declared.link, path, listed["around"])
        return listed

    async def _item(self, declared: PageResource, path: str) -> Item | Unread | None:
        html = await self._session.page(path)
        if html is None:
            # It went while the list was read.
            return None
        external_id = _id_of(path)
        (found,) = await self._session.run(extracting.details_of, [html], dict(declared.fields))
        values = cast("dict[str, JsonValue]", found["values"])
        if not values.get(declared.needed):
            raise layout(
                declared.needed.replace("_", " "), declared.fields[declared.needed], path, found["around"]
            )
        if not _ID.fullmatch(external_id):
            return Unread("Its address ends in no ID.", {**values}, external_id[:200] or path[:200])
        payload: Mapping[str, JsonValue] = declared.prepare({**values, "id": external_id})
        return Item(external_id, payload, version=_digest(values))

    async def get(self, resource: str, external_id: str) -> Item | None:
        declared = self._declared[resource]
        if not _ID.fullmatch(external_id):
            raise ApiError("params", "There is no record of this id.")
        found = await self._item(declared, f"{declared.path.partition('?')[0]}/{external_id}")
        return found if isinstance(found, Item) else None

    async def tried(self, resource: str) -> dict[str, Any]:
        """What each selector finds on the list's first page, and on the first record's, by the name of the selector's setting."""
        declared = self._declared[resource]
        html = await self._session.page(declared.path) or ""
        of_list = {
            name: getattr(declared, name) for name in ("row", "following", "empty") if getattr(declared, name)
        }
        inside = {"link": f"{declared.row} {declared.link}"}
        found = await self._session.run(extracting.tried, html, {**of_list, **inside})
        listed = await self._session.run(extracting.list_of, html, declared.row, declared.link, "", "")
        links = [one for one in listed["links"] if one]
        if links:
            page = await self._session.page(self._session.path_of(links[0], declared.path)) or ""
            found |= await self._session.run(extracting.tried, page, dict(declared.fields))
        else:
            found |= {name: {"count": 0, "first": ""} for name in declared.fields}
        return {declared.labels.get(name, name): one for name, one in found.items()}


def _id_of(path: str) -> str:
    return urlsplit(path).path.rstrip("/").rpartition("/")[2]


def _digest(values: Mapping[str, JsonValue]) -> str:
    """What tells a change of a page that tells none itself."""
    said = "\n".join(f"{name}={values[name]}" for name in sorted(values))
    return hashlib.sha256(said.encode()).hexdigest()[:32]
