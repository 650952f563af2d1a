"""Every way to change the audit log that we could think of, past Hub and past its triggers: `verify` finds each."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from hub_app.kernel import audit, audit_check, audit_mac, db
from hub_app.kernel.audit_check import Report
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tables import AuditEntry, AuditHead, AuditPerson
from hub_app.kernel.tenancy import INSTALLATION
from tests.kernel import tampering
from tests.kernel.conftest import Two, actor
from tests.kernel.tampering import literal

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def log(two: Two) -> Two:
    """Ten entries of two people in each tenant, and some of the installation's."""
    for tenant_id in (two.ours, two.theirs):
        for n in range(9):
            await act(tenant_id, n)
    async with db.system("a test acts", write=True) as session:
        await audit.record(session, actor(INSTALLATION), "session.sign_in_failed")
    return two


async def act(tenant_id: UUID, n: int = 0) -> None:
    alice = actor(tenant_id)
    bob = replace(alice, user_id=uuid4(), via="token", name="Bob", email="bob@example.com", ip="203.0.113.9")
    async with db.begin(tenant_id) as session:
        summary = {"n": n, "list": ["ä", None, True]}
        await audit.record(
            session, bob if n == 4 else alice, "thing.changed", target_id=str(n), summary=summary
        )


async def verify(two: Two) -> Report:
    return await audit_check.verify([two.ours, two.theirs])


async def test_every_change_made_by_hand_is_found(log: Two) -> None:
    assert (await verify(log)).whole
    await tampering.keep()
    missed: list[str] = []
    for kind, attacks in {
        "entries": tampering.attacks_on_entries(log.ours, log.theirs),
        "end": tampering.attacks_on_ends(log.ours, 10, log.theirs),
        "the installation's end": tampering.attacks_on_ends(INSTALLATION, 3, log.theirs),
        "persons": tampering.attacks_on_persons(log.ours, log.theirs),
    }.items():
        for name, statements in attacks:
            await tampering.forge(*statements)
            if (await verify(log)).whole:
                missed.append(f"{kind}: {name}")
            await tampering.put_back()
    assert missed == []
    assert (await verify(log)).whole


async def test_a_changed_entry_is_named(log: Two) -> None:
    await tampering.keep()
    unnamed: list[str] = []
    for name, statements in tampering.attacks_on_entries(log.ours, log.theirs):
        if name.endswith("changed"):
            await tampering.forge(*statements)
            found = " ".join(sentence for told in (await verify(log)).problems.values() for sentence in told)
            if "Entry 5 was" not in found and "entry 5, were" not in found:
                unnamed.append(f"{name}: {found}")
            await tampering.put_back()
    assert unnamed == []


@pytest.mark.parametrize("whose", ["ours", "the installation's"])
async def test_what_was_cut_shows_also_after_hub_went_on_writing(log: Two, whose: str) -> None:
    """Whoever cuts and forges an end without the key cannot have Hub's next entry make it right."""
    tenant_id = log.ours if whose == "ours" else INSTALLATION
    mine = f"tenant_id = {literal(tenant_id)}"
    cut = f"delete from audit_entry where {mine} and sequence > 2"
    forged = "select mac from audit_entry where {} and sequence = 2"
    await tampering.keep()
    for statements in (
        [cut, f"update audit_head set sequence = 2, mac = '' where {mine}"],
        [cut, f"update audit_head set sequence = 2, mac = ({forged.format(mine)}) where {mine}"],
        [cut, f"delete from audit_head where {mine}"],
        [f"delete from audit_head where {mine}"],
        [f"delete from {table} where {mine}" for table in tampering.TABLES],
    ):  # fmt: skip
        await tampering.forge(*statements)
        assert not (await verify(log)).whole
        async with db.system("a test acts", write=True) as session:
            await audit.record(session, actor(tenant_id), "thing.changed")
        assert not (await verify(log)).whole, statements
        await tampering.put_back()
    assert (await verify(log)).whole


async def test_a_tenant_without_a_log_is_found(log: Two) -> None:
    report = await audit_check.verify([log.ours, log.theirs, missing := uuid4()])
    assert list(report.problems) == [missing]


async def test_a_log_that_vanished_with_its_tenant_is_found(log: Two) -> None:
    await tampering.forge(
        *(f"delete from {table} where tenant_id = {literal(log.ours)}" for table in tampering.TABLES)
    )
    assert "removed by hand" in (await audit_check.verify([log.theirs])).problems[log.ours][0]


async def test_a_former_log_beside_the_people_of_a_later_one_is_found(log: Two) -> None:
    """Entries and end as Hub itself wrote them once, put back together: only who came since then tells of it."""
    await tampering.keep()
    await act(log.ours, 4)
    await tampering.put_back("audit_entry", "audit_head")
    assert (await verify(log)).problems == {
        log.ours: ["1 person that no entry refers to: put in by hand, or the entries were removed."]
    }


async def test_chains_hashed_anew_without_the_key_are_found(
    log: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a key of one's own, under its name or under that of Hub's key."""
    async with db.read(log.ours) as session:
        entries = (await session.exec(select(AuditEntry).order_by(col(AuditEntry.sequence)))).all()
    right, guessed = audit_mac.newest(), guess(monkeypatch)
    for claimed in (guessed.id, right.id):
        own = audit_mac.Key(claimed, guessed.value)
        statements, mac = [], ""
        for entry in entries:
            row: Any = SimpleNamespace(**entry.model_dump())
            row.action, row.previous = (
                "nothing.happened",
                audit_mac.link(audit_mac.head(log.ours, entry.sequence - 1, mac, own)),
            )
            mac = audit_mac.entry(row, own)
            statements.append(
                f"update audit_entry set action = '{row.action}', previous = '{row.previous}', mac = '{mac}' where id = {literal(entry.id)}"
            )
        end = audit_mac.head(log.ours, len(entries), mac, own)
        await tampering.forge(
            *statements, f"update audit_head set mac = '{end}' where tenant_id = {literal(log.ours)}"
        )
        report = await verify(log)
        assert not report.whole
        assert (report.other_keys == {guessed.id}) == (claimed == guessed.id)


def guess(monkeypatch: pytest.MonkeyPatch) -> audit_mac.Key:
    with monkeypatch.context() as other:
        other.setenv("SECRET_KEY", "guessed")
        get_settings.cache_clear()
        key = audit_mac.newest()
    get_settings.cache_clear()
    return key


async def test_an_exchanged_key_is_told_from_a_changed_log(log: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    old_id, old = audit_mac.newest().id, get_settings().secret_key.get_secret_value()
    monkeypatch.setenv("SECRET_KEY", "a new secret key")
    get_settings.cache_clear()
    await act(log.ours)
    report = await verify(log)
    assert (report.problems, report.other_keys) == ({}, {old_id})
    monkeypatch.setenv("SECRET_KEYS_OLD", f"one before, {old}")
    get_settings.cache_clear()
    assert (await verify(log)).whole
    await tampering.forge("update audit_entry set via = 'other' where sequence = 3")
    assert log.ours in (await verify(log)).problems


async def test_an_erased_person_is_a_tombstone_that_verifies(log: Two) -> None:
    """Erasure itself comes later: it empties the three fields, and seals the emptied row with the key."""
    async with db.begin(log.ours) as session:
        person = (await session.exec(select(AuditPerson).where(AuditPerson.name == "Bob"))).one()
        person.name = person.email = person.ip = ""
        person.mac = audit_mac.tombstone(person, audit_mac.newest())
        session.add(person)
    assert (await verify(log)).whole
    tombstone = f"select mac from audit_person where tenant_id = {literal(log.ours)} and name = ''"
    await tampering.forge(
        f"update audit_person set name = '', email = '', ip = '', mac = ({tombstone}) "
        f"where tenant_id = {literal(log.ours)} and name = 'Alice'"
    )
    assert "otherwise than by an erasure" in (await verify(log)).problems[log.ours][0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("created_at", "'nonsense'"),
        ("summary", "'nonsense'"),
        ("sequence", "'nonsense'"),
        ("id", "'nonsense'"),
        ("mac", "x'ff'"),
        ("via", "cast(x'ff' as text)"),
    ],
)
async def test_a_row_that_cannot_be_read_is_told_in_words(log: Two, column: str, value: str) -> None:
    """SQLite keeps anything in any column."""
    await tampering.forge(
        f"update audit_entry set {column} = {value} where sequence = 3 and action = 'thing.changed'"
    )
    with pytest.raises(audit_check.Unreadable):
        await verify(log)


async def test_the_log_is_read_while_hub_writes(log: Two) -> None:
    """One moment of the log, though it is read in several statements."""
    async with db.snapshot("a test looks") as session:
        before = (await session.exec(select(AuditHead.sequence).where(AuditHead.tenant_id == log.ours))).one()
        await asyncio.create_task(act(log.ours))
        after = (await session.exec(select(AuditHead.sequence).where(AuditHead.tenant_id == log.ours))).one()
    assert before == after == 10
    assert (await verify(log)).whole
