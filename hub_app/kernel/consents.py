"""Connections to outside systems that a person consents to, by their kind (`Capability.consents`)."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import capabilities
from hub_app.kernel.actor import Actor
from hub_app.kernel.paging import PageRequest, Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A connection. `terms` is the sentence that is consented to: it names the outside system and what goes there. `href`
    is the address of its page, `owner_id` whose it is; None for the tenant's.
    """

    id: UUID
    name: str
    terms: str
    href: str
    owner_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentKind:
    """A kind of connection whose consent binds: without it nothing is called.

    `page` gives those that the actor may see, newest first by their ids; `among` those of it with these ids, in the same order.
    `find` gives one, None when there is none of this id, or it is not for the actor's eyes. `ids` are those of all that the
    tenant has, whether `page` gives them or not. `changed` signals the capability's screens that its consent was given or
    revoked. All of them in the open transaction.
    """

    label: str
    page: Callable[[AsyncSession, Actor, PageRequest], Awaitable[Slice[Connected]]]
    among: Callable[[AsyncSession, Actor, Collection[UUID]], Awaitable[Sequence[Connected]]]
    find: Callable[[AsyncSession, Actor, UUID], Awaitable[Connected | None]]
    ids: Callable[[AsyncSession], Awaitable[Sequence[UUID]]]
    changed: Callable[[AsyncSession, UUID], None]


def kinds() -> Mapping[str, ConsentKind]:
    """All kinds by their names (`connector`), in the order of their capabilities."""
    return {name: kind for one in capabilities.every() for name, kind in one.consents.items()}
