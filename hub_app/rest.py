"""The REST interface: the routers of every capability in one FastAPI application."""

from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.routing import BaseRoute

from hub_app import problems
from hub_app.kernel import capabilities
from hub_app.kernel.errors import BadRequest
from hub_app.kernel.uploads import MIB

PREFIXES = ("/api", "/auth", "/customer", "/v1")
MAX_BODY_BYTES = 16 * MIB

_ANY_ERROR = {
    "default": {
        "description": "Refused or failed",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def is_rest(path: str) -> bool:
    """Whether this path belongs to REST and not to the screens."""
    return path.startswith(PREFIXES) and any(path == p or path.startswith(f"{p}/") for p in PREFIXES)


def _all_routes() -> APIRouter:
    """Every capability's routes in the order of their paths, whichever folder they come from."""
    routers = [router for capability in capabilities.every() for router in capability.routers]
    together = APIRouter()
    together.routes.extend(sorted((route for one in routers for route in one.routes), key=_fixed_first))
    return together


def _fixed_first(route: BaseRoute) -> list[tuple[bool, str]]:
    """A path with a word comes before one where a variable stands there: the first that fits serves. TypeError for what has
    no path of its own, such as a router within a router: it would stand in nobody's order.
    """
    if not isinstance(route, APIRoute):
        raise TypeError(f"A capability's router holds {route!r}, which is no route.")
    return [(part.startswith("{"), part) for part in route.path.split("/")]


async def _without_nul(request: Request) -> None:
    """BadRequest for NUL in a path or a query: nothing is named so, and PostgreSQL refuses to look for it."""
    if "\x00" in request.scope["path"] or b"%00" in request.scope["query_string"]:
        raise BadRequest("An address must not hold NUL characters (%00).")


def _operation(route: APIRoute) -> str:
    """An operation is called as its function is."""
    return route.name


def create_rest() -> FastAPI:
    """FastAPI with every capability's routes, problem documents for all errors, and its documentation."""
    rest = FastAPIOffline(
        title="Hub",
        docs_url="/api/docs",
        redoc_url=None,
        openapi_url="/api/openapi.json",
        swagger_ui_oauth2_redirect_url="/api/docs/oauth2-redirect",
        static_url="/api/docs/static",
        redirect_slashes=False,
        max_body_size=MAX_BODY_BYTES,
        responses=_ANY_ERROR,
        dependencies=[Depends(_without_nul)],
        generate_unique_id_function=_operation,
    )
    problems.install(rest)
    for capability in capabilities.every():
        if capability.authenticate is not None:
            rest.state.authenticate = capability.authenticate
            rest.state.count_call = capability.count_call
    rest.include_router(_all_routes())
    describe = rest.openapi

    def openapi() -> dict[str, Any]:
        document = describe()
        document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = problems.SCHEMA
        return document

    rest.openapi = openapi
    return rest
