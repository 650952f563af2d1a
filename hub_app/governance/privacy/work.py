"""The jobs of privacy: counting what an erasure would take, exporting, erasing. Each goes on where a killed process stopped."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import cast
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.privacy import files, marks, scan
from hub_app.governance.privacy.erasing import MOST_PASSES, Erasing
from hub_app.governance.privacy.mentions import Person, Search
from hub_app.governance.privacy.sweep import Sweep
from hub_app.governance.tables import PrivacyRequest
from hub_app.kernel import audit, audit_erasure, db, personal, rows, underway
from hub_app.kernel.actor import system_actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, HubError, NotFound
from hub_app.kernel.jobs import Run, Work
from hub_app.kernel.leases import Ended
from hub_app.kernel.personal import Personal
from hub_app.kernel.tenancy import INSTALLATION
from hub_app.kernel.underway import Piece
from hub_app.kernel.vault import open_field

PREVIEW, EXPORT, ERASE = "privacy.preview", "privacy.export", "privacy.erase"
IN_AUDIT_LOG = "audit_person"
ACTOR = "Privacy"
_STILL_COMING = f"Data about the person kept coming in while it was erased, {MOST_PASSES} times over. Stop what sends it, then erase again."
# Characters, more than anything that is looked for has.
_OVERLAP = 1000
_LOG_IN_USE = " The database file may hold traces until its log is next written over: others were reading it."
_Do = Callable[[Run, PrivacyRequest, Search], Awaitable[str]]


async def _preview(run: Run, request: PrivacyRequest, search: Search) -> str:
    """Count the rows that an erasure would empty or delete, by table."""
    sweep = Sweep(run, search)
    counts = Counter(cast("dict[str, int]", run.checkpoint.get("counts", {})))

    async def count(table: Personal, ids: Sequence[UUID]) -> None:
        counts[table.name] += len(ids)

    async for table, hits in sweep.found():
        alone = sum(1 for hit in hits if hit.alone)
        if alone:
            counts[table.name] += alone
        for name, ids in (await scan.groups(run.tenant_id, table, search, hits)).items():
            for begin in range(0, len(ids), scan.PART):
                await scan.walk(run.tenant_id, _table(name), ids[begin : begin + scan.PART], count)
        async with sweep.step():
            run.checkpoint["counts"] = dict(counts)
    in_log = 0
    async for page in audit_erasure.find_persons(run.tenant_id, _user(search), search.is_email):
        in_log += len(page)
    if in_log:
        counts[IN_AUDIT_LOG] = in_log
    await _end(run, request, "ready", counts, keeps_person=True)
    return _sentence(counts)


async def _export(run: Run, request: PrivacyRequest, search: Search) -> str:
    """Write everything that mentions the person, with where it was found, into the request's file."""
    with underway.piece() as piece:
        return await _write_all(run, request, search, piece)


async def _write_all(run: Run, request: PrivacyRequest, search: Search, piece: Piece) -> str:
    sweep = Sweep(run, search, piece)
    counts = Counter(cast("dict[str, int]", run.checkpoint.get("counts", {})))
    if "pieces" not in run.checkpoint:
        head = files.beginning(search.person)
        found = await _known_otherwise(run.tenant_id, search)
        for number, (where, fields) in enumerate(found):
            head += files.item(where, None, None, fields, first=not number)
            counts[where] += 1
        async with run.step() as session:
            await _wanted(session, request)
            run.checkpoint |= {"pieces": files.add(session, request, 0, head), "counts": dict(counts)}
    async for table, hits in sweep.found():
        text = ""
        for hit in (one for one in hits if one.found):
            keys = [hit.key]
            async for made, values in scan.contents(run.tenant_id, table, keys, whole=hit.whole):
                fields = {name: files.as_json(one) for name, one in values.items()}
                text += files.item(table.name, hit.key, made, fields, first=not counts.total())
                counts[table.name] += 1
        async with sweep.step() as session:
            await _write(run, session, request, text)
            run.checkpoint["counts"] = dict(counts)
    async with run.step() as session:
        await _write(run, session, request, files.END)
        await _end_in(session, request, "ready", counts)
    return _sentence(counts)


async def _write(run: Run, session: AsyncSession, request: PrivacyRequest, text: str) -> None:
    await _wanted(session, request)
    number = cast("int", run.checkpoint["pieces"])
    run.checkpoint["pieces"] = files.add(session, request, number, text)


async def _known_otherwise(tenant_id: UUID, search: Search) -> list[tuple[str, Mapping[str, object]]]:
    """What lies in no declared table: the account of a member, and the details in the audit log."""
    found: list[tuple[str, Mapping[str, object]]] = []
    user_id = _user(search)
    if user_id is not None:
        found += await personal.members().known(tenant_id, user_id)
    async for page in audit_erasure.find_persons(tenant_id, user_id, search.is_email):
        for one in page:
            details = {"name": one.name, "email": one.email, "ip": one.ip, "at": one.created_at.isoformat()}
            found.append((IN_AUDIT_LOG, details))
    return found


async def is_members(session: AsyncSession, person: Person) -> bool:
    """Whether the person's address is that of a member, however it is spelled."""
    search = Search(person)
    return any(search.is_email(one) for one in await personal.members().addresses(session))


async def _erase(run: Run, request: PrivacyRequest, search: Search) -> str:
    """Erase everything that mentions the person; then look again, until nothing is found."""
    async with db.read(run.tenant_id) as session:
        if not search.person.user_id and await is_members(session, search.person):
            raise Conflict("This person is now a member. Search for them again to erase them as one.")
    async with run.step() as session:
        await marks.put(session, run.tenant_id, search.person.email)
    user_id, account_gone = _user(search), False
    if user_id is not None:
        account_gone = await personal.members().erase(run.tenant_id, user_id)
    erasing = Erasing(run, search)
    complete = await erasing.until_nothing_is_found()
    in_log = await audit_erasure.erase_persons(run.tenant_id, user_id, search.is_email)
    if account_gone:
        await audit_erasure.erase_persons(INSTALLATION, user_id, search.is_email)
    await _erase_traces(run, request, search)
    if not complete:
        raise Conflict(_STILL_COMING)
    counts = erasing.counts + Counter({IN_AUDIT_LOG: in_log} if in_log else {})
    await _end(run, request, "done", counts)
    return _sentence(counts) + ("" if await db.empty_log() else _LOG_IN_USE)


async def _erase_traces(run: Run, request: PrivacyRequest, search: Search) -> None:
    """Other requests about the person: what was exported goes, and what is still being looked for ends."""
    others = select(PrivacyRequest).where(
        PrivacyRequest.id != request.id, col(PrivacyRequest.expires_at) > utcnow()
    )
    async with db.read(run.tenant_id) as session:
        open_ones = (await session.exec(others)).all()
    for one in open_ones:
        person = opened(one)
        if not (person and search.mentions(person.model_dump_json())) and not await _is_in_file(one, search):
            continue
        more = True
        while more:
            async with run.step() as session:
                more = await files.delete_some(session, one.id, scan.PART)
                row = await rows.get(session, PrivacyRequest, one.id, lock=True)
                row.person, row.status, row.expires_at = b"", "erased", utcnow()
                session.add(row)


async def _is_in_file(request: PrivacyRequest, search: Search) -> bool:
    """Whether an export, of somebody else too, mentions the person. What is cut by the end of a piece is looked at whole."""
    before = ""
    async for piece in files.read(request.tenant_id, request.id):
        if search.mentions(before + piece):
            return True
        before = piece[-_OVERLAP:]
    return False


def opened(request: PrivacyRequest) -> Person | None:
    """Whom a request is about; None once it has ended."""
    return Person.model_validate_json(open_field(request, "person")) if request.person else None


async def _end(
    run: Run,
    request: PrivacyRequest,
    status: str,
    counts: Mapping[str, int],
    *,
    keeps_person: bool = False,
) -> None:
    async with run.step() as session:
        await _end_in(session, request, status, counts, keeps_person=keeps_person)
        if status == "done":
            actor = system_actor(run.tenant_id, ACTOR)
            await audit.act(session, actor, "privacy.person_erased", request, rows=dict(counts))


async def _end_in(
    session: AsyncSession,
    request: PrivacyRequest,
    status: str,
    counts: Mapping[str, int],
    *,
    keeps_person: bool = False,
) -> None:
    row = await _wanted(session, request)
    row.status, row.finished_at = status, utcnow()
    row.counts = {name: count for name, count in counts.items() if count}
    if not keeps_person:
        row.person = b""
    session.add(row)


async def _wanted(session: AsyncSession, request: PrivacyRequest) -> PrivacyRequest:
    """The request, locked, while it is being answered. Ended once another one has erased the person."""
    row = await rows.get(session, PrivacyRequest, request.id, lock=True)
    if row.status != "running":
        raise Ended
    return row


def _of(do: _Do) -> Work:
    """A job's work for the request that its arguments name. Where it is refused, the request says why."""

    async def work(run: Run) -> str:
        async with db.read(run.tenant_id) as session:
            request = await rows.get(session, PrivacyRequest, UUID(str(run.arguments["request"])))
        person = opened(request)
        if person is None or request.job_id != run.held.id:
            # It had ended but for its last word, and the request has gone on with another job.
            raise NotFound("This request has ended.")
        if request.status == "failed":
            async with run.step() as session:
                row = await rows.get(session, PrivacyRequest, request.id, lock=True)
                row.status, row.error, row.finished_at = "running", "", None
                session.add(row)
        try:
            return await do(run, request, Search(person))
        except HubError as error:
            async with run.step() as session:
                row = await _wanted(session, request)
                # The person stays until the request expires: it can be retried, or asked for again.
                row.status, row.error, row.finished_at = "failed", error.detail[:300], utcnow()
                session.add(row)
            raise

    return work


def _user(search: Search) -> UUID | None:
    return UUID(search.person.user_id) if search.person.user_id else None


def _table(name: str) -> Personal:
    return next(one for one in personal.tables() if one.name == name)


def _sentence(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    return "Nothing was found." if not total else f"{total:,} {'record' if total == 1 else 'records'}."


JOBS: dict[str, Work] = {PREVIEW: _of(_preview), EXPORT: _of(_export), ERASE: _of(_erase)}
