"""A call of an API, and the request that it becomes, or the command for a shell."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from pydantic import JsonValue

from hub_app.apiclient.errors import ApiError
from hub_app.kernel import outbound
from hub_app.kernel.outbound import OutboundError, OutboundResponse, Target
from hub_app.kernel.values import as_texts

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Call:
    """A request, but for its credential: a path with its query below `base`. Header names are lower case. `group` is the one of its
    account's quota that it counts in besides, "" for none.
    """

    method: str
    base: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    content: bytes = b""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a call carries to show who makes it, and every text of it that must never be shown."""

    headers: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    query: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]], repr=False)
    texts: tuple[str, ...] = field(default=(), repr=False)


async def request(
    target: Target,
    *,
    method: str = "GET",
    headers: Mapping[str, str],
    content: bytes = b"",
    timeout: float,
    max_body: int,
    about: str = "",
) -> OutboundResponse:
    """The answer, whatever it says; ApiError, its message after `about`, when none came whole."""
    try:
        return await outbound.get_client().send(
            target, method=method, headers=headers, content=content, timeout=timeout, max_body=max_body
        )
    except OutboundError as error:
        raise ApiError.of(error, f"{about}{error}") from None


def encoded(body: JsonValue, content_type: str) -> tuple[bytes, str]:
    """A body's bytes and their content type: text as it stands, an object as a form (without what is null) when
    `content_type` asks for one, anything else as JSON.
    """
    if isinstance(body, str):
        return body.encode(), content_type or "text/plain; charset=utf-8"
    if isinstance(body, dict) and content_type.partition(";")[0].strip().lower() == FORM:
        pairs = [(name, text) for name, value in body.items() for text in as_texts(value)]
        return urlencode(pairs).encode(), content_type
    as_json = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return as_json.encode(), content_type or "application/json"


def curl(
    method: str, url: str, headers: Mapping[str, str], body: str, *, arguments: Sequence[str] = ()
) -> str:
    """A request as a command, over several lines. `url` and `arguments` are quoted already: variables in them stand for secrets."""
    lines = [f"curl -X {method} {url}", *arguments]
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    if body:
        lines.append(f"--data-raw {shlex.quote(body)}")
    return " \\\n  ".join(lines)
