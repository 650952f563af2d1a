"""REST of consents."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from hub_app.governance.schemas.consents import (
    ConsentFilter,
    ConsentIn,
    ConsentOut,
    ConsentSettingOut,
    ConsentSettingPatch,
    ConsentStatus,
    Renewed,
)
from hub_app.governance.service import (
    consent_giving,
    consent_log,
    consent_renewal,
    consent_settings,
    consent_status,
)
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of

router = router_of("/v1/integration/consents", "Consents")
Chosen = Annotated[ConsentFilter, Depends()]


@router.get("", summary="List consents, newest first")
async def list_consents(actor: CurrentActor, chosen: Chosen, page: Paging) -> Page[ConsentOut]:
    return Page.of(await consent_log.list_consents(actor, chosen, page))


@router.post(
    "",
    summary="Give a consent",
    description="For a `connector` or an `oauth_connection`, the consent of the type THIRD_PARTY lets Hub call it again after "
    "it was revoked. Other kinds of resources are recorded and bind nothing.",
    status_code=201,
)
async def give_consent(actor: CurrentActor, given: ConsentIn) -> ConsentOut:
    return await consent_giving.give_consent(actor, given)


@router.get(
    "/status",
    summary="List connections with their consents",
    description="`outdated` consents were given to an earlier version of the policy. They hold until they are revoked.",
)
async def list_consent_status(actor: CurrentActor, page: Paging) -> Page[ConsentStatus]:
    return Page.of(await consent_status.list_status(actor, page))


@router.post(
    "/renew",
    summary="Renew outdated consents: your own, as customer admin everyone's",
)
async def renew_consents(actor: CurrentActor) -> Renewed:
    return await consent_renewal.renew_all(actor)


@router.get("/settings", summary="Read how the tenant asks for consent")
async def get_consent_settings(actor: CurrentActor) -> ConsentSettingOut:
    return await consent_settings.get_settings_of(actor)


@router.patch(
    "/settings",
    summary="Change how the tenant asks for consent",
    description="With `ask_explicitly` (on screen: Require explicit consent over REST), a call that connects something must "
    "include `consent`. Without it the response is 422.",
)
async def change_consent_settings(actor: CurrentActor, given: ConsentSettingPatch) -> ConsentSettingOut:
    return await consent_settings.change_settings(actor, given)


@router.get("/{consent_id}", summary="Read a consent")
async def get_consent(actor: CurrentActor, consent_id: UUID) -> ConsentOut:
    return await consent_log.get_consent(actor, consent_id)


@router.delete(
    "/{consent_id}",
    summary="Revoke a consent",
    description="Hub stops calling what it was given for, in all processes. The consent stays in the history.",
    status_code=204,
)
async def revoke_consent(actor: CurrentActor, consent_id: UUID) -> None:
    await consent_giving.revoke_consent(actor, consent_id)
