"""Whether anybody changed the audit log: every chain read once, from its beginning to its end, as it is at one moment.

Without the key nobody can write an entry, an end or a person that verifies. What that cannot find out, a chain put back
to a state that it once had, an anchor does (kernel/audit_anchor.py).
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit_mac, audit_results, db
from hub_app.kernel.audit import BEGUN
from hub_app.kernel.audit_chain import Chain, End, Link
from hub_app.kernel.audit_mac import Verdict
from hub_app.kernel.tables import AuditEntry, AuditHead, AuditPerson, AuditStart, AuditVerification
from hub_app.kernel.tenancy import INSTALLATION

_AT_ONCE = 500
# Rows that are read and judged between two rests: some milliseconds of work.
_AT_ONCE_BESIDE_OTHERS = 50


@dataclass(slots=True)
class Report:
    """What was found in so many `entries`. `problems` are sentences by tenant, `ends` the last entry of each chain.
    `other_keys` are ids of keys that are not here; `unchecked` counts what claims to be written with them, by tenant, of
    whose entries `first_unchecked` is the first.
    """

    entries: int = 0
    problems: dict[UUID, list[str]] = field(default_factory=dict[UUID, list[str]])
    ends: dict[UUID, End] = field(default_factory=dict[UUID, End])
    other_keys: set[str] = field(default_factory=set[str])
    unchecked: Counter[UUID] = field(default_factory=Counter[UUID])
    first_unchecked: dict[UUID, int] = field(default_factory=dict[UUID, int])

    @property
    def whole(self) -> bool:
        return not (self.problems or self.other_keys)

    def told(self, names: Mapping[UUID, str]) -> Iterator[str]:
        """What is wrong, in lines; `names` are the tenants'."""
        if self.other_keys:
            yield self.told_of_keys()
        if self.problems:
            yield "The audit log was changed, past Hub:"
        for tenant_id, problems in self.problems.items():
            name = (
                f"Tenant {names.get(tenant_id, '(gone)')}"
                if tenant_id != INSTALLATION
                else "The installation"
            )
            yield f"  {name}, {tenant_id}:"
            yield from (f"    {problem}" for problem in problems)

    def told_of_keys(self) -> str:
        """What it means that some rows name keys that are not here."""
        ids = ", ".join(sorted(self.other_keys))
        return (
            f"{self.unchecked.total():,} rows say that they were written with another SECRET_KEY ({ids}), and cannot be"
            " checked. If SECRET_KEY was exchanged, name the former one in SECRET_KEYS_OLD and verify again; if it"
            " never was, somebody changed them."
        )


class Unreadable(Exception):
    """A row of the audit log cannot be read; the message says what it holds."""


async def verify(
    tenants: Collection[UUID], anchored: Mapping[UUID, End] | None = None, *, beside_others: bool = False
) -> Report:
    """Verify every chain, its end and its persons, and what earlier verifications found. `tenants` are those that there are, `anchored` entries that were seen
    by an earlier verification. Unreadable when a row holds what Hub cannot have written, such as a date that is none.

    `beside_others` is for a process that serves people too: it works for some milliseconds and rests as long.
    """
    checking = _Checking(anchored or {}, _AT_ONCE_BESIDE_OTHERS if beside_others else 0)
    try:
        async with db.snapshot("the audit log is verified") as session:
            await checking.starts(session)
            await checking.entries(session)
            await checking.heads(session)
            await checking.persons(session)
            await checking.verifications(session)
    except (TypeError, ValueError) as error:
        raise _unreadable(error) from error
    except OperationalError as error:
        if "Could not decode" not in str(error.orig):
            raise
        # SQLite's own word for a text that is no UTF-8.
        raise _unreadable(error.orig) from error
    return checking.report(tenants)


class _Checking:
    def __init__(self, anchored: Mapping[UUID, End], rests_after: int) -> None:
        self._anchored = anchored
        self._rests_after = rests_after
        self._chains: dict[UUID, Chain] = {}
        self._heads: set[UUID] = set()
        self._noted: set[UUID] = set()
        self._kept_from: dict[UUID, datetime] = {}
        self._problems: defaultdict[UUID, list[str]] = defaultdict(list[str])
        self._report = Report()

    async def starts(self, session: AsyncSession) -> None:
        """Where retention has dropped the oldest entries. Whoever has a beginning was begun: its note may have been dropped."""
        for start in (await session.exec(select(AuditStart))).all():
            tenant_id, end = start.tenant_id, End(start.sequence, start.entry)
            verdict = audit_mac.of_start(start, start.mac)
            if self._judge(tenant_id, start.mac, verdict) is Verdict.WRONG:
                self._problems[tenant_id].append(
                    "The mark of its beginning was forged or changed: the oldest entries may have been removed before"
                    " their time."
                )
            else:
                self._noted.add(tenant_id)
                self._kept_from[tenant_id] = start.kept_from
                self._chains[tenant_id] = Chain(
                    tenant_id, self._anchored.get(tenant_id), end if end.sequence else None
                )

    async def entries(self, session: AsyncSession) -> None:
        """All entries by tenant and number, each with whether its person is there."""
        there = sa.and_(
            col(AuditPerson.tenant_id) == AuditEntry.tenant_id, col(AuditPerson.person) == AuditEntry.person
        )
        columns = [column for column in sa.inspect(AuditEntry).columns if column.name != "mac"]
        statement = (
            sa.select(*columns, col(AuditEntry.mac), col(AuditPerson.person).is_not(None).label("has_person"))
            .outerjoin_from(AuditEntry, AuditPerson, there)
            .order_by(col(AuditEntry.tenant_id), col(AuditEntry.sequence))
        )
        async for row in self._streamed(session, statement):
            entry = cast("Link", row)
            verdict = self._judge(entry.tenant_id, entry.mac, audit_mac.of_entry(entry, entry.mac))
            if verdict is Verdict.OTHER_KEY:
                self._report.first_unchecked.setdefault(entry.tenant_id, entry.sequence)
            self._report.entries += 1
            self._chain(entry.tenant_id).add(entry, verdict)
            if verdict is not Verdict.WRONG and (entry.tenant_id, entry.action) == (INSTALLATION, BEGUN):
                self._noted.add(UUID(entry.target_id))

    async def heads(self, session: AsyncSession) -> None:
        for head in (await session.exec(select(AuditHead))).all():
            self._heads.add(head.tenant_id)
            chain = self._chain(head.tenant_id)
            verdict = audit_mac.verdict(head.mac, chain.expected_head(audit_mac.key_of(head.mac)))
            chain.close(
                head.sequence, self._judge(head.tenant_id, head.mac, verdict) if head.mac else Verdict.WRONG
            )

    async def persons(self, session: AsyncSession) -> None:
        changed: defaultdict[UUID, int] = defaultdict(int)
        strangers: defaultdict[UUID, int] = defaultdict(int)
        async for row in self._streamed(session, sa.select(*sa.inspect(AuditPerson).columns)):
            person = cast("AuditPerson", row)
            verdict = self._judge(person.tenant_id, person.mac, audit_mac.of_person(person, person.mac))
            changed[person.tenant_id] += verdict is Verdict.WRONG
        named = sa.exists().where(
            col(AuditEntry.tenant_id) == AuditPerson.tenant_id, col(AuditEntry.person) == AuditPerson.person
        )
        unknown = sa.select(col(AuditPerson.tenant_id), col(AuditPerson.created_at)).where(~named)
        async for row in self._streamed(session, unknown):
            kept_from = self._kept_from.get(row.tenant_id)
            # Those whose entries retention has dropped are about to be deleted.
            strangers[row.tenant_id] += kept_from is None or row.created_at >= kept_from
        for tenant_id, count in changed.items():
            if count:
                self._problems[tenant_id].append(
                    f"The details of {_persons(count)} were changed, or emptied otherwise than by an erasure of Hub:"
                    " names and addresses beside the entries cannot be trusted."
                )
        for tenant_id, count in strangers.items():
            if count:
                self._problems[tenant_id].append(
                    f"{_persons(count)} that no entry refers to: put in by hand, or the entries were removed."
                )

    async def verifications(self, session: AsyncSession) -> None:
        """What earlier verifications found."""
        forged: list[AuditVerification] = []
        async for found in self._streamed(session, sa.select(*sa.inspect(AuditVerification).columns)):
            row = cast("AuditVerification", found)
            if self._judge(INSTALLATION, row.mac, audit_results.judge(row)) is Verdict.WRONG:
                forged.append(row)
        if forged:
            first = min(forged, key=lambda row: row.created_at)
            which = f"The result {first.id} of {first.created_at:%Y-%m-%d %H:%M} UTC was"
            if len(forged) > 1:
                which = f"{len(forged):,} results, the first of them {first.id} of {first.created_at:%Y-%m-%d %H:%M} UTC, were"
            self._problems[INSTALLATION].append(
                f"{which} changed or forged (audit_verification): what it says of the log is not what Hub found."
            )

    def report(self, tenants: Collection[UUID]) -> Report:
        known = {*tenants, *self._chains, *self._noted, *self._anchored}
        for tenant_id in known | ({INSTALLATION} if known else set[UUID]()):
            problems = self._problems[tenant_id]
            chain = self._chains.get(tenant_id) or Chain(tenant_id, self._anchored.get(tenant_id))
            problems[:0] = [*self._begun_and_ended(tenant_id, chain, tenants), *chain.problems()]
            if chain.last is not None:
                self._report.ends[tenant_id] = chain.last
        self._report.problems = {t: found for t, found in sorted(self._problems.items()) if found}
        return self._report

    def _begun_and_ended(self, tenant_id: UUID, chain: Chain, tenants: Collection[UUID]) -> list[str]:
        if chain.last is None:
            return [
                "Nothing is left of its log, not even the entry of its beginning: all entries were removed."
                if tenant_id in tenants or tenant_id not in self._noted
                else "Tenant and log are gone. Entries outlive their tenant: they were removed by hand."
            ]
        found: list[str] = []
        if tenant_id not in self._heads:
            found.append(
                "The mark of its end was removed: nothing shows whether entries were cut off behind"
                f" entry {chain.last.sequence:,}."
            )
        if tenant_id not in self._noted and tenant_id != INSTALLATION:
            found.append(
                "The installation's own log does not know that it was begun: this log was put in by hand, or the"
                " installation's was removed."
            )
        return found

    def _chain(self, tenant_id: UUID) -> Chain:
        if tenant_id not in self._chains:
            self._chains[tenant_id] = Chain(tenant_id, self._anchored.get(tenant_id))
        return self._chains[tenant_id]

    def _judge(self, tenant_id: UUID, code: str, verdict: Verdict) -> Verdict:
        if verdict is Verdict.OTHER_KEY:
            self._report.other_keys.add(code.partition(":")[0])
            self._report.unchecked[tenant_id] += 1
        return verdict

    async def _streamed(
        self, session: AsyncSession, statement: sa.Executable
    ) -> AsyncIterator[sa.Row[tuple[object]]]:
        """Rows, one by one; in between the others of this process get their turn."""
        options = {"yield_per": self._rests_after or _AT_ONCE}
        rows = await session.stream(statement, execution_options=options)
        began = time.thread_time()
        try:
            left = self._rests_after
            async for row in rows:
                yield row
                left -= 1
                if left == 0:
                    # What this thread computed: waiting for the database holds nobody up.
                    await asyncio.sleep(time.thread_time() - began)
                    began, left = time.thread_time(), self._rests_after
        finally:
            await rows.close()


def _unreadable(reason: object) -> Unreadable:
    return Unreadable(
        f"A row holds what Hub cannot have written: {reason}. Somebody changed the audit log by hand."
    )


def _persons(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} persons"
