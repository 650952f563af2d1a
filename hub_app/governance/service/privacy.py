"""Exporting and erasing a person: asked for, previewed, confirmed, downloaded. The jobs are in `governance/privacy`."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.privacy import files, marks, work
from hub_app.governance.privacy.mentions import Person, folded
from hub_app.governance.schemas.privacy import (
    EraseIn,
    PersonIn,
    PrivacyCount,
    PrivacyRequestOut,
    PrivacyStatus,
)
from hub_app.governance.tables import PrivacyRequest
from hub_app.kernel import audit, db, jobs, paging, personal, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Invalid, NotFound
from hub_app.kernel.ids import new_id
from hub_app.kernel.tables import AuditPerson, Job
from hub_app.kernel.vault import seal_field

READ, WRITE = "read:privacy", "write:privacy"
PREVIEW_LIFE = timedelta(hours=1)
EXPORT_LIFE = timedelta(days=7)
_MOST_NAMES = 50
_NOT_READY = "This preview is not ready, was used or has expired. Ask for a new one."
# Of a member, what leaves with them is counted by whoever keeps it.
_OTHER_WORDS = {work.IN_AUDIT_LOG: "Details in the audit log"}


@dataclass(frozen=True, slots=True)
class Preview:
    """A request with the person, for whoever confirms it: their address ("" once it ended), and what leaves with a member."""

    request: PrivacyRequestOut
    email: str
    losses: dict[str, int]
    account_stays: bool


async def start_export(actor: Actor, given: PersonIn) -> PrivacyRequestOut:
    """Start the job that collects everything about a person in a file. Invalid for nobody's `user_id`."""
    return await _start(actor, given, work.EXPORT, EXPORT_LIFE)


async def start_preview(actor: Actor, given: PersonIn) -> PrivacyRequestOut:
    """Start the job that counts what erasing a person would take. Invalid for nobody's `user_id`."""
    return await _start(actor, given, work.PREVIEW, PREVIEW_LIFE)


async def find(actor: Actor, given: PersonIn) -> PrivacyRequestOut:
    """As `start_preview`, where an e-mail address may also be a member's."""
    _require(actor, WRITE)
    async with db.read(actor.tenant_id) as session:
        member = await personal.members().find(session, given.email or "")
    if member is not None:
        given = PersonIn(user_id=member.user_id, words=given.words)
    return await start_preview(actor, given)


async def export_found(actor: Actor, preview_id: UUID) -> PrivacyRequestOut:
    """Start exporting the person of a preview. Conflict when it has expired."""
    _require(actor, WRITE)
    async with db.read(actor.tenant_id) as session:
        request = await rows.get(session, PrivacyRequest, preview_id)
        person = work.opened(request)
        if person is None or request.expires_at <= utcnow():
            raise Conflict(_NOT_READY)
    return await _begin(actor, person, work.EXPORT, EXPORT_LIFE)


async def erase(actor: Actor, given: EraseIn) -> PrivacyRequestOut:
    """Start the job that erases the person of a preview. Conflict when that is not ready or has expired, and for the last
    owner; Invalid when the address is another one, Forbidden for a member unless the actor is an owner.
    """
    _require(actor, WRITE)
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
        return _out(request, job)


async def list_requests(actor: Actor, page: paging.PageRequest) -> paging.Slice[PrivacyRequestOut]:
    """What was asked for, newest first."""
    _require(actor, READ)
    async with db.read(actor.tenant_id) as session:
        found = await paging.fetch(
            session, select(PrivacyRequest), paging.newest_first(PrivacyRequest.id), page
        )
        return found.holding(await _shown(session, found.items))


async def get_request(actor: Actor, request_id: UUID) -> PrivacyRequestOut:
    _require(actor, READ)
    async with db.read(actor.tenant_id) as session:
        [shown] = await _shown(session, [await rows.get(session, PrivacyRequest, request_id)])
        return shown


async def get_preview(actor: Actor, request_id: UUID) -> Preview:
    """A request as its page shows it to whoever may confirm it."""
    _require(actor, READ)
    async with db.read(actor.tenant_id) as session:
        request = await rows.get(session, PrivacyRequest, request_id)
        [shown] = await _shown(session, [request])
        person, losses = work.opened(request), dict[str, int]()
        user_id = UUID(person.user_id) if person and person.user_id else None
        if user_id is not None:
            losses = await personal.members().losses(session, user_id)
    stays = user_id is not None and await personal.members().stays(actor.tenant_id, user_id)
    return Preview(shown, person.email if person else "", losses, stays)


async def begin_download(actor: Actor, request_id: UUID) -> AsyncIterator[str]:
    """An export's file, piece by piece. NotFound when it is not ready, or its time is over. Each download is audited."""
    _require(actor, READ)
    async with db.begin(actor.tenant_id) as session:
        request = await rows.get(session, PrivacyRequest, request_id)
        if request.kind != "export" or request.status != "ready" or request.expires_at <= utcnow():
            raise NotFound("This export is not ready, or was deleted after seven days.")
        await audit.act(session, actor, "privacy.export_downloaded", request)
    return files.read(actor.tenant_id, request_id)


async def was_erased(session: AsyncSession, tenant_id: UUID, email: str) -> bool:
    """Whether the person with this address was erased from the tenant, in the open unit: syncs leave them out."""
    return await marks.is_marked(session, tenant_id, email)


def _require(actor: Actor, scope: str) -> None:
    actor.require(Role.CUSTOMER_ADMIN, scope)


async def _start(actor: Actor, given: PersonIn, kind: str, life: timedelta) -> PrivacyRequestOut:
    _require(actor, WRITE)
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
        return _out(request, job)


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


def _job(session: AsyncSession, actor: Actor, kind: str, request_id: UUID) -> Job:
    """A job whose row tells nothing of the person."""
    return jobs.start(
        session,
        actor,
        kind,
        title=work.JOBS[kind].label,
        href=f"/governance/privacy?request={request_id}",
        arguments={"request": str(request_id)},
        total=sum(1 for one in personal.tables() if one.searched),
    )


async def _shown(session: AsyncSession, requests: Sequence[PrivacyRequest]) -> list[PrivacyRequestOut]:
    of = select(Job).where(col(Job.id).in_([one.job_id for one in requests]))
    known = {job.id: job for job in (await session.exec(of)).all()}
    for one in requests:
        job = known.get(one.job_id)
        if one.status == "running" and job and job.status != "pending":
            # It may have ended between the two statements: a request ends before its job does.
            await session.refresh(one)
    return [_out(one, known.get(one.job_id)) for one in requests]


def _out(request: PrivacyRequest, job: Job | None) -> PrivacyRequestOut:
    words = {one.name: one.what for one in personal.tables()} | _OTHER_WORDS
    counts = [
        PrivacyCount(table=name, what=words.get(name, name), rows=count)
        for name, count in request.counts.items()
    ]
    counts.sort(key=lambda one: (-one.rows, one.what))
    shown = request.model_dump(
        include=set(PrivacyRequestOut.model_fields) - {"status", "counts", "done", "total"}
    )
    return PrivacyRequestOut(
        **shown,
        status=_status(request, job),
        counts=counts,
        done=job.done if job else 0,
        total=job.total if job else None,
    )


def _status(request: PrivacyRequest, job: Job | None) -> PrivacyStatus:
    if request.status == "running" and (job is None or job.status != "pending"):
        # Its process died too often, or somebody stopped it.
        return "cancelled" if job is not None and job.status == "cancelled" else "failed"
    if request.status == "ready" and request.expires_at <= utcnow():
        return "expired"
    return request.status  # type: ignore[return-value]
