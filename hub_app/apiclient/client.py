"""Making a call: the request with its credential, and the answer's value."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from http import HTTPStatus

from pydantic import JsonValue

from hub_app.apiclient import reading, transcript, urls
from hub_app.apiclient.call import Call, Credential, request
from hub_app.apiclient.cookies import Cookies
from hub_app.apiclient.errors import ApiError, asks_to_wait
from hub_app.apiclient.quota import Quota
from hub_app.apiclient.transcript import Exchange, Transcript
from hub_app.apiclient.urls import UrlOutsideBase
from hub_app.kernel import outbound, threads
from hub_app.kernel.outbound import OutboundResponse, Target
from hub_app.kernel.redaction import Redactor
from hub_app.kernel.settings import get_settings

# A run begins no page after so many times a call's longest time, or with so many of its largest answers read.
LIMITS = 4
_EXCERPT = 200
# Seconds, for an API that wants fewer calls and does not say when.
_UNSTATED_WAIT = 5.0


class Client:
    """Makes the calls of one run, with limits for all of them together; `partition` is whose they are: a tenant's id.

    A call that the quota does not let through, or that the API asks to make later, is made again as soon as it may,
    when that is within `patience` seconds. `before` is awaited before each request: its ApiError ends the run. Cookies are kept for those who ask for it, and for this client alone.
    """

    def __init__(
        self,
        credential: Credential,
        partition: Hashable = "",
        *,
        quota: Quota | None = None,
        before: Callable[[], Awaitable[None]] | None = None,
        patience: float = 0,
        keeps_cookies: bool = False,
        timeout: float | None = None,
        max_body: int | None = None,
    ) -> None:
        settings = get_settings()
        self.credential = credential
        self.partition = partition
        self.redactor = Redactor(credential.texts)
        self.sent = 0
        """How many requests left Hub, or may have."""
        self.first: Exchange | None = None
        self.last: Exchange | None = None
        self._quota = quota
        self._before = before
        self._patience = patience
        self._cookies = Cookies() if keeps_cookies else None
        self._timeout = timeout or settings.connector_timeout_seconds
        self._limit = max_body or settings.connector_max_response_kb * 1024
        self._left = self._limit * LIMITS
        self._began = time.monotonic()

    @property
    def is_used_up(self) -> bool:
        """Whether the time or the amount of data for all calls is over."""
        return self._left <= 0 or time.monotonic() - self._began > self._timeout * LIMITS

    @property
    def duration_ms(self) -> int:
        return round((time.monotonic() - self._began) * 1000)

    def target(self, call: Call) -> Target:
        """Where a call goes; UrlOutsideBase when that is not below its base."""
        return urls.target(call.base, call.path, [*call.query, *self.credential.query])

    async def send(self, call: Call) -> tuple[JsonValue, OutboundResponse]:
        """The answer's value without secrets, and the answer; ApiError when there is none, or it is no success."""
        end, is_first = time.monotonic() + self._patience, self.first is None
        while True:
            try:
                return await self._send(call, is_first=is_first)
            except ApiError as error:
                unstated = _UNSTATED_WAIT if error.kind == "rate_limited" else None
                wait = error.retry_after or unstated
                if wait is None or time.monotonic() + wait > end:
                    raise
            await asyncio.sleep(wait)

    async def _send(self, call: Call, *, is_first: bool) -> tuple[JsonValue, OutboundResponse]:
        self._note(Exchange(call), is_first=is_first)
        if self._quota is not None:
            await self._quota.take(call.group)
        if self._before is not None:
            await self._before()
        answer = await self._answer(call)
        self._note(Exchange(call, answer), is_first=is_first)
        try:
            # An answer may take seconds to be read.
            return await threads.run(self._taken, answer, partition=self.partition)
        except ApiError as error:
            if self._quota is not None and error.retry_after:
                await self._quota.hold(error.retry_after)
            raise

    def kept(self, exchange: Exchange) -> Transcript:
        """What may be kept of one of the run's exchanges."""
        return transcript.transcribe(exchange, self.credential, self.redactor, self._limit)

    def _taken(self, answer: OutboundResponse) -> tuple[JsonValue, OutboundResponse]:
        if answer.truncated:
            raise reading.too_large(self._limit)
        # What is said of it may cut a header short: half a secret would not be found.
        clean = replace(answer, headers={n: self.redactor.text(v) for n, v in answer.headers.items()})
        clean = replace(clean, body=reading.body_of(clean, self._limit))
        self._left -= len(clean.body)
        self._check_status(clean)
        # Before anything is selected: JMESPath can turn a secret round, and then nobody finds it.
        return self.redactor.value(reading.value_of(clean.body, clean.headers)), answer

    def _note(self, exchange: Exchange, *, is_first: bool) -> None:
        self.last = exchange
        if is_first:
            self.first = exchange

    async def _answer(self, call: Call) -> OutboundResponse:
        try:
            target = self.target(call)
        except UrlOutsideBase as error:
            raise ApiError("refused_address", f"The call's address {error}.") from None
        cookies = self._cookies.header(target) if self._cookies else {}
        credential = {name.lower(): value for name, value in self.credential.headers.items()}
        try:
            answer = await request(
                target,
                method=call.method,
                headers={**call.headers, **cookies, **credential},
                content=call.content,
                timeout=self._timeout,
                max_body=self._limit,
            )
        except ApiError as error:
            self.sent += error.sent
            raise
        self.sent += 1
        if self._cookies and answer.cookies:
            self._cookies.take(target, answer)
            self.redactor = Redactor([*self.credential.texts, *self._cookies.values])
        return answer

    def _check_status(self, answer: OutboundResponse) -> None:
        """ApiError, saying what the API says, unless the answer is a success."""
        status = answer.status
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        said = f"The API answered {phrase(status)}"
        location = answer.headers.get("location")
        if status < HTTPStatus.BAD_REQUEST and location:
            said += f", which points to {_origin(location)}. Hub does not follow redirects."
            raise ApiError.answered(answer, said)
        wait = answer.headers.get("retry-after", "")
        if asks_to_wait(answer) and wait:
            said += f" and asks to wait {wait[:40]}{' seconds' if wait.isdecimal() else ''}"
        raise ApiError.answered(answer, f"{said}{self._excerpt(answer)}")

    def _excerpt(self, answer: OutboundResponse) -> str:
        """What the API says of its refusal, to stand at a sentence's end."""
        part = answer.body[: transcript.KEPT_BYTES]
        # Secrets are taken out before it is cut: half of one would not be found.
        whole = self.redactor.text(
            reading.text_of(part, answer.headers) or "", cut_off=len(part) < len(answer.body)
        )
        text = whole[: 10 * _EXCERPT]
        words = " ".join(text.split())
        return f": {words[:_EXCERPT]}" if words and not words.startswith("<") else "."


def phrase(status: int) -> str:
    """A status as people know it: `404 Not Found`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _origin(location: str) -> str:
    if location.startswith("/") and not location.startswith("//"):
        return "another path of the same API"
    try:
        return Target.parse(location.partition("#")[0]).scheme_host
    except outbound.InvalidUrl:
        return "another address"
