"""OAuth 2.0 (RFC 6749, 7009, 7636, 9207) in pure functions: addresses, bodies, answers. HTTP is in `exchange.py`."""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import cast
from urllib.parse import parse_qsl, quote, quote_plus

import orjson
from authlib.common.security import generate_token  # pyright: ignore[reportUnknownVariableType]
from authlib.common.urls import add_params_to_uri, url_encode  # pyright: ignore[reportUnknownVariableType]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # pyright: ignore[reportUnknownVariableType]

from hub_app.apiclient.call import FORM
from hub_app.apiclient.errors import ApiError
from hub_app.kernel import selection
from hub_app.kernel.selection import Unselectable
from hub_app.oauth.provider import (
    Account,
    Answer,
    Provider,
    Tokens,
    Unreadable,
)

JSON = "application/json"
_SCOPE_BREAK = re.compile(r"[\s,]+")
_ERROR_WORD = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,64}")
_LONGEST_TOKEN = 16_384
# What a token may be (RFC 6749, appendix A.12): anything else cannot be sent in a header.
_TOKEN = re.compile(rf"[\x20-\x7e]{{0,{_LONGEST_TOKEN}}}")
_LONGEST_VALUE = 200
_MOST_SECONDS = 10 * 365 * 24 * 3600
_SERVER_ERROR = 500
_TOO_MANY = 429
_WORDS = {
    "invalid_client": "does not know Hub's client ID, or refuses its secret. The app's registration must be corrected",
    "unauthorized_client": "does not let this client do that. The app's registration must be corrected",
    "unsupported_grant_type": "does not take this kind of grant. The app's entry must be corrected",
    "invalid_scope": "refused the scopes that were asked for",
    "invalid_request": "did not understand the request. The app's entry must be corrected",
    "access_denied": "was told by its user to refuse the access",
}
_KINDS = {"bearer", "bot", "user"}
# A field that is called a token and holds one: `"refreshToken": "…"`, `access_token=…`.
_TOKEN_FIELD = re.compile(r"token[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9._~+/%-]{8}", re.IGNORECASE)
_PASSING = {"server_error", "temporarily_unavailable", "slow_down", "ratelimited", "rate_limited"}


def new_secret() -> str:
    """A verifier or a state: 64 url-safe characters of a secure source."""
    return generate_token(64)


def authorize_url(
    provider: Provider, *, state: str, redirect_uri: str, scopes: Sequence[str], verifier: str
) -> str:
    """Where to send the user's browser."""
    params = {
        **provider.extra_params,
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
    }
    if scopes:
        params[provider.scope_parameter] = provider.scope_separator.join(scopes)
    if provider.pkce:
        challenge: str = create_s256_code_challenge(verifier)  # pyright: ignore[reportUnknownVariableType]
        params |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    return add_params_to_uri(provider.authorize_url, list(params.items()))


def code_grant(provider: Provider, *, code: str, redirect_uri: str, verifier: str) -> dict[str, str]:
    """The fields that exchange a code for tokens."""
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return {**fields, "code_verifier": verifier} if provider.pkce else fields


def refresh_grant(refresh_token: str) -> dict[str, str]:
    """The fields that exchange a refresh token for new tokens."""
    return {"grant_type": "refresh_token", "refresh_token": refresh_token}


def authenticated(
    provider: Provider, fields: Mapping[str, str], *, body: str = "form"
) -> tuple[dict[str, str], bytes]:
    """Headers and body of a request to the provider's endpoints, with our client's authentication."""
    headers = {"accept": JSON, "user-agent": "Hub"}
    sent = dict(fields)
    if provider.client_auth == "basic":
        headers["authorization"] = basic(provider)
    else:
        sent["client_id"] = provider.client_id
        if provider.client_auth == "post":
            sent["client_secret"] = provider.client_secret
    if body == "json":
        return {**headers, "content-type": JSON}, orjson.dumps(sent)
    return {**headers, "content-type": FORM}, url_encode(list(sent.items())).encode()


def basic(provider: Provider) -> str:
    """The client's Authorization header; both parts are form-encoded first (RFC 6749 §2.3.1)."""
    pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def revoke_address(provider: Provider) -> str:
    """The revocation address, with our client ID where it has a place for it."""
    return provider.revoke_url.replace("{client_id}", quote(provider.client_id, safe=""))


def read_tokens(provider: Provider, answer: Answer) -> Tokens:
    """The tokens of an answer; an ApiError that says what is the matter when it holds none, Unreadable when nobody can
    tell whether it does.

    They lie at `token_path`. When nothing lies there, those of a refresh may lie at the top, as Slack's do, but never a
    bot's; what lies at the top of the answer to a code belongs to somebody else.
    """
    document: object = _document(answer)
    error = _error_of(document)
    if answer.status >= 300:  # noqa: PLR2004 - HTTP
        raise _error(provider, answer.status, error)
    token = _token(provider, answer, document)
    if token is None and _word(error):
        # Slack and GitHub report errors with status 200.
        raise _error(provider, answer.status, error)
    if token is None:
        raise _unreadable(provider, answer, _what_is_missing(provider, answer, document))
    kind = token.get("token_type", "bearer")
    if not isinstance(kind, str) or kind.lower() not in _KINDS:
        raise _unreadable(provider, answer, "its token is of a kind that Hub cannot use")
    access, refresh = token.get("access_token"), token.get("refresh_token") or ""
    for one in (access, refresh):
        if not isinstance(one, str) or not _TOKEN.fullmatch(one):
            words = f"a token is not printable ASCII of at most {_LONGEST_TOKEN:,} characters"
            raise _unreadable(provider, answer, words)
    granted = token.get("scope")
    return Tokens(
        access_token=cast("str", access),
        refresh_token=cast("str", refresh),
        expires_in=_seconds(token.get("expires_in")),
        # GitHub's word and Keycloak's; no standard has one.
        refresh_expires_in=_seconds(token.get("refresh_token_expires_in", token.get("refresh_expires_in"))),
        scopes=split_scopes(granted) if isinstance(granted, str) else None,
        kept={path: text for path in provider.kept_values if (text := _text(select(path, document)))},
        account=read_account(provider, document)
        if answer.grant == "code" and not provider.userinfo_url
        else None,
    )


def may_hold_tokens(answer: Answer) -> bool:
    """Whether an answer that is not understood looks as if the tokens were in it, whole. Those who have spent a refresh
    token for it must not use that one again: providers end the grant.
    """
    text = answer.body.decode(errors="replace")
    # Web pages have fields of that name too.
    return answer.whole and not text.lstrip().startswith("<") and bool(_TOKEN_FIELD.search(text))


def read_account(provider: Provider, answer: object) -> Account:
    """Whose access it is, by the provider's paths into this answer."""
    name = _text(select(provider.account_name, answer)) if provider.account_name else ""
    return Account(_text(select(provider.account_id, answer)) if provider.account_id else "", name)


def read_json(body: bytes) -> object:
    """The document, or None when it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def split_scopes(text: str) -> tuple[str, ...]:
    """Scopes as a provider lists them: by spaces (RFC 6749), by commas (GitHub, Slack). What no scope may hold goes."""
    return tuple(part for part in map(_printable, _SCOPE_BREAK.split(text)) if part)


def denial(provider: Provider, error: str) -> str:
    """What a callback's `error` means, as a sentence."""
    if error == "access_denied":
        return f"The access was refused at {provider.name}. Nothing was connected."
    return str(_error(provider, 400, error))


def select(path: str, document: object) -> object:
    """What a JMESPath finds; None for nothing, and for a path that does not fit the document."""
    try:
        return selection.select_little(path, document)
    except Unselectable:
        return None


def _document(answer: Answer) -> object:
    """A token answer: JSON, or the form that GitHub sends when it is not asked for JSON. None when it is neither."""
    if answer.content_type.startswith(FORM):
        # Of a form nobody can tell where it ends: half a token would look like one.
        return dict(parse_qsl(answer.body.decode(errors="replace"))) if answer.whole else None
    return read_json(answer.body)


def _token(provider: Provider, answer: Answer, document: object) -> dict[str, object] | None:
    """The object with the access token."""
    place = select(provider.token_path, document) if provider.token_path else document
    if _has_token(place):
        return cast("dict[str, object]", place)
    if not provider.token_path or answer.grant == "code" or not _has_token(document):
        return None
    top = cast("dict[str, object]", document)
    return None if str(top.get("token_type", "")).lower() == "bot" else top


def _error_of(document: object) -> object:
    return cast("dict[str, object]", document).get("error") if isinstance(document, dict) else None


def _has_token(place: object) -> bool:
    return isinstance(place, dict) and bool(cast("dict[str, object]", place).get("access_token"))


def _what_is_missing(provider: Provider, answer: Answer, document: object) -> str:
    if document is None:
        return "it is neither JSON nor a form" if answer.whole else "it broke off, or is too large"
    where = f"at {provider.token_path}" if provider.token_path else "in it"
    return f"there is no access token {where}"


def _unreadable(provider: Provider, answer: Answer, why: str) -> Unreadable:
    return Unreadable(f"{provider.name} gave a response that Hub does not understand: {why}.", answer)


def _word(error: object) -> str:
    """The error's name, where it is one."""
    return error if isinstance(error, str) and _ERROR_WORD.fullmatch(error) else ""


def _error(provider: Provider, status: int, error: object) -> ApiError:
    """What a refusal means: `reauthorize` for a grant that has ended, `retryable` unless something is set up wrong."""
    word = _word(error)
    if word == "invalid_grant" or word in provider.expired_errors:
        message = f"{provider.name} does not accept the grant any more ({word})."
        return ApiError("auth", message, status=status, reauthorize=True)
    if status >= _SERVER_ERROR or status == _TOO_MANY or word in _PASSING or not word:
        message = f"{provider.name} answered with status {status}. It may work again later."
        return ApiError("status", message, status=status, retryable=True)
    meaning = _WORDS.get(word, "refused the request")
    return ApiError("auth", f"{provider.name} {meaning} ({word}).", status=status)


def _seconds(value: object) -> int | None:
    try:
        found = int(cast("str | int", value))
    except (TypeError, ValueError):
        return None
    return min(found, _MOST_SECONDS) if found > 0 else None


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return _printable(str(value))[:_LONGEST_VALUE]


def _printable(text: str) -> str:
    """The text without control characters, which not every database keeps."""
    return "".join(c for c in text if c.isprintable())
