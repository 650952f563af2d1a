"""What someone sees and changes about themselves."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response

from hub_app.identity.api import bodies
from hub_app.identity.api.auth import without_session
from hub_app.identity.schemas import PasswordIn, ProfileOut, ProfilePatch, SessionOut
from hub_app.identity.service import accounts, sessions, tenants
from hub_app.kernel.access import SESSION_COOKIE, CurrentActor, cookie_name
from hub_app.kernel.routes import router_of

router = router_of("/auth", "Your account")


@router.get("/me", summary="Who you are, and in which tenant")
async def get_me(actor: CurrentActor) -> ProfileOut:
    tenant = await tenants.get_tenant(actor)
    return ProfileOut(
        user_id=actor.user_id,
        name=actor.name,
        email=actor.email,
        tenant_id=tenant.id,
        tenant_name=tenant.name,
        role=actor.role,
    )


@router.patch("/me", summary="Change your name", status_code=204)
async def update_me(actor: CurrentActor, given: ProfilePatch) -> None:
    await accounts.update_profile(actor, given)


async def _password(request: Request, actor: CurrentActor) -> PasswordIn:
    async def check(text: str) -> None:
        await accounts.require_own_password(actor, SecretStr(text))

    return await bodies.read_checking(request, PasswordIn, "current_password", check)


@router.post(
    "/password",
    summary="Set a new password; your other sessions end",
    openapi_extra=bodies.described(PasswordIn),
)
async def change_password(
    actor: CurrentActor, given: Annotated[PasswordIn, Depends(_password)]
) -> dict[str, str]:
    await accounts.change_password(actor, given)
    return {"location": "/account?changed=password"}


@router.get("/sessions", summary="List the browsers you are signed in with")
async def list_sessions(actor: CurrentActor) -> list[SessionOut]:
    return await sessions.list_sessions(actor)


@router.delete("/sessions/{session_id}", summary="Sign one of your browsers out", status_code=204)
async def revoke_session(actor: CurrentActor, session_id: UUID) -> None:
    await sessions.revoke_session(actor, session_id)


@router.post("/sessions/revoke", summary="Sign all of your browsers out")
async def sign_out_everywhere(actor: CurrentActor, request: Request) -> Response:
    await sessions.sign_out_everywhere(actor)
    answer = JSONResponse({"location": "/login"})
    called_by_browser = cookie_name(SESSION_COOKIE, request) in request.cookies
    return without_session(request, answer) if called_by_browser else answer
