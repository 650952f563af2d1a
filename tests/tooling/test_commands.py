"""`rotate-keys` and `verify-audit`, as an operator calls them."""

import base64
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from hub_app.build import ROOT
from hub_app.kernel import db
from hub_app.webhooks.schemas import EndpointIn
from hub_app.webhooks.service import endpoints
from tests import beside
from tests import people as seeded

OLD, NEW = (base64.urlsafe_b64encode(bytes([n] * 32)).decode() for n in (1, 2))
SECRET = "whsec_cGxhbnRlZHBsYW50ZWRwbGFudGVkcGxhbnRlZA=="


def hub(command: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "DATA_DIR": str(folder / "data"), **settings}
    program = [sys.executable, "-m", "hub_app", command]
    return subprocess.run(  # noqa: S603 - a program of ours
        program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


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
    before = beside.in_database(tmp_path, fill, ENCRYPTION_KEY=OLD)
    assert hub("verify-audit", tmp_path, ENCRYPTION_KEY=OLD).returncode == 0
    refused = hub("rotate-keys", tmp_path, ENCRYPTION_KEY=NEW)
    assert refused.returncode == 1
    assert "ENCRYPTION_KEYS_OLD" in refused.stderr
    rotated = hub("rotate-keys", tmp_path, ENCRYPTION_KEY=NEW, ENCRYPTION_KEYS_OLD=OLD)
    assert rotated.returncode == 0, rotated.stderr
    assert "3 stored secrets" in rotated.stdout
    assert beside.in_database(tmp_path, look, ENCRYPTION_KEY=NEW) == before
    again = hub("rotate-keys", tmp_path, ENCRYPTION_KEY=NEW)
    assert "0 stored secrets" in again.stdout, again.stderr


ATTACKS = {
    "an entry is changed": "update audit_entry set action = 'nothing.happened' where sequence = 2",
    "the tail is cut": "delete from audit_entry where sequence > 1",
    "all entries are deleted": "delete from audit_entry",
    "the head is deleted": "delete from audit_head",
    "head and entries are deleted": "delete from audit_entry; delete from audit_head",
    "a person is renamed": "update audit_person set name = 'Mallory Crane'",
    "a person is deleted": "delete from audit_person",
}


def attack(folder: Path, statements: str) -> None:
    """Change the database by hand, as somebody who may do anything there."""
    with closing(sqlite3.connect(folder / "data" / "hub.db")) as connection:
        names = connection.execute("select name from sqlite_master where type = 'trigger'").fetchall()
        connection.executescript("".join(f"drop trigger {name};" for (name,) in names) + statements)


@pytest.mark.parametrize("statements", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_changed_audit_log_is_found(tmp_path: Path, statements: str) -> None:
    beside.in_database(tmp_path, fill, ENCRYPTION_KEY=OLD)
    whole = hub("verify-audit", tmp_path, ENCRYPTION_KEY=OLD)
    assert (whole.returncode, whole.stdout) == (0, "The audit log of every tenant is whole.\n"), whole.stderr
    attack(tmp_path, statements)
    found = hub("verify-audit", tmp_path, ENCRYPTION_KEY=OLD)
    assert found.returncode == 1, found.stdout
    assert "The audit log does not verify." in found.stderr
