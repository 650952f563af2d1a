"""Refusals and failures as `application/problem+json` (RFC 9457): the one place where errors become HTTP."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from uuid import UUID

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from hub_app.kernel import audit
from hub_app.kernel.errors import FieldError, Forbidden, HubError
from hub_app.kernel.validation import field_errors

_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not accept the method.",
}
_log = logging.getLogger(__name__)

SCHEMA = {
    "title": "Problem",
    "description": "Why a request was refused (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def problem(
    status: int,
    detail: str,
    *,
    request_id: str,
    title: str = "",
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document. `detail` is a sentence for whoever sent the request."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": _whole(detail),
        "request_id": request_id,
    }
    if errors:
        body["errors"] = [{"field": _whole(e.field), "message": _whole(e.message)} for e in errors]
    return Response(
        orjson.dumps(body), status_code=status, headers=headers, media_type="application/problem+json"
    )


def _whole(text: str) -> str:
    """The text with `?` for half characters (surrogates): a refusal names fields as the caller wrote them."""
    return text.encode(errors="replace").decode()


def install(rest: FastAPI) -> None:
    """Answer every error of `rest` with a problem document."""
    rest.exception_handler(HubError)(_refused)
    rest.exception_handler(RequestValidationError)(_invalid)
    rest.exception_handler(HTTPException)(_http)
    rest.exception_handler(Exception)(_failed)


def _request_id(request: Request) -> str:
    return str(request.state.request_id)


async def _refused(request: Request, error: HubError) -> Response:
    actor = getattr(request.state, "actor", None)
    if isinstance(error, Forbidden) and actor is not None:
        await audit.record_refusal(actor, error, target=_target(request))
    return problem(
        error.status,
        error.detail,
        title=error.title,
        request_id=_request_id(request),
        errors=error.errors,
        headers=error.headers,
    )


def _target(request: Request) -> str:
    """Method and route with the ids in its path; anything else that a caller wrote there might be people's data."""
    ids = {name: value for name, value in request.path_params.items() if _is_id(str(value))}
    names = {name: f"{{{name}}}" for name in request.path_params}
    route = getattr(request.scope.get("route"), "path_format", "")
    return f"{request.method} {route.format_map({**names, **ids})}"


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    found = error.errors()
    for one in found:
        if one["type"] == "json_invalid":
            detail = f"The request's body is not valid JSON: {one['ctx']['error']}."
            return problem(400, detail, request_id=_request_id(request))
    errors = field_errors(found)
    detail = "; ".join(f"{e.field}: {e.message}" for e in errors)
    return problem(422, detail, title="Invalid input", request_id=_request_id(request), errors=errors)


async def _http(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_allowed(request))
    detail = _SENTENCES.get(error.status_code, str(error.detail))
    return problem(error.status_code, detail, request_id=_request_id(request), headers=headers)


def _allowed(request: Request) -> list[str]:
    """The methods of all routes at this path; the framework's own answer names those of the first alone."""
    routes = request.app.router.routes
    return [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


async def _failed(request: Request, error: Exception) -> Response:
    request_id = _request_id(request)
    _log.error("Request %s failed: %s", request_id, type(error).__name__, exc_info=error)
    detail = f"Something went wrong on our side. The log has the details under {request_id}."
    return problem(500, detail, request_id=request_id)
