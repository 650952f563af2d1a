"""Persons of the audit log who are erased: their details are emptied, and a code of Hub's own says that Hub did it, so that
the entries still verify (docs/decisions/0014-audit-hmac-and-anchor.md).
"""

from collections.abc import AsyncIterator, Callable, Sequence
from uuid import UUID

from sqlmodel import col, or_, select

from hub_app.kernel import audit_mac, db
from hub_app.kernel.tables import AuditPerson

_AT_ONCE = 100
IsEmail = Callable[[str], bool]
"""Whether an address is that of the person who is looked for."""


async def find_persons(
    tenant_id: UUID, user_id: UUID | None, is_email: IsEmail
) -> AsyncIterator[Sequence[AuditPerson]]:
    """What a tenant's log knows of a person, by the account's id or the e-mail address; some at a time, erased ones not."""
    after = ""
    while True:
        async with db.read(tenant_id) as session:
            statement = select(AuditPerson).where(AuditPerson.person > after)
            statement = statement.order_by(col(AuditPerson.person)).limit(_AT_ONCE)
            found = (await session.exec(statement)).all()
        theirs = [
            one
            for one in found
            if (one.name or one.email or one.ip)
            and ((user_id is not None and one.actor_id == user_id) or (one.email and is_email(one.email)))
        ]
        if theirs:
            yield theirs
        if len(found) < _AT_ONCE:
            return
        after = found[-1].person


async def erase_persons(tenant_id: UUID, user_id: UUID | None, is_email: IsEmail) -> int:
    """Empty what a tenant's log knows of a person, in small steps; how many details there were. It may be done again."""
    erased = 0
    async for page in find_persons(tenant_id, user_id, is_email):
        wanted = [one.person for one in page]
        async with db.begin(tenant_id) as session:
            statement = select(AuditPerson).where(col(AuditPerson.person).in_(wanted))
            statement = statement.where(
                or_(AuditPerson.name != "", AuditPerson.email != "", AuditPerson.ip != "")
            )
            key = audit_mac.newest()
            for one in (await session.exec(statement)).all():
                one.name, one.email, one.ip = "", "", ""
                one.mac = audit_mac.tombstone(one, key)
                session.add(one)
                erased += 1
    return erased
