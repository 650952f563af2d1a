"""REST's own behaviour: problem documents for every error, limits, and the same-origin rule."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI, Request
from pydantic import Field
from sqlmodel import select
from starlette.responses import PlainTextResponse
from starlette.types import Message

from hub_app.kernel import db, uploads
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Forbidden, Invalid, NotFound, RateLimited
from hub_app.kernel.fields import Input
from hub_app.kernel.ids import new_id
from hub_app.kernel.settings import Settings
from hub_app.kernel.tables import AuditEntry
from hub_app.kernel.uploads import MIB
from hub_app.rest import MAX_BODY_BYTES, create_rest
from hub_app.web import Web

REFUSALS = {
    "missing": NotFound("Webhook not found"),
    "field": Invalid.field("url", "must be https"),
    "limit": RateLimited("Too many requests.", retry_after=7),
}


class Line(Input):
    amount: int = Field(ge=1)


class Order(Input):
    name: str = Field(max_length=3)
    lines: list[Line]


@pytest.fixture(scope="module")
def rest() -> FastAPI:
    """REST with routes of this module's own."""
    rest = create_rest()

    @rest.post("/v1/orders")
    async def order(body: Order) -> Order:
        return body

    @rest.post("/v1/files", max_body_size=20 * MIB)
    async def store(request: Request) -> dict[str, object]:
        async with uploads.received(request) as upload:
            content = await upload.file.read()
            # Only a file on disk has a name.
            kept = "memory" if upload.file.file.name is None else "disk"
            return {"size": len(content), "kept": kept, "fields": dict(upload.fields)}

    @rest.post("/v1/notes", max_body_size=1024)
    async def note(request: Request) -> int:
        return len(await request.body())

    @rest.get("/v1/orders")
    async def orders(limit: int = 5) -> int:
        return limit

    @rest.get("/v1/refused/{name}")
    async def refused(name: str) -> None:
        raise REFUSALS[name]

    @rest.post("/auth/try")
    async def login() -> str:
        return "in"

    @rest.get("/v1/forbidden/{tenant}")
    async def forbidden(tenant: UUID, request: Request) -> None:
        request.state.actor = Actor(
            tenant_id=tenant, user_id=new_id(), role=Role.CUSTOMER_VIEWER, via="token", name="Vera"
        )
        raise Forbidden("Engineer role required")

    return rest


def assert_problem(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() >= {"type", "title", "status", "detail", "request_id"}
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


async def test_success_has_request_id_and_security_headers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/orders")
    assert answer.json() == 5
    assert UUID(answer.headers["x-request-id"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in answer.headers


async def test_malformed_json_is_400(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/orders", content=b'{"name": ', headers={"content-type": "application/json"}
    )
    assert "not valid JSON" in str(assert_problem(answer, 400)["detail"])


async def test_validation_names_fields_and_rules(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/orders", json={"name": "long", "lines": [{"amount": 0}], "colour": 1})
    assert assert_problem(answer, 422)["errors"] == [
        {"field": "name", "message": "must have at most 3 characters"},
        {"field": "lines.0.amount", "message": "must be at least 1"},
        {"field": "colour", "message": "is not a known field"},
    ]
    answer = await client.get("/v1/orders", params={"limit": "many"})
    assert assert_problem(answer, 422)["errors"] == [{"field": "limit", "message": "must be a whole number"}]


async def test_domain_errors(client: httpx.AsyncClient) -> None:
    assert assert_problem(await client.get("/v1/refused/missing"), 404)["detail"] == "Webhook not found"
    problem = assert_problem(await client.get("/v1/refused/field"), 422)
    assert problem["errors"] == [{"field": "url", "message": "must be https"}]
    answer = await client.get("/v1/refused/limit")
    assert_problem(answer, 429)
    assert answer.headers["retry-after"] == "7"


async def test_unexpected_error_hides_its_text(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    problem = assert_problem(await client.get("/v1/refused/secret-name"), 500)
    assert "secret-name" not in str(problem)
    assert str(problem["request_id"]) in caplog.text


@pytest.mark.parametrize(
    "path", ["/v1/none", "/api/none", "/customer/none", "/auth/none", "/v1", "/v1/orders/"]
)
async def test_unknown_address(client: httpx.AsyncClient, path: str) -> None:
    assert_problem(await client.get(path), 404)


async def test_wrong_method_names_all_right_ones(client: httpx.AsyncClient) -> None:
    answer = await client.put("/v1/orders", json={})
    assert_problem(answer, 405)
    assert answer.headers["allow"] == "GET, POST"


async def test_other_addresses_are_screens(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1-news")).text == "a screen"
    assert (await client.get("/assets/app.js")).headers["cache-control"].endswith("immutable")
    assert (await client.get("/")).headers["cache-control"] == "no-cache"


async def test_body_too_large(client: httpx.AsyncClient) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 2**20 + 1):
            yield bytes(2**20)

    assert_problem(await client.post("/v1/orders", content=bytes(MAX_BODY_BYTES + 1)), 413)
    assert_problem(
        await client.post("/v1/orders", content=stream(), headers={"content-type": "application/json"}), 413
    )


def in_pieces(size: int) -> AsyncIterator[bytes]:
    async def stream() -> AsyncIterator[bytes]:
        for _ in range(size // 2**16):
            yield bytes(2**16)

    return stream()


async def test_a_route_has_a_limit_of_its_own(client: httpx.AsyncClient) -> None:
    """Above that of all others, or below; whether the length is told or not."""
    for fits in (bytes(17 * MIB), in_pieces(17 * MIB)):
        answer = await client.post("/v1/files", content=fits)
        assert answer.json() == {"size": 17 * MIB, "kept": "disk", "fields": {}}
    for too_large in (bytes(20 * MIB + 1), in_pieces(21 * MIB)):
        assert_problem(await client.post("/v1/files", content=too_large), 413)
    assert (await client.post("/v1/notes", content=bytes(1024))).json() == 1024
    assert_problem(await client.post("/v1/notes", content=bytes(1025)), 413)


@pytest.mark.parametrize(("size", "kept"), [(MIB, "memory"), (MIB + 1, "disk"), (17 * MIB, "disk")])
async def test_a_large_file_of_a_form_lies_on_disk(client: httpx.AsyncClient, size: int, kept: str) -> None:
    answer = await client.post("/v1/files", files={"file": bytes(size)}, data={"dry_run": "true"})
    assert answer.json() == {"size": size, "kept": kept, "fields": {"dry_run": "true"}}


async def test_a_form_without_a_file_names_it(client: httpx.AsyncClient) -> None:
    for file in ({"other": b"1"}, {"file": (None, "text")}):
        problem = assert_problem(await client.post("/v1/files", files=file), 422)
        assert problem["errors"] == [{"field": "file", "message": "is required"}]


async def test_session_cookie_needs_own_origin(client: httpx.AsyncClient) -> None:
    order: dict[str, object] = {"name": "a", "lines": []}
    cookie = {"cookie": "theme=dark; hub_session=abc"}
    assert (await client.post("/v1/orders", json=order)).status_code == 200
    assert_problem(await client.post("/v1/orders", json=order, headers=cookie), 403)
    foreign = {**cookie, "origin": "http://evil.test"}
    assert_problem(await client.post("/v1/orders", json=order, headers=foreign), 403)
    own = {**cookie, "origin": "http://hub.test"}
    assert (await client.post("/v1/orders", json=order, headers=own)).status_code == 200
    assert (await client.get("/v1/orders", headers=cookie)).status_code == 200


@pytest.mark.parametrize("host", ["hub.test:x", "hub.test:", "[::1]", "hub.test:999999", ":", ""])
async def test_a_host_without_a_port_names_no_port(client: httpx.AsyncClient, host: str) -> None:
    headers = {"host": host, "cookie": "hub_session=abc"}
    assert_problem(await client.post("/v1/orders", json={"name": "a", "lines": []}, headers=headers), 403)


async def test_signing_in_needs_own_origin_even_without_cookie(client: httpx.AsyncClient) -> None:
    assert_problem(await client.post("/auth/try"), 403)
    assert (await client.post("/auth/try", headers={"origin": "http://hub.test"})).status_code == 200


@pytest.mark.settings(public_url="https://hub.example.com")
async def test_public_url_is_the_only_origin(client: httpx.AsyncClient) -> None:
    assert_problem(await client.post("/auth/try", headers={"origin": "http://hub.test"}), 403)
    answer = await client.post("/auth/try", headers={"origin": "https://hub.example.com"})
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_documentation_is_served_from_here(client: httpx.AsyncClient) -> None:
    page = (await client.get("/api/docs")).text
    assert "https://" not in page
    assert (await client.get("/api/docs/static/swagger-ui-bundle.js")).status_code == 200
    document = (await client.get("/api/openapi.json")).json()
    assert document["components"]["schemas"]["Problem"]["required"]


async def test_refusal_is_audited(database: Settings, client: httpx.AsyncClient) -> None:
    del database
    tenant = new_id()
    assert_problem(await client.get(f"/v1/forbidden/{tenant}"), 403)
    async with db.read(tenant) as session:
        entry = (await session.exec(select(AuditEntry))).one()
    assert (entry.action, entry.target_id) == ("access.refused", f"GET /v1/forbidden/{tenant}")
    assert entry.summary == {"reason": "Engineer role required"}


async def raw_status(app: Web, headers: list[tuple[bytes, bytes]], method: str = "POST") -> int:
    """The status of a request whose headers arrive just like this: HTTP/2 may split one into several."""
    sent: list[Message] = []
    body = b'{"name": "a", "lines": []}'

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "2",
        "method": method,
        "scheme": "http",
        "path": "/v1/orders",
        "raw_path": b"/v1/orders",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"hub.test"), (b"content-type", b"application/json"), *headers],
        "client": ("192.0.2.1", 4711),
        "server": ("hub.test", 80),
    }
    await app(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    "cookies",
    [
        [b"theme=dark", b"hub_session=abc"],
        [b"hub_session=abc", b"theme=dark"],
        [b"theme=dark", b"a=b; hub_session = abc", b"c=d"],
        [*(b"a%d=b" % number for number in range(50)), b"hub_session=abc"],
    ],
)
async def test_a_session_cookie_in_any_cookie_header_needs_own_origin(
    rest: FastAPI, cookies: list[bytes]
) -> None:
    app = Web(rest=rest, screens=PlainTextResponse("a screen"))
    headers = [(b"cookie", value) for value in cookies]
    assert await raw_status(app, headers) == 403
    assert await raw_status(app, [*headers, (b"origin", b"http://evil.test")]) == 403
    twice = [(b"origin", b"http://hub.test"), (b"origin", b"http://evil.test")]
    assert await raw_status(app, [*headers, *twice]) == 403
    assert await raw_status(app, [*headers, (b"origin", b"http://hub.test")]) == 200
    assert await raw_status(app, [(b"cookie", b"theme=dark"), (b"cookie", b"a=b")]) == 200


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://localhost:3000"),
        ({"port": 3105}, "http://localhost:3105"),
        ({"host": "127.0.0.1"}, "http://localhost:3000"),
        ({"host": "192.168.1.5", "port": 8080}, "http://192.168.1.5:8080"),
        ({"host": "fd00::5"}, "http://[fd00::5]:3000"),
        ({"host": "192.168.1.5", "public_url": "https://hub.example.com"}, "https://hub.example.com"),
    ],
)
def test_links_are_built_from_the_address_the_server_was_started_for(
    settings: Settings, given: dict[str, object], address: str
) -> None:
    assert settings.model_copy(update=given).own_address() == address
