"""How a capability's REST routes are made."""

from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute

from hub_app.kernel.clock import utcnow


def router_of(prefix: str, tag: str) -> APIRouter:
    """Routes below `prefix`, listed under `tag` in the API reference. An operation is called as its function is, unless its
    route says `operation_id`.
    """
    return APIRouter(prefix=prefix, tags=[tag], generate_unique_id_function=_name)


def download(
    pieces: AsyncIterator[str] | AsyncIterator[bytes], name: str, form: str, media_type: str
) -> StreamingResponse:
    """A file that is made while it is downloaded, with today's date in its name: `audit-2026-01-31.csv`."""
    disposition = f'attachment; filename="{name}-{utcnow():%Y-%m-%d}.{form}"'
    return StreamingResponse(pieces, media_type=media_type, headers={"Content-Disposition": disposition})


def _name(route: APIRoute) -> str:
    return route.name
