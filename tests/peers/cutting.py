"""Answers that break off."""

from aiohttp import web


async def cut(request: web.Request, body: bytes) -> web.StreamResponse:
    """Half of an answer, and then the connection breaks."""
    head = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    response = web.StreamResponse(headers=head)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    assert request.transport is not None
    request.transport.abort()
    return response
