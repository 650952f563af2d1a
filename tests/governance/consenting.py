"""Giving and revoking consent in tests."""

from uuid import UUID

from hub_app.governance.schemas.consents import ConsentFilter, ConsentIn, ConsentOut
from hub_app.governance.service import consent_log
from hub_app.kernel.paging import PageRequest
from tests.people import Person


async def consent_of(person: Person, resource_id: UUID) -> ConsentOut:
    """The newest consent to a connection."""
    chosen = ConsentFilter(resource_id=str(resource_id))
    return (await consent_log.list_consents(person.actor, chosen, PageRequest())).items[0]


async def revoke(person: Person, resource_id: UUID) -> None:
    await consent_log.revoke_consent(person.actor, (await consent_of(person, resource_id)).id)


async def give_again(person: Person, kind: str, resource_id: UUID) -> None:
    given = ConsentIn(consent_type="THIRD_PARTY", resource_type=kind, resource_id=str(resource_id))
    await consent_log.give_consent(person.actor, given)
