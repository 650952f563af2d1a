"""Requests for a person's data: reading them, downloading what was exported, and deleting them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.privacy import files, work
from hub_app.governance.schemas.privacy import PrivacyCount, PrivacyRequestOut, PrivacyStatus
from hub_app.governance.service.people import ERASED, last_names
from hub_app.governance.tables import PrivacyRequest
from hub_app.kernel import audit, db, paging, personal, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, NotFound
from hub_app.kernel.tables import Job

READ, WRITE = "read:privacy", "write:privacy"
_NO_RESULT = "Its job ended without a result."
# Of a member, what leaves with them is counted by whoever keeps it.
_OTHER_WORDS = {work.IN_AUDIT_LOG: "Details in the audit log"}


@dataclass(frozen=True, slots=True)
class Preview:
    """A request with the person, for whoever confirms it: their address ("" once it ended), and what leaves with a member."""

    request: PrivacyRequestOut
    email: str
    losses: dict[str, int]
    account_stays: bool


def require(actor: Actor, scope: str) -> None:
    """Raises Forbidden for everybody below customer admins, and for tokens without the scope."""
    actor.require(Role.CUSTOMER_ADMIN, scope)


async def list_requests(actor: Actor, page: paging.PageRequest) -> paging.Slice[PrivacyRequestOut]:
    """What was asked for, newest first."""
    require(actor, READ)
    async with db.read(actor.tenant_id) as session:
        found = await paging.fetch(
            session, select(PrivacyRequest), paging.newest_first(PrivacyRequest.id), page
        )
        return found.holding(await _shown(session, found.items))


async def get_request(actor: Actor, request_id: UUID) -> PrivacyRequestOut:
    require(actor, READ)
    async with db.read(actor.tenant_id) as session:
        [shown] = await _shown(session, [await rows.get(session, PrivacyRequest, request_id)])
        return shown


async def get_preview(actor: Actor, request_id: UUID) -> Preview:
    """A request as its page shows it to whoever may confirm it."""
    require(actor, READ)
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
    require(actor, READ)
    async with db.begin(actor.tenant_id) as session:
        request = await rows.get(session, PrivacyRequest, request_id)
        if request.kind != "export" or request.status != "ready" or request.expires_at <= utcnow():
            raise NotFound("This export is not ready, or was deleted after seven days.")
        await audit.act(session, actor, "privacy.export_downloaded", request)
    return files.read(actor.tenant_id, request_id)


async def delete_request(actor: Actor, request_id: UUID) -> None:
    """Delete a request, with the person and the file that it keeps. Conflict while its job runs, and for an erasure that was
    done: that stays on record.
    """
    require(actor, WRITE)
    async with db.begin(actor.tenant_id) as session:
        request = await rows.get(session, PrivacyRequest, request_id, lock=True)
        [shown] = await _shown(session, [request])
        if shown.status == "running":
            raise Conflict("This request is running. Cancel its job first.")
        if shown.kind == "erase" and shown.status == "done":
            raise Conflict("An erasure that was carried out stays on record.")
        await audit.act(session, actor, "privacy.request_deleted", request, kind=request.kind)
        await session.delete(request)


async def _shown(session: AsyncSession, requests: Sequence[PrivacyRequest]) -> list[PrivacyRequestOut]:
    of = select(Job).where(col(Job.id).in_([one.job_id for one in requests]))
    known = {job.id: job for job in (await session.exec(of)).all()}
    for one in requests:
        job = known.get(one.job_id)
        if one.status == "running" and job and job.status != "pending":
            # It may have ended between the two statements: a request ends before its job does.
            await session.refresh(one)
    people = await last_names(session, {one.asked_by for one in requests})
    return [out(one, known.get(one.job_id), people) for one in requests]


def out(request: PrivacyRequest, job: Job | None, people: Mapping[UUID, str]) -> PrivacyRequestOut:
    """A request as it is shown, with its job while that is kept, and what people are called by their ids."""
    words = {one.name: one.what for one in personal.tables()} | _OTHER_WORDS
    counts = [
        PrivacyCount(table=name, what=words.get(name, name), rows=count)
        for name, count in request.counts.items()
    ]
    counts.sort(key=lambda one: (-one.rows, one.what))
    of_request = PrivacyRequestOut.model_fields.keys() & PrivacyRequest.model_fields.keys()
    shown = request.model_dump(include=of_request - {"status", "counts", "error"})
    status = _status(request, job)
    return PrivacyRequestOut(
        **shown,
        status=status,
        error=_reason(request, job) if status == "failed" else "",
        asked_by_name=people.get(request.asked_by, ERASED),
        can_repeat=bool(request.person) and status in {"failed", "cancelled", "expired"},
        counts=counts,
        done=job.done if job else 0,
        total=job.total if job else None,
    )


def _reason(request: PrivacyRequest, job: Job | None) -> str:
    """Why it failed: the request knows it where it was refused, else the job."""
    return request.error or (job.result if job is not None else "") or _NO_RESULT


def _status(request: PrivacyRequest, job: Job | None) -> PrivacyStatus:
    if request.status == "failed" and job is not None and job.status == "pending":
        # Retried.
        return "running"
    if request.status == "running" and (job is None or job.status != "pending"):
        # Its process died too often, or somebody stopped it.
        return "cancelled" if job is not None and job.status == "cancelled" else "failed"
    if request.status == "ready" and request.expires_at <= utcnow():
        return "expired"
    return request.status  # type: ignore[return-value]
