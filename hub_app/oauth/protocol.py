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

from hub_app.kernel import selection
from hub_app.kernel.selection import Unselectable
from hub_app.oauth.provider import (
    Account,
    GrantExpired,
    Provider,
    ProviderError,
    ProviderRefused,
    ProviderUnreachable,
    Tokens,
)

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_SCOPE_BREAK = re.compile(r"[\s,]+")
_ERROR_WORD = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,64}")
_LONGEST_TOKEN = 16_384
_LONGEST_VALUE = 200
_MOST_SECONDS = 10 * 365 * 24 * 3600
_SERVER_ERROR = 500
_TOO_MANY = 429
_WORDS = {
    "invalid_client": "does not know Hub's client id, or refuses its secret. The app's registration must be corrected",
    "unauthorized_client": "does not let this client do that. The app's registration must be corrected",
    "unsupported_grant_type": "does not take this kind of grant. The app's entry must be corrected",
    "invalid_scope": "refused the scopes that were asked for",
    "invalid_request": "did not understand the request. The app's entry must be corrected",
    "access_denied": "was told by its user to refuse the access",
}
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
    """The revocation address, with our client id where it has a place for it."""
    return provider.revoke_url.replace("{client_id}", quote(provider.client_id, safe=""))


def read_tokens(provider: Provider, status: int, content_type: str, body: bytes) -> Tokens:
    """The tokens of an answer; a ProviderError that says what is the matter when it holds none."""
    answer = _document(content_type, body)
    error = answer.get("error")
    if error is not None or status >= 400:  # noqa: PLR2004 - HTTP
        # Slack and GitHub report errors with status 200.
        raise _error(provider, status, error)
    place = select(provider.token_path, answer) if provider.token_path else answer
    token = cast("dict[str, object]", place) if isinstance(place, dict) else {}
    access = token.get("access_token")
    if not isinstance(access, str) or not access or len(access) > _LONGEST_TOKEN:
        raise ProviderUnreachable(f"{provider.name} answered without an access token.")
    kind = token.get("token_type", "bearer")
    if not isinstance(kind, str) or kind.lower() not in {"bearer", "bot", "user"}:
        raise ProviderRefused(f"{provider.name} gave a token of a kind that Hub cannot use.")
    refresh = token.get("refresh_token")
    granted = token.get("scope")
    return Tokens(
        access_token=access,
        refresh_token=refresh if isinstance(refresh, str) and len(refresh) <= _LONGEST_TOKEN else "",
        expires_in=_seconds(token.get("expires_in")),
        # GitHub's word and Keycloak's; no standard has one.
        refresh_expires_in=_seconds(token.get("refresh_token_expires_in", token.get("refresh_expires_in"))),
        scopes=split_scopes(granted) if isinstance(granted, str) else None,
        kept={path: text for path in provider.kept_values if (text := _text(select(path, answer)))},
        account=None if provider.userinfo_url else read_account(provider, answer),
    )


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
    """Scopes as a provider lists them: by spaces (RFC 6749), by commas (GitHub, Slack)."""
    return tuple(part for part in _SCOPE_BREAK.split(text) if part)


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


def _document(content_type: str, body: bytes) -> dict[str, object]:
    """A token answer: JSON, or the form that GitHub sends when it is not asked for JSON."""
    if content_type.startswith(FORM):
        return dict[str, object](parse_qsl(body.decode(errors="replace")))
    found = read_json(body)
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def _error(provider: Provider, status: int, error: object) -> ProviderError:
    word = error if isinstance(error, str) and _ERROR_WORD.fullmatch(error) else ""
    if word == "invalid_grant" or word in provider.expired_errors:
        return GrantExpired(f"{provider.name} does not accept the grant any more ({word}).")
    if status >= _SERVER_ERROR or status == _TOO_MANY or word in _PASSING or not word:
        return ProviderUnreachable(f"{provider.name} answered with status {status}. It may work again later.")
    meaning = _WORDS.get(word, "refused the request")
    return ProviderRefused(f"{provider.name} {meaning} ({word}).")


def _seconds(value: object) -> int | None:
    try:
        found = int(cast("str | int", value))
    except (TypeError, ValueError):
        return None
    return min(found, _MOST_SECONDS) if found > 0 else None


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return "".join(c for c in str(value) if c.isprintable())[:_LONGEST_VALUE]
