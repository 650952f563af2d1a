"""An answer's body: JSON where its type says so, other text as it is, nothing as null, the rest described."""

import codecs
import re
import zlib

import orjson
from pydantic import JsonValue

from hub_app.apiclient.errors import ApiError
from hub_app.kernel.outbound import OutboundResponse

_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
# Python's other codecs decode slowly, or what is no text.
_CODECS = re.compile(
    r"utf-(8|16|32)(-[bl]e)?|iso8859-\d+|latin-?1|cp125\d|ascii|koi8-[ru]|shift_jis|cp932|euc_jp|euc_kr|gb2312|gbk|gb18030|big5"
)
_TEXTUAL = re.compile(
    r"text/.*|application/(javascript|xml|x-www-form-urlencoded|yaml|x-ndjson|graphql)|.*[+/]xml|.*[+/]yaml"
)
_JSON = re.compile(r"(application|text)/([a-z0-9.!#$&^_-]+\+)?json")
# Escaped backslashes and whole pairs come first: what is left of surrogates is half a character.
_HALVES = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_COMPRESSED = {"gzip", "x-gzip", "deflate"}


def media_type(headers: dict[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def body_of(response: OutboundResponse, limit: int) -> bytes:
    """The body, plain also from a server that compresses though it was asked not to; at most `limit` bytes."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding in ("identity", "") or not response.body:
        return response.body
    if coding not in _COMPRESSED:
        raise ApiError(
            "protocol", f"The server's response was encoded as {coding[:40]}, which Hub does not read."
        )
    try:
        plain = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(response.body, limit + 1)
    except zlib.error:
        raise ApiError(
            "protocol", "The server's response said that it was compressed, and was not."
        ) from None
    if len(plain) > limit:
        raise too_large(limit)
    return plain


def too_large(limit: int) -> ApiError:
    return ApiError(
        "too_large",
        f"The response was larger than {limit // 1024:,} KiB, the most that Hub reads. Ask the API for less at once.",
    )


def text_of(body: bytes, headers: dict[str, str]) -> str | None:
    """The body as text, None when it is none. What does not fit its charset is replaced."""
    kind = media_type(headers)
    declared = _CHARSET.search(headers.get("content-type", ""))
    if declared or _TEXTUAL.fullmatch(kind) or _JSON.fullmatch(kind):
        return body.decode(_codec(declared.group(1) if declared else ""), errors="replace").removeprefix(
            "\ufeff"
        )
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def shown(body: bytes, headers: dict[str, str]) -> str:
    """The body as it is kept for people."""
    text = text_of(body, headers)
    return _described(body, headers) if text is None else text


def value_of(body: bytes, headers: dict[str, str]) -> JsonValue:
    """The body's value; ApiError when it is no JSON although its type says so."""
    is_json = _JSON.fullmatch(media_type(headers))
    if is_json and _is_utf8(headers):
        # The bytes themselves: replaced characters would make a wrong value of a broken one.
        raw = body.removeprefix(codecs.BOM_UTF8)
        return _loaded(raw) if raw else None
    text = text_of(body, headers)
    if not body or text == "":
        return None
    if text is None:
        return _described(body, headers)
    return _loaded(text) if is_json else text


def _loaded(written: bytes | str) -> JsonValue:
    try:
        try:
            return orjson.loads(written)
        except orjson.JSONDecodeError:
            # Text that was cut in the middle of an emoji: all else that the response holds can be read.
            raw = written.encode() if isinstance(written, str) else written
            return orjson.loads(_HALVES.sub(_unknown, raw))
    except orjson.JSONDecodeError as error:
        raise ApiError(
            "invalid_json", f"The response says that it is JSON, but is not: {str(error)[:150]}."
        ) from None


def _unknown(found: re.Match[bytes]) -> bytes:
    """Whole characters stay, as escaped backslashes do."""
    return rb"\ufffd" if found["half"] else found.group()


def _is_utf8(headers: dict[str, str]) -> bool:
    declared = _CHARSET.search(headers.get("content-type", ""))
    return not declared or _codec(declared.group(1)) == "utf-8"


def _codec(charset: str) -> str:
    try:
        name = codecs.lookup(charset or "utf-8").name
    except LookupError:
        return "utf-8"
    return name if _CODECS.fullmatch(name) else "utf-8"


def _described(body: bytes, headers: dict[str, str]) -> str:
    return f"{len(body):,} bytes of {media_type(headers)[:100] or 'an unknown type'}"
