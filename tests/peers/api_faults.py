"""The bad answers of tests.peers.api, and odd ones: `/{scheme}/faults/{name}`."""

import asyncio
import gzip

from aiohttp import web


async def answer(request: web.Request, released: asyncio.Event) -> web.StreamResponse:
    """The answer of the fault that the path names; held ones wait for `released`."""
    match request.match_info["name"]:
        case "slow":
            await asyncio.sleep(30)
        case "held" | "held-forbidden" | "held-list" | "held-order":
            await released.wait()
        case "cut":
            return await _cut(request)
        case "large":
            return web.Response(body=b'"' + b"x" * 20_000_000 + b'"', content_type="application/json")
        case _:
            pass
    return _complete(request)


async def _cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"begun": ')
    assert request.transport is not None
    request.transport.abort()
    return response


def _complete(request: web.Request) -> web.Response:
    """The answers that are bad, and complete."""
    text, kind, json_type = request.headers.get("Authorization", ""), "text/plain", "application/json"
    answers: dict[str, web.Response] = {
        "busy": web.json_response({"error": "Slow down."}, status=429, headers={"Retry-After": "7"}),
        "broken": web.Response(status=500, body=b"The API has a bad day.", content_type=kind),
        "forbidden": web.json_response({"error": "Not with this key."}, status=403),
        "held-list": web.json_response([{"page": request.query.get("page")}]),
        "held-order": web.json_response({"thanks": "order 4711"}),
        "held-forbidden": web.json_response({"error": "Not any more."}, status=403),
        "wordy": web.Response(status=400, text=f"{'no ' * 62}{text} {request.raw_path}"),
        "limited": web.json_response({}, status=403, headers={"X-RateLimit-Remaining": "0"}),
        "nested": web.Response(body=b"[" * 200 + b"]" * 200, content_type=json_type),
        "brotli": web.Response(body=b"x", headers={"Content-Type": json_type, "Content-Encoding": "br"}),
        "bomb": web.Response(
            body=gzip.compress(bytes(10_000_000)),
            headers={"Content-Type": json_type, "Content-Encoding": "gzip"},
        ),
        "invalid-echo": web.Response(body=f"{{{text} {request.raw_path}".encode(), content_type=json_type),
        "invalid-json": web.Response(body=b'{"items": [1, 2', content_type=json_type),
        "nan": web.Response(body=b'{"value": NaN}', content_type=json_type),
        "deep": web.Response(body=b"[" * 200_000 + b"]" * 200_000, content_type=json_type),
        "latin": web.Response(
            body="Grüße".encode("latin-1"), headers={"Content-Type": "text/plain; charset=latin-1"}
        ),
        "utf16": web.Response(
            body='{"word": "Grüße"}'.encode("utf-16"),
            headers={"Content-Type": f"{json_type}; charset=utf-16"},
        ),
        "odd-charset": web.Response(
            body=b'{"word": "ok"}', headers={"Content-Type": f"{json_type}; charset=klingon"}
        ),
        "problem": web.Response(body=b'{"title": "No"}', content_type="application/problem+json"),
        "gzip": web.Response(
            body=gzip.compress(b'{"plain": true}'),
            headers={"Content-Type": json_type, "Content-Encoding": "gzip"},
        ),
        "empty": web.Response(status=204),
        "binary": web.Response(body=bytes(range(256)), content_type="image/png"),
        "nul": web.json_response({"text": "a\x00b"}),
        "elsewhere": web.Response(
            status=302, headers={"Location": "https://login.example.com/start?token=abc"}
        ),
        "echo-headers": web.json_response({}, headers={"X-Echo": text, "X-Long": "y" * 5000}),
    }
    return answers.get(request.match_info["name"], web.json_response({"ok": True}))
