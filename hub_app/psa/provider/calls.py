"""Calling a PSA: reads are tried again, writes never blindly, and what goes wrong becomes a PSAError with its sentence."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar, cast

from pydantic import JsonValue

from hub_app.apiclient.call import Call
from hub_app.apiclient.client import Client
from hub_app.apiclient.errors import ApiError
from hub_app.psa.provider.errors import (
    UNSTATED_WAIT,
    PSAAuthError,
    PSAConnectionError,
    PSAError,
    PSANotFoundError,
    PSAPermissionError,
    PSARateLimitError,
    PSAServerError,
    PSATimeoutError,
)

RETRIES = 2
_MOST_WAIT = 60.0
_UNSTATED = 5.0
"""Seconds to wait where a PSA wants fewer calls and does not say when."""
_BACKOFF = (0.5, 1.5)
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Sentences:
    """What is said of a PSA's refusals."""

    name: str
    auth: str
    permission: str
    refusing: tuple[str, ...] = ()
    """Words in an answer with a status of 5xx by which the PSA says that it knows nobody of these credentials."""

    def of(self, error: ApiError) -> PSAError:
        """The error of a call, in words for people."""
        match error.kind:
            case "timeout":
                return PSATimeoutError(f"{self.name} request timed out", provider=self.name, sent=error.sent)
            case "rate_limited":
                return PSARateLimitError(
                    f"{self.name} rate limit exceeded",
                    provider=self.name,
                    retry_after_seconds=error.retry_after or UNSTATED_WAIT,
                    sent=error.sent,
                )
            case "auth" | "consent":
                return self._refused(error)
            case "status":
                return self._answered(error)
            case _:
                return self._unreached(error)

    def _refused(self, error: ApiError) -> PSAError:
        if error.kind == "consent":
            return PSAPermissionError(str(error), provider=self.name, sent=False)
        if error.status == HTTPStatus.UNAUTHORIZED:
            return PSAAuthError(self.auth, provider=self.name)
        return PSAPermissionError(self.permission, provider=self.name)

    def _answered(self, error: ApiError) -> PSAError:
        if error.status == HTTPStatus.NOT_FOUND:
            return PSANotFoundError("Resource not found.", provider=self.name)
        if (error.status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            said = str(error).lower()
            if any(word in said for word in self.refusing):
                return PSAAuthError(self.auth, provider=self.name)
            return PSAServerError(f"{self.name} is experiencing issues. Try again.", provider=self.name)
        return PSAError(f"{self.name} refused the request. {_said(error)}", provider=self.name)

    def _unreached(self, error: ApiError) -> PSAError:
        if error.kind in {"dns", "connect"}:
            said = f"Cannot reach {self.name} server"
        elif error.kind in {"tls", "refused_address"}:
            said = f"Cannot reach {self.name} server: {error}"
        else:
            said = f"The answer of {self.name} cannot be read: {error}"
        return PSAConnectionError(said, provider=self.name, sent=error.sent)


class Calls:
    """Below one base URL, with headers that go along with each call. `patience` is for how many seconds altogether a call waits where
    the PSA asks to.
    """

    def __init__(
        self,
        client: Client,
        base: str,
        sentences: Sentences,
        *,
        headers: Mapping[str, str],
        patience: float,
    ) -> None:
        self._client = client
        self._base = base
        self._sentences = sentences
        self._headers = dict(headers)
        self._patience = patience

    async def read(
        self,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        *,
        document: Mapping[str, JsonValue] | None = None,
    ) -> JsonValue:
        """What is at a path, or is found by a document. What may pass is tried again twice."""
        method = "GET" if document is None else "POST"
        call = self._call(method, path, query, document)
        return await self._sent(call, tries_again=True)

    async def write(self, method: str, path: str, document: JsonValue) -> JsonValue:
        """What the PSA answers to a document that it is to store. Sent once: again only where it said that it did nothing."""
        return await self._sent(self._call(method, path, (), document), tries_again=False)

    def _call(
        self, method: str, path: str, query: Sequence[tuple[str, str]], document: object | None
    ) -> Call:
        content, headers = b"", self._headers
        if document is not None:
            content = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
            headers = {**headers, "content-type": "application/json"}
        return Call(method, self._base, path, list(query), headers, content)

    async def _sent(self, call: Call, *, tries_again: bool) -> JsonValue:
        async def send() -> JsonValue:
            return (await self._client.send(call))[0]

        return await attempted(send, self._sentences, tries_again=tries_again, patience=self._patience)


async def attempted(
    send: Callable[[], Awaitable[Done]], sentences: Sentences, *, tries_again: bool, patience: float
) -> Done:
    """What `send` gives. Again, twice at most, after the time that the PSA asks to wait; and after what may pass, where `tries_again`
    allows it. Raises PSAError.
    """
    left = patience
    for number in range(RETRIES + 1):
        try:
            return await send()
        except ApiError as error:
            wait = (
                None
                if isinstance(sentences.of(error), PSAAuthError)
                else _wait(error, number, tries_again=tries_again)
            )
            if number == RETRIES or wait is None or wait > left:
                raise sentences.of(error) from None
        left -= wait
        await asyncio.sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def _wait(error: ApiError, number: int, *, tries_again: bool) -> float | None:
    """Seconds until the next attempt; None when there is to be none."""
    if error.kind == "rate_limited":
        return min(error.retry_after or _UNSTATED, _MOST_WAIT)
    if tries_again and error.retryable and error.kind in {"timeout", "connect", "status"}:
        return _BACKOFF[min(number, len(_BACKOFF) - 1)]
    return None


def _said(error: ApiError) -> str:
    """What the PSA says itself, without the words around it."""
    _, _, said = str(error).partition(": ")
    return said or str(error)


def rows(value: JsonValue) -> list[dict[str, Any]]:
    """A list's objects; what else there may be is left out."""
    found = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", one) for one in found if isinstance(one, dict)]


def row(value: JsonValue) -> dict[str, Any]:
    """An object; empty for what is none."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
