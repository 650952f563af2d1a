"""A request and its answer, and what may be kept of them: hints in place of secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from hub_app.apiclient import reading
from hub_app.apiclient.call import Call, Credential
from hub_app.apiclient.errors import ApiError
from hub_app.kernel.outbound import OutboundResponse
from hub_app.kernel.redaction import Redactor

KEPT_BYTES = 65_536
_KEPT_URL = 4096
_KEPT_HEADER = 500
_KEPT_HEADERS = 40


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, which may be missing, as they went over the wire."""

    call: Call
    answer: OutboundResponse | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """What is kept of an exchange, with the first 64 KiB of each body."""

    url: str
    request_headers: dict[str, str]
    request_body: str
    status_code: int | None
    response_headers: dict[str, str]
    response_body: str
    truncated: bool


def transcribe(exchange: Exchange, credential: Credential, clean: Redactor, limit: int) -> Transcript:
    """What may be kept of an exchange and shown. `limit` is the most that may come of a compressed body."""
    call, answer = exchange.call, exchange.answer
    hidden = {name.lower(): _hidden(value, clean) for name, value in credential.headers.items()}
    sent = clean.text(reading.shown(call.content, call.headers)) if call.content else ""
    headers = {} if answer is None else clean.headers(answer.headers)
    body, truncated = ("", False) if answer is None else _body(replace(answer, headers=headers), clean, limit)
    return Transcript(
        url=_url(call, credential, clean),
        request_headers=_headers({**clean.headers(call.headers), **hidden}),
        request_body=_cut(storable(sent))[0],
        status_code=None if answer is None else answer.status,
        response_headers=_headers(headers),
        response_body=body,
        truncated=truncated,
    )


def storable(text: str) -> str:
    """The text without what a database cannot keep."""
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()


def _hidden(value: str, clean: Redactor) -> str:
    """A credential's header as it is shown: `Bearer ••••••ghij`."""
    shown = clean.text(value)
    return clean.hint if shown == value else shown


def _url(call: Call, credential: Credential, clean: Redactor) -> str:
    path = (
        f"{call.path}{'&' if '?' in call.path else '?'}{urlencode(call.query)}" if call.query else call.path
    )
    url = clean.text(call.base + path)
    for name, _ in credential.query:
        url += f"{'&' if '?' in url else '?'}{name}={clean.hint}"
    return storable(url)[:_KEPT_URL]


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {storable(n)[:100]: storable(v)[:_KEPT_HEADER] for n, v in list(headers.items())[:_KEPT_HEADERS]}


def _body(answer: OutboundResponse, clean: Redactor, limit: int) -> tuple[str, bool]:
    try:
        plain = reading.body_of(answer, limit)
    except ApiError:
        return "", bool(answer.body)
    # It may end with a part of a secret.
    text = storable(clean.text(reading.shown(plain, answer.headers), cut_off=answer.truncated))
    shown, cut = _cut(text)
    return shown, cut or answer.truncated


def _cut(text: str) -> tuple[str, bool]:
    """At most KEPT_BYTES of the text, and whether there was more."""
    raw = text.encode()
    return raw[:KEPT_BYTES].decode(errors="ignore"), len(raw) > KEPT_BYTES
