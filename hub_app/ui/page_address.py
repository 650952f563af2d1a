"""What a page shows is in its address: a dataclass with a field for each query parameter, read from it and written back."""

from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self
from uuid import UUID

import reflex as rx

from hub_app.kernel.errors import NotFound
from hub_app.ui.inputs import read_id
from hub_app.ui.urls import path, query, url_with


def parameter(
    allowed: Collection[str] | None = None,
    *,
    default: str = "",
    longest: int | None = None,
    stays: bool = True,
) -> Any:
    """A field for the query parameter of its name: `default` when that is absent, or not one of `allowed`.

    What does not stay is about something open over the page, such as a drawer: other addresses of the page are without it.
    """
    return field(default=default, metadata={"allowed": allowed, "longest": longest, "stays": stays})


@dataclass(frozen=True)
class PageAddress:
    """An address of a page with a list. `path` is without its query."""

    path: str
    cursor: str = parameter()

    @classmethod
    def at(cls, state: rx.State) -> Self:
        """The address at which this tab is."""
        found = {
            one.name: query(state, one.name, one.metadata["allowed"], str(one.default))[
                : one.metadata["longest"]
            ]
            for one in fields(cls)
            if one.metadata
        }
        return cls(path(state), **found)

    @property
    def id(self) -> UUID:
        """The thing that the page is about. Raises NotFound when the address holds no id."""
        return read_id(self.path.rpartition("/")[2])

    def url(self, **changes: str | None) -> str:
        """The page's address with these changes, and with nothing open over it."""
        kept = {one.name: getattr(self, one.name) for one in fields(self) if one.metadata.get("stays")}
        kept = {**kept, "cursor": kept.pop("cursor"), **changes}
        usual = {one.name: one.default for one in fields(self)}
        return url_with(
            self.path, **{name: value for name, value in kept.items() if value != usual.get(name)}
        )

    def filtered(self, name: str, value: str) -> Self:
        """The address of a list that is filtered like this. Raises NotFound for no filter of this page."""
        known = {one.name: one.metadata for one in fields(self) if one.metadata.get("stays")}
        if name not in known or name == "cursor":
            raise NotFound("This page has no such filter. Reload it.")
        allowed, longest = known[name]["allowed"], known[name]["longest"]
        chosen = value.strip()[:longest] if allowed is None or value in allowed else ""
        return replace(self, **{name: chosen})


@dataclass(frozen=True)
class SearchAddress(PageAddress):
    """Of a list that can be searched: `q` is a part of the name."""

    q: str = parameter(longest=100)
