"""What the operator does on the command line: making tenants, and other operators."""

import re
from pathlib import Path

import pytest
from sqlmodel import select

from hub_app.identity.service import setup
from hub_app.identity.tables import Tenant, User
from hub_app.kernel import audit_check, db
from hub_app.kernel.tables import AuditEntry
from hub_app.kernel.tenancy import INSTALLATION
from tests import other_process
from tests import people as seeded
from tests.commands import hub, program

LINK = re.compile(r"^http://localhost:3000/invite/[\w-]{43}$", re.MULTILINE)


def test_an_empty_installation_gets_a_tenant_and_can_still_be_set_up(tmp_path: Path) -> None:
    made = program("create-tenant", tmp_path, "Birch Records", "bea@birch.example")
    assert made.returncode == 0, made
    assert made.stdout.startswith("Birch Records is created, in the tier professional.")
    assert LINK.search(made.stdout)
    assert "Nobody has an account yet. Set Hub up first" in made.stdout

    async def look() -> tuple[bool, list[str], bool]:
        async with db.system("a test looks") as session:
            names = list((await session.exec(select(Tenant.name))).all())
        return await setup.needed(), names, (await audit_check.verify({}, None)).whole

    assert other_process.in_database(tmp_path, look) == (True, ["Birch Records"], True)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("Birch", "nobody"), "owner_email: is not an e-mail address."),
        (("", "bea@birch.example"), "name: must"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_made(tmp_path: Path, given: tuple[str, str], why: str) -> None:
    refused = hub("create-tenant", tmp_path, *given)
    assert refused.returncode == 1
    assert "No tenant was made. " in refused.stderr
    assert why in refused.stderr


def test_an_account_becomes_an_operator(tmp_path: Path) -> None:
    people = other_process.in_database(tmp_path, seeded.seed)
    unknown = hub("create-operator", tmp_path, "nobody@acme.example")
    assert unknown.returncode == 1
    assert unknown.stderr.startswith(
        "Nothing was changed. There is no account with this e-mail address. Have the"
    )
    made = hub("create-operator", tmp_path, people.mallory.email.upper())
    assert made.stdout.startswith("Mallory Crane is now an operator of this installation")
    again = hub("create-operator", tmp_path, people.mallory.email)
    assert again.stdout == "Mallory Crane is an operator of this installation already.\n"

    async def look() -> tuple[bool, list[str]]:
        async with db.system("a test looks") as session:
            user = await session.get_one(User, people.mallory.user_id)
            acts = select(AuditEntry.action).where(AuditEntry.tenant_id == INSTALLATION)
            return user.is_operator, list((await session.exec(acts)).all())

    is_operator, acts = other_process.in_database(tmp_path, look)
    assert is_operator
    assert acts.count("operator.appointed") == 1


def test_who_could_not_sign_in_is_not_made_one(tmp_path: Path) -> None:
    people = other_process.in_database(tmp_path, seeded.seed)

    async def suspend() -> None:
        from hub_app.identity.service import suspending

        await suspending.suspend(people.alice.actor, people.mallory.tenant_id)

    other_process.in_database(tmp_path, suspend)
    refused = hub("create-operator", tmp_path, people.mallory.email)
    assert "has no active tenant, and could not sign in" in refused.stderr
