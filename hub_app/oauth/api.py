"""REST of OAuth: the apps that can be connected, connections, and the callback to which providers send browsers back."""

from html import escape
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import Depends, Query, Request, status
from pydantic import BaseModel
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from hub_app.kernel.access import CurrentActor, OptionalActor, count_address
from hub_app.kernel.authorizations import Purpose
from hub_app.kernel.errors import Invalid
from hub_app.kernel.etags import NOT_MODIFIED, IfNoneMatch, is_known, tag, tagged
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of
from hub_app.oauth.schemas import AppOut, AuthorizeOut, ConnectIn, ConnectionOut
from hub_app.oauth.service import apps, connections, flows

router = router_of("/v1/integration/oauth", "OAuth")

_LONGEST = 4000

_REPEAT = """<!doctype html><html lang="en"><title>Going on …</title>
<form action="{action}" method="get">{fields}<p>Going back to Hub …</p><button>Go on</button></form>
<script>document.forms[0].submit()</script></html>"""
_GOES_ON: dict[int | str, dict[str, Any]] = {
    303: {
        "description": "The way on: the page that tells the outcome, or the sign-in page, which comes back here.",
        "headers": {"Location": {"schema": {"type": "string"}}},
    },
}
_REPEATS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A page that repeats the response as GET from Hub's own address.",
        "content": {"text/html": {"schema": {"type": "string"}}},
    }
}
_CONNECTS: dict[int | str, dict[str, Any]] = {
    200: {"model": AuthorizeOut, "description": "Where to send the user's browser"},
    201: {"model": ConnectionOut, "description": "The token was taken over"},
}


class CallbackIn(BaseModel):
    """What a provider sends back. Anything else that comes along is not read."""

    state: str = ""
    code: str = ""
    error: str = ""
    iss: str = ""

    def given(self) -> dict[str, str]:
        return self.model_dump(exclude_defaults=True)


@router.get("/apps", summary="List the apps that can be connected")
async def list_oauth_apps(actor: CurrentActor, page: Paging) -> Page[AppOut]:
    return Page.of(await apps.list_apps(actor, page))


@router.get(
    "/apps/{app_id}",
    summary="Read an app, by id or slug",
    responses=tagged() | NOT_MODIFIED,
    response_model=AppOut,
)
async def get_oauth_app(
    actor: CurrentActor, app_id: str, known: IfNoneMatch, answer: Response
) -> AppOut | Response:
    found = tag(answer, await apps.get_app(actor, app_id))
    if is_known(known, found):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": found.version.etag})
    return found


@router.post(
    "/connections",
    summary="Connect an app: start an authorization, or take over a token from elsewhere",
    description="With `oauth_app_id` alone the response is the URL to open in the user's browser; with an "
    "`access_token` the connection.",
    responses=_CONNECTS,
    response_model=None,
)
async def connect_oauth_app(actor: CurrentActor, given: ConnectIn) -> Response:
    agreement = given.consent.agreement if given.consent else None
    if given.access_token is None:
        if given.refresh_token is not None or given.expires_at is not None:
            raise Invalid.field("access_token", "is required with refresh_token or expires_at")
        address = await flows.start(
            actor,
            app=given.oauth_app_id,
            connection=given.connection_id,
            scopes=given.scopes,
            purpose=Purpose(given.return_to),
            agreement=agreement,
        )
        return JSONResponse({"authorize_url": address})
    if given.scopes is not None or given.connection_id is not None or given.return_to:
        raise Invalid.field("access_token", "does not go with scopes, connection_id or return_to")
    taken = connections.Given(
        access_token=given.access_token, refresh_token=given.refresh_token or "", expires_at=given.expires_at
    )
    made = await connections.adopt(actor, given.oauth_app_id, taken, agreement)
    return JSONResponse(made.model_dump(mode="json"), status_code=status.HTTP_201_CREATED)


@router.get("/connections", summary="List your connections; with `everyone` the whole tenant's")
async def list_oauth_connections(
    actor: CurrentActor,
    page: Paging,
    everyone: Annotated[bool, Query(description="Customer admins only.")] = False,  # noqa: FBT002 - a query parameter
) -> Page[ConnectionOut]:
    return Page.of(await connections.list_connections(actor, page, everyone=everyone))


@router.get("/connections/{connection_id}", summary="Read a connection")
async def get_oauth_connection(actor: CurrentActor, connection_id: UUID) -> ConnectionOut:
    return await connections.get_connection(actor, connection_id)


@router.post("/connections/{connection_id}/refresh", summary="Get new tokens now")
async def refresh_oauth_connection(actor: CurrentActor, connection_id: UUID) -> ConnectionOut:
    return await connections.refresh(actor, connection_id)


@router.delete(
    "/connections/{connection_id}",
    summary="Disconnect: give the tokens back and forget them",
    status_code=204,
)
async def disconnect_oauth_connection(actor: CurrentActor, connection_id: UUID) -> None:
    await connections.disconnect(actor, connection_id)


@router.get(
    "/callback",
    summary="Where providers send the user's browser back to",
    status_code=303,
    responses=_GOES_ON,
    response_class=RedirectResponse,
)
async def oauth_callback(actor: OptionalActor, given: Annotated[CallbackIn, Depends()]) -> Response:
    if actor is None:
        back = f"{flows.CALLBACK}?{urlencode(given.given())}"
        return _go_on(f"/login?next={quote(back, safe='')}")
    outcome = await flows.finish(actor, flows.Answer(**given.model_dump()))
    return _go_on(outcome.location)


async def _posted(request: Request) -> CallbackIn:
    await count_address(request)
    found = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    for name, value in found.items():
        if len(value) > _LONGEST:
            raise Invalid.field(name, f"must have at most {_LONGEST} characters")
    return CallbackIn.model_validate(found)


@router.post(
    "/callback",
    summary="The same, for providers that answer with a form",
    description="The browser sends no cookie along with another site's form: the response is a page that comes back.",
    responses=_REPEATS,
    response_class=HTMLResponse,
    openapi_extra={
        "requestBody": {
            "content": {"application/x-www-form-urlencoded": {"schema": CallbackIn.model_json_schema()}}
        }
    },
)
async def oauth_callback_posted(given: Annotated[CallbackIn, Depends(_posted)]) -> Response:
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in given.given().items()
    )
    return HTMLResponse(_REPEAT.format(action=flows.CALLBACK, fields=fields))


def _go_on(location: str) -> Response:
    return RedirectResponse(location, status_code=HTTPStatus.SEE_OTHER)
