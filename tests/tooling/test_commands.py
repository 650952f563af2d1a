"""`rotate-keys`, `verify-audit` and `reset-password`, as an operator calls them."""

import base64
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from hub_app.kernel import db
from hub_app.webhooks.schemas import EndpointIn
from hub_app.webhooks.service import endpoints
from tests import databases, other_process
from tests import people as seeded
from tests.commands import hub, program

OLD, NEW = (base64.urlsafe_b64encode(bytes([n] * 32)).decode() for n in (1, 2))
SECRET = "whsec_cGxhbnRlZHBsYW50ZWRwbGFudGVkcGxhbnRlZA=="


async def fill() -> str:
    people = await seeded.seed()
    given = EndpointIn(name="Sealed", url="https://example.com/path", secret=SECRET, headers={"X-Key": "v"})
    made = await endpoints.create_endpoint(people.adam.actor, given)
    return f"{made.updated_at} {(await endpoints.reveal_secret(people.adam.actor, made.id)).secret}"


async def look() -> str:
    from sqlmodel import select

    from hub_app.kernel.actor import system_actor
    from hub_app.webhooks.tables import WebhookEndpoint

    async with db.system("a test looks") as session:
        made = (await session.exec(select(WebhookEndpoint))).one()
    shown = await endpoints.reveal_secret(system_actor(made.tenant_id, "tests"), made.id)
    return f"{made.updated_at} {shown.secret}"


def test_keys_are_rotated(tmp_path: Path) -> None:
    """After it the old key is not needed any more; before, Hub does not do without it."""
    before = other_process.in_database(tmp_path, fill, ENCRYPTION_KEY=OLD)
    assert hub("verify-audit", tmp_path, ENCRYPTION_KEY=OLD).returncode == 0
    refused = hub("rotate-keys", tmp_path, ENCRYPTION_KEY=NEW)
    assert refused.returncode == 1
    assert "ENCRYPTION_KEYS_OLD" in refused.stderr
    rotated = hub("rotate-keys", tmp_path, ENCRYPTION_KEY=NEW, ENCRYPTION_KEYS_OLD=OLD)
    assert rotated.returncode == 0, rotated.stderr
    assert "3 stored secrets" in rotated.stdout
    assert other_process.in_database(tmp_path, look, ENCRYPTION_KEY=NEW) == before
    again = hub("rotate-keys", tmp_path, ENCRYPTION_KEY=NEW)
    assert "0 stored secrets" in again.stdout, again.stderr


# tests/kernel/test_audit_attacks.py has many more.
ATTACKS = {
    "the tail is cut": "delete from audit_entry where sequence > 1",
    "head and entries are deleted": "delete from audit_entry; delete from audit_head",
    "a person is renamed": "update audit_person set name = 'Mallory Crane'",
}


def attack(folder: Path, statements: str) -> None:
    """Change the database by hand, as somebody who may do anything there."""
    with closing(sqlite3.connect(folder / "data" / "hub.db")) as connection:
        names = connection.execute("select name from sqlite_master where type = 'trigger'").fetchall()
        connection.executescript("".join(f"drop trigger {name};" for (name,) in names) + statements)


@pytest.mark.parametrize("statements", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_changed_audit_log_is_found(tmp_path: Path, statements: str) -> None:
    other_process.in_database(tmp_path, fill, ENCRYPTION_KEY=OLD)
    whole = hub("verify-audit", tmp_path, ENCRYPTION_KEY=OLD)
    assert (whole.returncode, whole.stdout) == (0, "The audit log of every tenant is intact.\n"), whole.stderr
    attack(tmp_path, statements)
    found = hub("verify-audit", tmp_path, ENCRYPTION_KEY=OLD)
    assert found.returncode == 1, found.stdout
    assert "The audit log does not verify." in found.stderr
    assert kept_verifications(tmp_path) == [("command", "whole"), ("command", "changed")]


def test_a_forged_result_of_a_verification_is_named(tmp_path: Path) -> None:
    other_process.in_database(tmp_path, fill, ENCRYPTION_KEY=OLD)
    assert hub("verify-audit", tmp_path, ENCRYPTION_KEY=OLD).returncode == 0
    attack(tmp_path, "update audit_verification set entries = entries + 1")
    found = hub("verify-audit", tmp_path, ENCRYPTION_KEY=OLD)
    assert found.returncode == 1
    assert "changed or forged (audit_verification)" in found.stderr


def kept_verifications(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "data" / "hub.db")) as connection:
        return connection.execute("select source, outcome from audit_verification order by id").fetchall()


def test_a_log_put_back_to_a_former_state_is_found_with_an_anchor(tmp_path: Path) -> None:
    """Relative to where the command is given, made when it is missing, and extended only by a log that verifies."""
    other_process.in_database(tmp_path, fill, ENCRYPTION_KEY=OLD)
    with closing(sqlite3.connect(tmp_path / "data" / "hub.db")) as connection:
        connection.execute("vacuum into ?", (str(tmp_path / "former.db"),))

    async def more() -> None:
        from hub_app.kernel import audit
        from hub_app.kernel.actor import system_actor
        from hub_app.kernel.tenancy import INSTALLATION

        async with db.system("a test acts", write=True) as session:
            await audit.record(session, system_actor(INSTALLATION, "tests"), "thing.changed")

    def verify() -> subprocess.CompletedProcess[str]:
        return hub("verify-audit", tmp_path, "--anchor", "anchor.txt", ENCRYPTION_KEY=OLD)

    made = verify()
    anchor = tmp_path / "anchor.txt"
    assert made.returncode == 0, made.stderr
    assert f"There was no anchor {anchor}: it was made" in made.stdout
    other_process.in_database(tmp_path, more, ENCRYPTION_KEY=OLD)
    extended = verify()
    assert "new ends of 1 log were added" in extended.stdout, extended.stderr
    before = anchor.read_bytes()
    for name in ("hub.db", "hub.db-wal", "hub.db-shm"):
        (tmp_path / "data" / name).unlink(missing_ok=True)
    (tmp_path / "former.db").rename(tmp_path / "data" / "hub.db")
    assert hub("verify-audit", tmp_path, ENCRYPTION_KEY=OLD).returncode == 0
    found = verify()
    assert (found.returncode, found.stdout) == (1, "")
    assert "The installation, 00000000-0000-0000-0000-000000000000:" in found.stderr
    assert "cut off" in found.stderr
    assert anchor.read_bytes() == before


def test_an_anchor_that_cannot_be_used_is_told_in_words(tmp_path: Path) -> None:
    other_process.in_database(tmp_path, fill, ENCRYPTION_KEY=OLD)
    (tmp_path / "torn").write_text('{"at": "20')
    for name, told in {
        "torn": "Line 1 of",
        "data": "cannot be read: Is a directory",
        "no/where": "No such file",
    }.items():
        refused = hub("verify-audit", tmp_path, "--anchor", name, ENCRYPTION_KEY=OLD)
        assert refused.returncode == 1
        assert told in refused.stderr
        assert "Traceback" not in refused.stderr


def test_an_exchanged_secret_key_is_said_plainly(tmp_path: Path) -> None:
    other_process.in_database(tmp_path, fill, ENCRYPTION_KEY=OLD, SECRET_KEY="the first key")
    told = hub("verify-audit", tmp_path, ENCRYPTION_KEY=OLD, SECRET_KEY="the second key")
    assert told.returncode == 1
    assert "name the former one in SECRET_KEYS_OLD" in told.stderr
    assert "was changed" not in told.stderr
    settings = {"SECRET_KEY": "the second key", "SECRET_KEYS_OLD": "the first key"}
    assert hub("verify-audit", tmp_path, ENCRYPTION_KEY=OLD, **settings).returncode == 0


async def add_people() -> None:
    await seeded.seed()


def test_a_lost_password_is_reset_from_the_command_line(tmp_path: Path) -> None:
    """On SQLite, where Hub has just been installed, and with the link of the address that people open."""
    empty = program("reset-password", tmp_path, "alice@acme.example", ENCRYPTION_KEY=OLD)
    assert (empty.returncode, empty.stdout) == (1, "")
    assert empty.stderr.endswith("No link was made. There is no account with this e-mail address.\n")
    other_process.in_database(tmp_path, add_people, ENCRYPTION_KEY=OLD)
    made = hub("reset-password", tmp_path, " Alice@Acme.example", ENCRYPTION_KEY=OLD, PORT="3105")
    assert made.returncode == 0, made.stderr
    link = made.stdout.splitlines()[-1]
    assert link.startswith("http://localhost:3105/reset-password#secret=")
    assert link.rpartition("=")[2] not in made.stderr
    public = {"ENCRYPTION_KEY": OLD, "PUBLIC_URL": "https://hub.example.com"}
    behind = hub("reset-password", tmp_path, "alice@acme.example", **public)
    assert "\nhttps://hub.example.com/reset-password#secret=" in behind.stdout
    nothing = hub("reset-password", tmp_path, ENCRYPTION_KEY=OLD)
    assert nothing.returncode == 2
    assert "EMAIL" in nothing.stderr


def test_a_lost_password_is_reset_on_postgresql(tmp_path: Path) -> None:
    with databases.clean_postgresql("hub_reset_password") as url:
        other_process.in_database(tmp_path, add_people, ENCRYPTION_KEY=OLD, DATABASE_URL=url)
        made = hub("reset-password", tmp_path, "erin@acme.example", ENCRYPTION_KEY=OLD, DATABASE_URL=url)
        assert made.returncode == 0, made.stderr

        async def looked() -> str:
            from hub_app.identity.service import resets

            return await resets.look(made.stdout.strip().rpartition("=")[2])

        assert (
            other_process.in_database(tmp_path, looked, ENCRYPTION_KEY=OLD, DATABASE_URL=url)
            == "erin@acme.example"
        )
