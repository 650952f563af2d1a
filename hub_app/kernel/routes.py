"""How a capability's REST routes are made."""

from fastapi import APIRouter
from fastapi.routing import APIRoute


def router_of(prefix: str, tag: str) -> APIRouter:
    """Routes below `prefix`, listed under `tag` in the API reference. An operation is called as its function is, unless its
    route says `operation_id`.
    """
    return APIRouter(prefix=prefix, tags=[tag], generate_unique_id_function=_name)


def _name(route: APIRoute) -> str:
    return route.name
