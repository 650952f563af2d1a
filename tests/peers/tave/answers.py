"""Answers as this API words them."""

import secrets
from http import HTTPStatus

import orjson
from aiohttp import web
from pydantic import JsonValue

from tests.peers.tave.store import Document


def answer(body: bytes | JsonValue | dict[str, object], status: int = HTTPStatus.OK) -> web.Response:
    headers = {"x-request-id": secrets.token_hex(8)}
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return web.Response(body=raw, status=status, content_type="application/json", headers=headers)


def problem(
    status: HTTPStatus, detail: str = "", kind: str = "unknown", headers: dict[str, str] | None = None
) -> web.Response:
    body: Document = {"type": kind, "title": status.phrase, "detail": detail or status.description}
    told = answer({**body, "status": int(status)}, status)
    told.headers.update(headers or {})
    return told
