"""What a capability brings: one `CAPABILITY = Capability(…)` in its `capability.py`, checked by the type checker.

Everything else of Hub asks for it here (`kernel/capabilities.py`), so that adding a capability changes no file outside its
folder.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel.access import Authenticate, CountCall
from hub_app.kernel.activity import Activity
from hub_app.kernel.actor import Actor
from hub_app.kernel.authorizations import Authorizable
from hub_app.kernel.backlogs import Backlog
from hub_app.kernel.commands import Command
from hub_app.kernel.consents import ConsentKind
from hub_app.kernel.event_listeners import Listener
from hub_app.kernel.figures import Gauge
from hub_app.kernel.jobs import JobKind
from hub_app.kernel.navigation import NavEntry
from hub_app.kernel.notices import Notice
from hub_app.kernel.personal import Members, Personal
from hub_app.kernel.retention import Retention
from hub_app.kernel.scheduler import Periodic
from hub_app.kernel.scopes import Family
from hub_app.kernel.search import Found
from hub_app.kernel.sources import SourceFamily

Search = Callable[[Actor, str, int], Awaitable[Sequence[Found]]]
"""At most so many things with this text in their name that the actor may see."""
Health = Callable[[], Awaitable[tuple[bool, str]]]
"""Whether this part of the installation works, with a sentence."""
Gauges = Callable[[], Awaitable[Sequence[Gauge]]]
"""Figures that only the database knows, for Prometheus."""
TenantNames = Callable[[Collection[UUID] | None], Awaitable[dict[UUID, str]]]
"""The names of these tenants, or of all, by their ids. One that is gone is left out."""
Notices = Callable[[Actor], Awaitable[Sequence[Notice]]]
"""What this person must know on whatever page they are."""
Status = Callable[[Actor], Awaitable[dict[str, int]]]
"""Counts of what the tenant has."""
Count = Callable[[AsyncSession, UUID], Awaitable[dict[str, int]]]
"""Counts of what hangs on a thing, by what it is, in the open transaction."""
Lost = Callable[[AsyncSession, UUID, UUID], Awaitable[None]]
"""Told in the open transaction that a thing of this tenant goes, by its id. The unit may be the system's."""
Needs = Callable[[sa.ColumnElement[UUID], sa.ColumnElement[UUID]], sa.ColumnElement[bool]]
"""Whether a row, by the columns with its tenant's id and its own, is needed."""
Suspended = Callable[[AsyncSession, Collection[UUID] | None], Awaitable[set[UUID]]]
"""Those of some tenants that are suspended, locked until the open system unit ends; for None all of them, as they are."""
Resumed = Callable[[AsyncSession, UUID, timedelta], Awaitable[None]]
"""Makes due what is parked of a tenant (`kernel/suspension.py`), in the open system unit, after so long a suspension."""
Address = Callable[[Actor, UUID], Awaitable[str]]
"""The address of a thing's page; "" when it is gone, or not for the actor's eyes."""


@dataclass(frozen=True, kw_only=True)
class Capability:
    """What a capability brings. Tables are found in its `tables`, the room that every process loads."""

    routers: Sequence[APIRouter] = ()
    pages: Callable[[Any], None] | None = None
    """Adds the pages to Reflex's app."""
    navigation: Sequence[NavEntry] = ()

    scopes: Mapping[str, Family] = field(default_factory=dict[str, Family])
    """What an API token may be allowed to read and write, by the family's name."""
    acts: Mapping[str, str] = field(default_factory=dict[str, str])
    """What audited acts are called whose names do not say it: `session.signed_in` is "Signed in"."""

    running: Callable[[], AbstractAsyncContextManager[None]] | None = None
    """Entered for as long as a process runs, whatever its role."""
    working: Callable[[], AbstractAsyncContextManager[None]] | None = None
    """Its work in the background: entered for as long as a process runs whose role it is."""
    jobs: Mapping[str, JobKind] = field(default_factory=dict[str, JobKind])
    """Its kinds of jobs, by `family.name`."""
    activity: Activity | None = None
    """Its long work, for the top bar."""
    backlogs: Sequence[Backlog] = ()
    """Its queues, as operators see them."""
    periodic: Sequence[Periodic] = ()
    retention: Sequence[Retention] = ()
    commands: Sequence[Command] = ()

    listener: Listener | None = None
    search: Search | None = None
    health: Mapping[str, Health] = field(default_factory=dict[str, Health])
    """By the part's name."""
    health_pages: Mapping[str, str] = field(default_factory=dict[str, str])
    """Where operators see more of a part, by its name."""
    notices: Notices | None = None
    gauges: Gauges | None = None
    status: Mapping[str, Status] = field(default_factory=dict[str, Status])
    """By what is counted; those of the same name are put together."""
    member_losses: Count | None = None
    """What goes along when a member, by the account's id, leaves the tenant."""
    users: Mapping[str, Count] = field(default_factory=dict[str, Count])
    """What uses another capability's thing, by the kind of the thing (`connector`)."""
    lost: Mapping[str, Lost] = field(default_factory=dict[str, Lost])
    """What becomes of what uses another capability's thing when that goes, by the kind of the thing (`connector`, `member`)."""
    needs: Mapping[str, Needs] = field(default_factory=dict[str, Needs])
    """What its waiting work needs of another capability's rows, by their kind (`event`): retention keeps them for it."""
    addresses: Mapping[str, Address] = field(default_factory=dict[str, Address])
    """Where things have their pages, by their kind (`plan_run`)."""
    consents: Mapping[str, ConsentKind] = field(default_factory=dict[str, ConsentKind])
    """Connections to outside systems that work for as long as somebody's consent holds, by their kind (`connector`)."""

    authorizable: Mapping[str, Authorizable] = field(default_factory=dict[str, Authorizable])
    """What OAuth accounts are authorized for, by the name of its kind (`crm_connection`)."""
    sources: Mapping[str, SourceFamily] = field(default_factory=dict[str, SourceFamily])
    """Outside systems whose records are kept in step, by the family of their connections (`crm`)."""

    suspended: Suspended | None = None
    """Which tenants are, by the capability that has them."""
    resumed: Resumed | None = None
    personal: Sequence[Personal] = ()
    """What its tables may hold about people."""
    members: Members | None = None
    """Of the one that keeps accounts: members as people whose data can be erased."""

    tenant_names: TenantNames | None = None
    authenticate: Authenticate | None = None
    count_call: CountCall | None = None
