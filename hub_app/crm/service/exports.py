"""Exports of everything: all of a tenant's CRM in one zip, made by a job and kept for a week."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm.schemas.exports import ExportOut, ExportStatus
from hub_app.crm.service import READ, WRITE, export_work
from hub_app.crm.service.export_work import BYTES, KIND
from hub_app.crm.tables import CrmExport, CrmExportPiece
from hub_app.kernel import audit, cleaning, db, jobs, paging, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, NotFound
from hub_app.kernel.ids import new_id
from hub_app.kernel.jobs import JobKind
from hub_app.kernel.tables import Job
from hub_app.kernel.vault import open_field

KEPT = timedelta(days=7)
HERE = "/crm/exports"
_TITLE = "Export of everything"
KINDS = {KIND: JobKind(export_work.work, _TITLE, Role.CUSTOMER_ADMIN)}
_GONE = "This export is not ready, or is no longer kept. Start a new one."


async def start_export(actor: Actor) -> ExportOut:
    """Start the job that makes a zip of everything as it is then. Conflict while another one is being made."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        await jobs.require_alone(session, KIND, "An export is being made already. Wait for it, or cancel it.")
        export_id = new_id()
        job = jobs.start(
            session, actor, KIND, title=_TITLE, href=HERE, arguments={"export_id": str(export_id)}
        )
        await session.flush()
        export = CrmExport(
            id=export_id,
            tenant_id=actor.tenant_id,
            job_id=job.id,
            asked_by=actor.name,
            expires_at=utcnow() + KEPT,
        )
        session.add(export)
        await session.flush()
        await audit.act(session, actor, "crm.export.started", export)
        return _out(export, job)


async def list_exports(actor: Actor, page: paging.PageRequest) -> paging.Slice[ExportOut]:
    """Newest first."""
    actor.require(Role.CUSTOMER_ADMIN, READ)
    async with db.read(actor.tenant_id) as session:
        found = await paging.fetch(session, select(CrmExport), paging.newest_first(CrmExport.id), page)
        return found.holding(await _shown(session, found.items))


async def get_export(actor: Actor, export_id: UUID) -> ExportOut:
    actor.require(Role.CUSTOMER_ADMIN, READ)
    async with db.read(actor.tenant_id) as session:
        [shown] = await _shown(session, [await rows.get(session, CrmExport, export_id)])
        return shown


async def begin_download(actor: Actor, export_id: UUID) -> AsyncIterator[bytes]:
    """The zip, piece by piece. NotFound when it is not ready, or its time is over. Each download is audited."""
    actor.require(Role.CUSTOMER_ADMIN, READ)
    async with db.begin(actor.tenant_id) as session:
        export = await rows.get(session, CrmExport, export_id)
        if not export.pieces or export.expires_at <= utcnow():
            raise NotFound(_GONE)
        await audit.act(session, actor, "crm.export.downloaded", export)
    return _pieces(actor.tenant_id, export_id, export.pieces)


async def delete_export(actor: Actor, export_id: UUID) -> None:
    """Delete an export with its zip. Conflict while it is being made."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        export = await rows.get(session, CrmExport, export_id, lock=True)
        [shown] = await _shown(session, [export])
        if shown.status == "running":
            raise Conflict("This export is being made. Cancel its job first.")
        export.pieces = 0
        session.add(export)
    # Nobody waits with a write while a thousand pieces go.
    await cleaning.delete_history(col(CrmExportPiece.export_id), actor.tenant_id, export_id)
    async with db.begin(actor.tenant_id) as session:
        export = await rows.get(session, CrmExport, export_id, lock=True)
        await audit.act(session, actor, "crm.export.deleted", export)
        await session.delete(export)


async def _pieces(tenant_id: UUID, export_id: UUID, count: int) -> AsyncIterator[bytes]:
    for number in range(count):
        of_export = select(CrmExportPiece).where(
            CrmExportPiece.export_id == export_id, CrmExportPiece.number == number
        )
        async with db.read(tenant_id) as session:
            found = (await session.exec(of_export)).one_or_none()
        if found is None:
            # Somebody was erased meanwhile: what is cut off cannot be opened.
            raise NotFound(_GONE)
        yield open_field(found, "content").encode(BYTES)


async def _shown(session: AsyncSession, exports: Sequence[CrmExport]) -> list[ExportOut]:
    of = select(Job).where(col(Job.id).in_([one.job_id for one in exports]))
    known = {job.id: job for job in (await session.exec(of)).all()}
    return [_out(one, known.get(one.job_id)) for one in exports]


def _out(export: CrmExport, job: Job | None) -> ExportOut:
    status = _status(export, job)
    return ExportOut(
        id=export.id,
        status=status,
        asked_by=export.asked_by,
        created_at=export.created_at,
        made_of=export.made_of,
        size=export.size,
        sha256=export.digest,
        records=dict(export.counts),
        expires_at=export.expires_at,
        job_id=export.job_id,
        done=job.done if job else 0,
        total=job.total if job else None,
        error=job.result if job is not None and status == "failed" else "",
    )


def _status(export: CrmExport, job: Job | None) -> ExportStatus:
    if export.pieces:
        return "expired" if export.expires_at <= utcnow() else "ready"
    if job is not None and job.status == "pending":
        return "running"
    return "cancelled" if job is not None and job.status == "cancelled" else "failed"
