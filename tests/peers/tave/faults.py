"""What can be made to go wrong with the peer. All switches are off at first; each is a name of `Faults`, here and over HTTP."""

import asyncio
from dataclasses import dataclass, field, fields
from typing import Literal

from aiohttp import web
from pydantic import JsonValue


@dataclass
class Faults:
    """Numbers of times count down as they happen. Pages are those of any list."""

    refuse_after: int | None = None
    """After so many calls, `refuse_times` calls are answered 429."""
    refuse_times: int = 1
    retry_after: int = 1
    fail_page: int = 0
    """This page is answered 500, `fail_times` times."""
    fail_times: int = 1
    cut_page: int = 0
    """In the middle of this page the connection breaks, `cut_times` times."""
    cut_times: int = 1
    slow: float = 0
    """Seconds that each answer takes."""
    after_page: int = 0
    """Once this page was answered, `happening` happens, once."""
    happening: Literal["edit", "delete"] = "edit"
    """What happens: the first row of the next page is edited, or the first of this one deleted."""
    empty_first_page: bool = False
    ends_after: int = 0
    """The pages after this one are empty, whatever the total says."""
    total_off_by: int = 0
    late: bool = False
    """What is changed turns up in lists only after `reveal`."""
    drops: list[str] = field(default_factory=list[str])
    """Fields that a write loses, with an answer as if it had kept them."""
    unanswered: int = 0
    """So many writes are stored and never answered."""
    broken_after_storing: int = 0
    """So many writes are stored and answered 500."""
    refused_field: str = ""
    """A write that changes this field is refused."""
    edited_after_get: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """What somebody changes of the next record that is read by itself, right after it was answered."""
    unauthorized: bool = False
    """From now on no key is let in."""

    def set(self, given: dict[str, JsonValue]) -> None:
        """By their names; AttributeError for one that is none."""
        known = {one.name for one in fields(self)}
        for name, value in given.items():
            if name not in known:
                raise AttributeError(name)
            setattr(self, name, value)

    def clear(self) -> None:
        self.set(vars(Faults()))

    def refuses(self) -> bool:
        """Whether this call is one too many."""
        if self.refuse_after is None:
            return False
        if self.refuse_after > 0:
            self.refuse_after -= 1
            return False
        self.refuse_times -= 1
        if self.refuse_times <= 0:
            self.refuse_after = None
        return True

    def fails(self, page: int) -> bool:
        happens = page == self.fail_page and self.fail_times > 0
        self.fail_times -= happens
        return happens

    def cuts(self, page: int) -> bool:
        happens = page == self.cut_page and self.cut_times > 0
        self.cut_times -= happens
        return happens

    async def stored(self, holding: asyncio.Event, released: asyncio.Event) -> int:
        """What a write that was stored is answered: 500, or nothing until `released` is set; 0 when all is well."""
        if self.unanswered > 0:
            self.unanswered -= 1
            holding.set()
            await released.wait()
            return web.HTTPGatewayTimeout.status_code
        if self.broken_after_storing > 0:
            self.broken_after_storing -= 1
            return web.HTTPInternalServerError.status_code
        return 0
