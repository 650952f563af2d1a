"""What was posted to tickets."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from hub_app.kernel.access import CurrentActor
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of
from hub_app.psa.schemas.posts import PostOut, PostQuery
from hub_app.psa.service import posts

router = router_of("/api/v1/integrations/psa/posts", "PSA")


@router.get("", summary="List posts, newest first")
async def list_psa_posts(
    actor: CurrentActor, query: Annotated[PostQuery, Query()], page: Paging
) -> Page[PostOut]:
    return Page.of(await posts.list_posts(actor, query, page))


@router.get("/{post_id}", summary="Read a post")
async def get_psa_post(actor: CurrentActor, post_id: UUID) -> PostOut:
    return await posts.get_post(actor, post_id)


@router.post(
    "/{post_id}/check",
    summary="Look whether a note arrived",
    description="For a post whose outcome is `unknown`. Hub looks by itself as well.",
)
async def check_psa_post(actor: CurrentActor, post_id: UUID) -> PostOut:
    return await posts.check_post(actor, post_id)


@router.post(
    "/{post_id}/retry",
    summary="Try again what is missing of a post",
    description="For a post whose outcome is `partial`: the note is on the ticket, its status or time entry is not.",
)
async def retry_psa_post(actor: CurrentActor, post_id: UUID) -> PostOut:
    return await posts.retry_post(actor, post_id)
