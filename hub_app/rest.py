"""The REST interface: the routers of every capability in one FastAPI application."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline

from hub_app import problems
from hub_app.kernel import capabilities
from hub_app.kernel.uploads import MIB

PREFIXES = ("/api", "/auth", "/customer", "/metrics", "/v1")
MAX_BODY_BYTES = 16 * MIB

_ANY_ERROR: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Refused or failed",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def is_rest(path: str) -> bool:
    """Whether this path belongs to REST and not to the screens."""
    return path.startswith(PREFIXES) and any(path == p or path.startswith(f"{p}/") for p in PREFIXES)


def _all_routes() -> list[APIRoute]:
    """Every capability's routes in the order of their paths, whichever folder they come from. TypeError for what has no
    path of its own, such as a router within a router: it would stand in nobody's order.
    """
    found: list[APIRoute] = []
    for route in (r for capability in capabilities.every() for one in capability.routers for r in one.routes):
        if not isinstance(route, APIRoute):
            raise TypeError(f"A capability's router holds {route!r}, which is no route.")
        found.append(route)
    return sorted(found, key=_fixed_first)


def _fixed_first(route: APIRoute) -> list[tuple[bool, str]]:
    """A path with a word comes before one where a variable stands there: the first that fits serves."""
    return [(part.startswith("{"), part) for part in route.path.split("/")]


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
    )
    problems.install(rest)
    for capability in capabilities.every():
        if capability.authenticate is not None:
            rest.state.authenticate = capability.authenticate
            rest.state.count_call = capability.count_call
    # As routes of its own: FastAPI looks through an included router twice for every request.
    for route in _all_routes():
        route.responses = {**_ANY_ERROR, **route.responses}
        rest.router.routes.append(route)
    describe = rest.openapi

    def openapi() -> dict[str, Any]:
        document = describe()
        document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = problems.SCHEMA
        return document

    rest.openapi = openapi
    return rest
