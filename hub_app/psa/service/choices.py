"""Whom somebody can post a note as: the member that they are, and never a colleague."""

from collections.abc import Sequence

from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Invalid
from hub_app.psa.provider.types import PSAMember
from hub_app.psa.schemas.posts import MemberChoice, TicketUpdateIn
from hub_app.psa.service import mappings, tickets
from hub_app.psa.service.calling import Psa


async def of(actor: Actor, psa: Psa) -> list[MemberChoice]:
    """The member that the actor is, as it was confirmed; until then those who have their address: a name proves nothing, as everybody
    can change their own. The owner, who decides who is who, has all. The last one is the API's own account.
    """
    if not psa.provider.capabilities.post_as_member:
        return [_api(psa)]
    async with db.read(actor.tenant_id) as session:
        mapping = await mappings.mapping_of(session, actor.user_id)
    members = (await tickets.members(psa)).items
    mapped = [one for one in members if mapping is not None and one.id == mapping.member_id]
    fitting: Sequence[PSAMember] = mapped
    if actor.role is Role.OWNER:
        fitting = [*mapped, *(one for one in members if one not in mapped)]
    elif not mapped:
        fitting, _ = mappings.matches(actor.email, "", members)
    found = [
        MemberChoice(member_id=one.id, name=one.name, identifier=one.identifier, is_mapped=one in mapped)
        for one in fitting
    ]
    return [*found, _api(psa)]


def _api(psa: Psa) -> MemberChoice:
    return MemberChoice(
        member_id=None, name=f"{psa.provider.name}'s API account", identifier="", is_mapped=False
    )


def chosen(members: Sequence[MemberChoice], given: TicketUpdateIn) -> MemberChoice | None:
    """Who it is posted as; None for the API's own account. Invalid, naming `member_id`, for somebody else."""
    if "member_id" not in given.model_fields_set:
        return next((one for one in members if one.is_mapped), None)
    if given.member_id is None:
        return None
    found = next((one for one in members if one.member_id == given.member_id), None)
    if found is None:
        raise Invalid.field(
            "member_id",
            "is not who you are there. The owner of the tenant decides who is who under Member mapping",
        )
    return found
