"""Asking for a person's data to be found, exported and erased. The jobs are in `governance/privacy`."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.privacy import marks, work
from hub_app.governance.privacy.mentions import Person, folded
from hub_app.governance.schemas.privacy import (
    EraseIn,
    PersonIn,
    PrivacyRequestOut,
)
from hub_app.governance.service.privacy_requests import WRITE, out, require
from hub_app.governance.tables import PrivacyRequest
from hub_app.kernel import audit, db, jobs, personal, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Invalid
from hub_app.kernel.ids import new_id
from hub_app.kernel.jobs import JobKind
from hub_app.kernel.tables import AuditPerson, Job
from hub_app.kernel.vault import seal_field

PREVIEW_LIFE = timedelta(hours=1)
EXPORT_LIFE = timedelta(days=7)
_MOST_NAMES = 50
_TITLES = {
    work.PREVIEW: "Search for a person's data",
    work.EXPORT: "Export a person's data",
    work.ERASE: "Erase a person's data",
}
KINDS = {name: JobKind(do, _TITLES[name], Role.CUSTOMER_ADMIN) for name, do in work.JOBS.items()}
_NOT_READY = "This preview is not ready, was used or has expired. Ask for a new one."


async def start_export(actor: Actor, given: PersonIn) -> PrivacyRequestOut:
    """Start the job that collects everything about a person in a file. Invalid for nobody's `user_id`."""
    return await _start(actor, given, work.EXPORT, EXPORT_LIFE)


async def start_preview(actor: Actor, given: PersonIn) -> PrivacyRequestOut:
    """Start the job that counts what erasing a person would take. Invalid for nobody's `user_id`."""
    return await _start(actor, given, work.PREVIEW, PREVIEW_LIFE)


async def find(actor: Actor, given: PersonIn) -> PrivacyRequestOut:
    """As `start_preview`, where an e-mail address may also be a member's."""
    require(actor, WRITE)
    async with db.read(actor.tenant_id) as session:
        member = await personal.members().find(session, given.email or "")
    if member is not None:
        given = PersonIn(user_id=member.user_id, words=given.words)
    return await start_preview(actor, given)


async def export_found(actor: Actor, preview_id: UUID) -> PrivacyRequestOut:
    """Start exporting the person of a preview. Conflict when it has expired."""
    require(actor, WRITE)
    async with db.read(actor.tenant_id) as session:
        request = await rows.get(session, PrivacyRequest, preview_id)
        person = work.opened(request)
        if person is None or request.expires_at <= utcnow():
            raise Conflict(_NOT_READY)
    return await _begin(actor, person, work.EXPORT, EXPORT_LIFE)


async def again(actor: Actor, request_id: UUID) -> PrivacyRequestOut:
    """Ask anew for what a request was about that came to nothing: an export, or else a preview. Conflict when the person is no
    longer kept.
    """
    require(actor, WRITE)
    async with db.read(actor.tenant_id) as session:
        request = await rows.get(session, PrivacyRequest, request_id)
        person = work.opened(request)
        if person is None:
            raise Conflict("The person of this request is no longer kept. Enter their address again.")
        # Whoever was no member then may be one now, and the other way round.
        of = UUID(person.user_id) if person.user_id else person.email
        member = await personal.members().find(session, of)
        given = PersonIn(email=person.email, words=list(person.words))
        if member is not None:
            given = PersonIn(user_id=member.user_id, words=given.words)
        person = await _resolve(session, given)
    if request.kind == "export":
        return await _begin(actor, person, work.EXPORT, EXPORT_LIFE)
    return await _begin(actor, person, work.PREVIEW, PREVIEW_LIFE)


async def erase(actor: Actor, given: EraseIn) -> PrivacyRequestOut:
    """Start the job that erases the person of a preview. Conflict when that is not ready or has expired, and for the last
    owner or an operator's only tenant; Invalid when the address is another one, Forbidden for a member unless the actor is an owner.
    """
    require(actor, WRITE)
    await _require_leavable(actor, given.preview_id)
    async with db.begin(actor.tenant_id) as session:
        request = await rows.get(session, PrivacyRequest, given.preview_id, lock=True)
        person = work.opened(request)
        ready = request.kind == "preview" and request.status == "ready" and request.expires_at > utcnow()
        if person is None or not ready:
            raise Conflict(_NOT_READY)
        if folded(given.email) != folded(person.email):
            raise Invalid.field("email", "is not the address of the person in the preview")
        await _require_erasable(actor, session, person)
        job = _job(session, actor, work.ERASE, request.id)
        request.kind, request.status, request.job_id = "erase", "running", job.id
        request.asked_by, request.finished_at = actor.person, None
        request.expires_at = utcnow() + EXPORT_LIFE
        session.add(request)
        await audit.act(session, actor, "privacy.erasure_started", request, of_member=request.of_member)
        return out(request, job, {actor.person: actor.name})


async def was_erased(session: AsyncSession, tenant_id: UUID, email: str) -> bool:
    """Whether the person with this address was erased from the tenant, in the open unit: syncs leave them out."""
    return await marks.is_marked(session, tenant_id, email)


async def has_erased(session: AsyncSession) -> bool:
    """Whether anybody was erased from the tenant of the open unit: where nobody was, nobody has to be looked for."""
    return await marks.has_any(session)


async def erased_among(session: AsyncSession, tenant_id: UUID, emails: Collection[str]) -> set[str]:
    """Those of these addresses whose person was erased from the tenant, in the open unit."""
    return await marks.marked_among(session, tenant_id, emails)


async def _start(actor: Actor, given: PersonIn, kind: str, life: timedelta) -> PrivacyRequestOut:
    require(actor, WRITE)
    async with db.read(actor.tenant_id) as session:
        person = await _resolve(session, given)
    return await _begin(actor, person, kind, life)


async def _begin(actor: Actor, person: Person, kind: str, life: timedelta) -> PrivacyRequestOut:
    async with db.begin(actor.tenant_id) as session:
        request = PrivacyRequest(
            id=new_id(),
            tenant_id=actor.tenant_id,
            kind=kind.partition(".")[2],
            of_member=bool(person.user_id),
            job_id=new_id(),
            asked_by=actor.person,
            expires_at=utcnow() + life,
        )
        seal_field(request, "person", person.model_dump_json())
        job = _job(session, actor, kind, request.id)
        request.job_id = job.id
        session.add(request)
        action = "privacy.export_started" if kind == work.EXPORT else "privacy.preview_started"
        await audit.act(session, actor, action, request, of_member=request.of_member)
        return out(request, job, {actor.person: actor.name})


async def _resolve(session: AsyncSession, given: PersonIn) -> Person:
    """Whom to look for; a member by all names that they acted under."""
    of = given.user_id or given.email or ""
    member = await personal.members().find(session, of)
    if given.user_id is None:
        person = Person(email=given.email or "", words=given.words)
        # Also where it is spelled in another way that leads to the same mailbox.
        if member is not None or await work.is_members(session, person):
            raise Invalid.field("email", "belongs to a member. Choose the member (user_id) instead")
        return person
    if member is None:
        raise Invalid.field("user_id", "is not a member of this tenant")
    acted = select(AuditPerson.name).where(AuditPerson.actor_id == member.user_id).distinct()
    names = (await session.exec(acted.limit(_MOST_NAMES))).all()
    return Person(
        email=member.email,
        user_id=str(member.user_id),
        words=given.words,
        names=sorted({member.name, *filter(None, names)}),
    )


async def _require_erasable(actor: Actor, session: AsyncSession, person: Person) -> None:
    """Erasing a member ends their membership, which owners alone may."""
    if not person.user_id:
        return
    actor.require(Role.OWNER, WRITE)
    await personal.members().keep_an_owner(session, actor.tenant_id, UUID(person.user_id))


async def _require_leavable(actor: Actor, preview_id: UUID) -> None:
    """The same for operators, who keep an active tenant: said before anything of theirs is touched."""
    if not actor.may(Role.OWNER, WRITE):
        return
    async with db.begin(actor.tenant_id) as session:
        person = work.opened(await rows.get(session, PrivacyRequest, preview_id))
        if person is None or not person.user_id:
            return
        await _require_erasable(actor, session, person)
    await personal.members().may_leave(actor.tenant_id, UUID(person.user_id))


def _job(session: AsyncSession, actor: Actor, kind: str, request_id: UUID) -> Job:
    """A job whose row tells nothing of the person."""
    return jobs.start(
        session,
        actor,
        kind,
        title=_TITLES[kind],
        href=f"/governance/privacy?request={request_id}",
        arguments={"request": str(request_id)},
        total=sum(1 for one in personal.tables() if one.searched),
    )
