"""API tokens and what was done with them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from hub_app.identity.schemas import (
    RotateIn,
    ScopeOut,
    TokenIn,
    TokenMade,
    TokenOut,
    TokenPatch,
    UsageFilter,
    UsageOut,
)
from hub_app.identity.service import report, tokens
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of

router = router_of("/v1/integration/tokens", "API tokens")


@router.post(
    "",
    summary="Create an API token; its secret is in this response only",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "content": {
                "application/json": {
                    "example": {"name": "Order system", "scopes": ["write:events", "read:webhooks"]}
                }
            }
        }
    },
)
async def create_token(actor: CurrentActor, given: TokenIn) -> TokenMade:
    return await tokens.create_token(actor, given)


@router.get("", summary="List your tokens")
async def list_tokens(
    actor: CurrentActor,
    page: Paging,
    everyone: Annotated[bool, Query(description="Those of all members; for customer admins.")] = False,  # noqa: FBT002 - a query parameter
) -> Page[TokenOut]:
    return Page.of(await tokens.list_tokens(actor, page, everyone=everyone))


@router.get("/scopes", summary="List all scopes with what they allow")
async def list_scopes(actor: CurrentActor) -> list[ScopeOut]:
    del actor
    return tokens.scopes()


@router.get("/usage-logs", summary="List calls by minute, token, route and outcome")
async def list_usage(
    actor: CurrentActor, page: Paging, chosen: Annotated[UsageFilter, Depends()]
) -> Page[UsageOut]:
    return Page.of(await report.list_usage(actor, chosen, page))


@router.get("/{token_id}", summary="Read a token")
async def get_token(actor: CurrentActor, token_id: UUID) -> TokenOut:
    return await tokens.get_token(actor, token_id)


@router.get("/{token_id}/scopes", summary="List a token's scopes")
async def list_token_scopes(actor: CurrentActor, token_id: UUID) -> list[ScopeOut]:
    return await tokens.scopes_of(actor, token_id)


@router.patch("/{token_id}", summary="Rename a token, or turn it off and on")
async def update_token(actor: CurrentActor, token_id: UUID, given: TokenPatch) -> TokenOut:
    return await tokens.update_token(actor, token_id, given)


@router.delete("/{token_id}", summary="Revoke a token for good", status_code=204)
async def revoke_token(actor: CurrentActor, token_id: UUID) -> None:
    await tokens.revoke_token(actor, token_id)


@router.post(
    "/{token_id}/rotate", summary="Give a token a new secret; the old one stays valid for the grace hours"
)
async def rotate_token(actor: CurrentActor, token_id: UUID, given: RotateIn | None = None) -> TokenMade:
    return await tokens.rotate_token(actor, token_id, given or RotateIn())
