"""Reading the audit log: pages of it, one entry, and who and what there is to filter by."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from hub_app.governance.schemas.audit import AuditFilter, AuditOut
from hub_app.governance.service.distinct import distinct, people_in
from hub_app.governance.service.people import last_names
from hub_app.kernel import audit, capabilities, db, paging, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.tables import AuditEntry, AuditPerson
from hub_app.kernel.tenancy import INSTALLATION

READ = "read:audit"
_SHOWN = AuditOut.model_fields.keys() & AuditEntry.model_fields.keys()
_EXPORTED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Choices:
    """What the log can be filtered by: acts, and who acted, by id, with the name that they had last."""

    actions: Sequence[str]
    actors: Sequence[tuple[UUID, str]]


def of_installation(actor: Actor) -> Actor:
    """The operator, as one who reads the installation's own log instead of a tenant's. Raises Forbidden for others."""
    actor.require_operator()
    return audit.of_installation(actor)


async def list_entries(actor: Actor, chosen: AuditFilter, page: paging.PageRequest) -> paging.Slice[AuditOut]:
    """The tenant's audit log, newest first."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        statement = _filtered(select(AuditEntry), chosen)
        each = await _each(session, chosen)
        newest_first = paging.newest_first(AuditEntry.id)
        found = await paging.fetch(session, statement, newest_first, page, each=each)
        return found.holding(await _with_people(session, found.items))


async def get_entry(actor: Actor, entry_id: UUID) -> AuditOut:
    """One entry. NotFound when the tenant has none of this id."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        found = await rows.get(session, AuditEntry, entry_id)
        return (await _with_people(session, [found]))[0]


async def tenant_names(actor: Actor, entries: Sequence[AuditOut]) -> dict[str, str]:
    """What the tenants are called that entries of the installation's log are about, by their ids. Those that are gone are left
    out. A tenant's own log is about itself alone.
    """
    if actor.tenant_id != INSTALLATION:
        return {}
    actor.require_operator()
    about = {UUID(one.target_id) for one in entries if one.target_type == "tenant" and one.target_id}
    return {str(one): name for one, name in (await capabilities.tenant_names(about)).items()}


async def begin_export(actor: Actor, chosen: AuditFilter) -> AsyncIterator[Sequence[AuditOut]]:
    """The whole of a filtered log, newest first, some hundred entries at a time. That it was read is the log's next entry."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.begin(actor.tenant_id) as session:
        filters = sorted(chosen.model_fields_set & chosen.model_dump(exclude_none=True).keys())
        await audit.record(session, actor, "audit.exported", summary={"filters": filters})
    return _pages(actor, chosen)


async def choices(actor: Actor) -> Choices:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        actions = await _actions(session)
        acted = await people_in(session, col(AuditEntry.actor_id))
        names = await last_names(session, acted)
    actors = [(one, names[one]) for one in acted]
    return Choices(actions, sorted(actors, key=lambda one: (one[1].casefold(), one[0])))


async def _pages(actor: Actor, chosen: AuditFilter) -> AsyncIterator[Sequence[AuditOut]]:
    cursor: str | None = None
    while True:
        found = await list_entries(actor, chosen, paging.PageRequest(_EXPORTED_AT_ONCE, cursor))
        yield found.items
        cursor = found.next_cursor
        if cursor is None:
            return


def _filtered(statement: SelectOfScalar[AuditEntry], chosen: AuditFilter) -> SelectOfScalar[AuditEntry]:
    if chosen.actor_id is not None:
        statement = statement.where(AuditEntry.actor_id == chosen.actor_id)
    if chosen.target_id is not None:
        statement = statement.where(AuditEntry.target_id == chosen.target_id)
        if chosen.action is not None:
            # What was done to one thing is little: no index needs to know the act.
            statement = statement.where(_is(chosen.action))
    # Ids grow with time, and have the index.
    if chosen.since is not None:
        statement = statement.where(col(AuditEntry.id) >= lowest_at(chosen.since))
    if chosen.until is not None:
        statement = statement.where(col(AuditEntry.id) < lowest_at(chosen.until))
    return statement


def _is(action: str) -> sa.ColumnElement[bool]:
    """One act, or a family of them: `/` is what follows a full stop."""
    name, family = col(AuditEntry.action), action.rstrip(".")
    return sa.or_(name == action, sa.and_(name >= f"{family}.", name < f"{family}/"))


async def _each(session: AsyncSession, chosen: AuditFilter) -> list[sa.ColumnElement[bool]] | None:
    """The acts that are asked for, one by one: the indexes have them before the id. None where nothing is filtered by them."""
    wanted = chosen.action
    if chosen.target_id is not None or wanted is None:
        return None
    known = await _actions(session)
    named = [one for one in known if one == wanted or one.startswith(f"{wanted.rstrip('.')}.")]
    return [col(AuditEntry.action) == one for one in named or [wanted]]


async def _actions(session: AsyncSession) -> list[str]:
    """Every act that the tenant's log knows."""
    return [one async for one in distinct(session, col(AuditEntry.action), "")]


async def _with_people(session: AsyncSession, entries: Sequence[AuditEntry]) -> list[AuditOut]:
    wanted = {one.person for one in entries}
    people = (await session.exec(select(AuditPerson).where(col(AuditPerson.person).in_(wanted)))).all()
    known = {one.person: one for one in people}
    return [_out(one, known.get(one.person)) for one in entries]


def _out(entry: AuditEntry, person: AuditPerson | None) -> AuditOut:
    who = {"actor_name": "", "actor_email": "", "ip": ""}
    if person is not None:
        who = {"actor_name": person.name, "actor_email": person.email, "ip": person.ip}
    return AuditOut.model_validate({**entry.model_dump(include=set(_SHOWN)), **who})
