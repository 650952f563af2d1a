"""Signing in and out. The pages' forms post here: a login is a full page load, by which the browser gets its cookie.

A form is answered with a redirect, fetch with `Accept: application/json` with where to go on to.
"""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from hub_app.identity.api import bodies
from hub_app.identity.schemas import AcceptIn, LoginIn, NewPasswordIn, SetupIn, SwitchIn
from hub_app.identity.service import accounts, invitations, resets, sessions, setup
from hub_app.kernel.access import SESSION_COOKIE, address_of, cookie_name, digest
from hub_app.kernel.routes import router_of
from hub_app.kernel.settings import get_settings

router = router_of("/auth", "Signing in")
Route = TypeVar("Route", bound=Callable[..., Any])

# By which an account knows the browsers it has signed in with; it stays when they sign out.
_BROWSER_COOKIE = "hub_browser"
_BROWSER_SECONDS = 180 * 24 * 60 * 60

# The tab's state has its key there: the next person to sign in begins anew.
_SIGNED_OUT = """<!doctype html><html lang="en"><title>Signed out</title>
<script>sessionStorage.clear(); location.replace("/login")</script>
<p>You are signed out. <a href="/login">Sign in</a></p></html>"""

_LOCATION = {
    "application/json": {
        "schema": {"type": "object", "required": ["location"], "properties": {"location": {"type": "string"}}}
    }
}
_GOES_ON: dict[int | str, dict[str, Any]] = {
    200: {"description": "Where to go on to, for callers that accept JSON.", "content": _LOCATION},
    303: {
        "description": "The way on, for browsers.",
        "headers": {"Location": {"schema": {"type": "string"}}},
    },
}
_SIGNS_OUT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Signed out: where to go on to, for callers that accept JSON; a page, for browsers.",
        "content": {**_LOCATION, "text/html": {"schema": {"type": "string"}}},
    }
}


def _post(path: str, summary: str, schema: type[BaseModel]) -> Callable[[Route], Route]:
    """A route that takes such a body, and answers with where to go on to."""
    return router.post(path, summary=summary, responses=_GOES_ON, openapi_extra=bodies.described(schema))


async def _set_up(request: Request) -> SetupIn:
    async def check(code: str) -> None:
        await setup.require_code(code, ip=address_of(request))

    return await bodies.read_checking(request, SetupIn, "code", check)


@_post("/setup", "Make the operator and the first tenant of an empty installation", SetupIn)
async def set_up(request: Request, given: Annotated[SetupIn, Depends(_set_up)]) -> Response:
    opened = await setup.complete(given, ip=address_of(request), user_agent=_agent(request))
    return _signed_in(request, opened, "/")


@_post("/login", "Sign in with e-mail and password", LoginIn)
async def sign_in(request: Request, given: Annotated[LoginIn, bodies.given(LoginIn)]) -> Response:
    opened = await accounts.sign_in(
        given, ip=address_of(request), user_agent=_agent(request), previous=_key(request), mark=_mark(request)
    )
    return _signed_in(request, opened, local_path(given.next))


@_post("/invitations/accept", "Become a member by an invitation", AcceptIn)
async def accept_invitation(request: Request, given: Annotated[AcceptIn, bodies.given(AcceptIn)]) -> Response:
    opened = await invitations.accept(
        given, ip=address_of(request), user_agent=_agent(request), key=_key(request), mark=_mark(request)
    )
    return _signed_in(request, opened, "/")


@_post(
    "/password-reset",
    "Choose a new password by a reset's link; all sessions of the account end",
    NewPasswordIn,
)
async def use_password_reset(
    request: Request, given: Annotated[NewPasswordIn, bodies.given(NewPasswordIn)]
) -> Response:
    await resets.use(given, ip=address_of(request))
    return _go_on(request, "/login?changed=password")


@router.post("/logout", summary="Sign this browser out", responses=_SIGNS_OUT)
async def sign_out(request: Request) -> Response:
    await sessions.sign_out(_key(request), ip=address_of(request))
    if _wants_json(request):
        answer: Response = JSONResponse({"location": "/login"})
    else:
        answer = HTMLResponse(_SIGNED_OUT)
    return without_session(request, answer)


@_post("/switch", "Make another of your tenants the active one in this browser", SwitchIn)
async def switch_tenant(request: Request, given: Annotated[SwitchIn, bodies.given(SwitchIn)]) -> Response:
    await sessions.switch_tenant(_key(request), given.tenant_id, ip=address_of(request))
    return _go_on(request, local_path(given.next))


def _signed_in(request: Request, opened: sessions.NewSession, location: str) -> Response:
    answer = _go_on(request, location)
    for name, value, seconds, path in (
        (SESSION_COOKIE, opened.token, opened.max_age, "/"),
        (_BROWSER_COOKIE, opened.mark, _BROWSER_SECONDS, router.prefix),
    ):
        answer.set_cookie(
            cookie_name(name, request),
            value,
            max_age=seconds,
            path=path,
            httponly=True,
            samesite="lax",
            secure=_secure(),
        )
    return answer


def without_session(request: Request, answer: Response) -> Response:
    """The answer, by which the browser forgets its session cookie."""
    name = cookie_name(SESSION_COOKIE, request)
    answer.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=_secure())
    return answer


def _go_on(request: Request, location: str) -> Response:
    if _wants_json(request):
        return JSONResponse({"location": location})
    return RedirectResponse(location, status_code=303)


def local_path(wanted: str) -> str:
    """The wanted path when it stays on this server (`//elsewhere` does not), else the start page."""
    stays = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if stays else "/"


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _key(request: Request) -> str:
    cookie = request.cookies.get(cookie_name(SESSION_COOKIE, request), "")
    return digest(cookie) if cookie else ""


def _mark(request: Request) -> str:
    return request.cookies.get(cookie_name(_BROWSER_COOKIE, request), "")


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _secure() -> bool:
    return get_settings().public_url.startswith("https://")
