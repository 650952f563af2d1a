"""Members, invitations, and links with which members choose a new password."""

from uuid import UUID

from hub_app.identity.schemas import (
    InvitationIn,
    InvitationMade,
    InvitationOut,
    MemberOut,
    ResetIn,
    ResetMade,
    ResetOut,
    RoleIn,
)
from hub_app.identity.service import invitations as service
from hub_app.identity.service import members, resets
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of
from hub_app.kernel.settings import get_settings

router = router_of("/v1/integration/members", "Members")
invitations = router_of("/v1/integration/invitations", "Members")
operator = router_of("/v1/integration/operator", "Operator")


@router.get("", summary="List the tenant's members")
async def list_members(actor: CurrentActor, page: Paging) -> Page[MemberOut]:
    return Page.of(await members.list_members(actor, page))


@router.patch("/{user_id}", summary="Give a member another role")
async def change_role(actor: CurrentActor, user_id: UUID, given: RoleIn) -> MemberOut:
    return await members.change_role(actor, user_id, given)


@router.delete("/{user_id}", summary="Remove a member with their API tokens", status_code=204)
async def remove_member(actor: CurrentActor, user_id: UUID) -> None:
    await members.remove_member(actor, user_id)


@router.post(
    "/{user_id}/password-reset",
    summary="Make a link with which a member chooses a new password; it is in this response only",
    description="For owners, and members of this tenant alone. The link works once, within an hour.",
    status_code=201,
)
async def reset_member_password(actor: CurrentActor, user_id: UUID) -> ResetMade:
    return _made(*await resets.issue_for_member(actor, user_id))


@operator.post(
    "/password-resets",
    summary="Make a link with which anybody chooses a new password; it is in this response only",
    description="Only operators can call this. The link works once, within an hour.",
    status_code=201,
)
async def reset_password(actor: CurrentActor, given: ResetIn) -> ResetMade:
    return _made(*await resets.issue(actor, given))


def _made(issued: ResetOut, secret: str) -> ResetMade:
    return ResetMade(**issued.model_dump(), link=resets.link(get_settings().own_address(), secret))


@invitations.get("", summary="List open invitations")
async def list_invitations(actor: CurrentActor, page: Paging) -> Page[InvitationOut]:
    return Page.of(await service.list_invitations(actor, page))


@invitations.post("", summary="Invite someone; the link is in this response only", status_code=201)
async def invite(actor: CurrentActor, given: InvitationIn) -> InvitationMade:
    made, secret = await service.invite(actor, given)
    return InvitationMade(**made.model_dump(), link=f"{get_settings().own_address()}/invite/{secret}")


@invitations.delete("/{invitation_id}", summary="Withdraw an invitation", status_code=204)
async def withdraw_invitation(actor: CurrentActor, invitation_id: UUID) -> None:
    await service.withdraw(actor, invitation_id)
