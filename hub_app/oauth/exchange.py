"""Hub's requests to providers, all of them through the guarded client. No transaction may be open meanwhile."""

from dataclasses import replace

import orjson

from hub_app.kernel import outbound
from hub_app.kernel.outbound import OutboundError, OutboundResponse, Target
from hub_app.oauth import protocol
from hub_app.oauth.provider import (
    Account,
    Answer,
    Grant,
    Provider,
    ProviderRefused,
    ProviderUnreachable,
    Tokens,
)

TIMEOUT = 30.0
_MOST = 256 * 1024
_UNAUTHORIZED = 401
_OK = 200


class _BrokenOff(ProviderUnreachable):
    """The answer had begun."""

    def __init__(self, message: str, answer: OutboundResponse) -> None:
        super().__init__(message)
        self.answer = answer


async def by_code(provider: Provider, *, code: str, redirect_uri: str, verifier: str) -> Tokens:
    """The tokens for a code, with the account they belong to where that can be learnt; ProviderError."""
    fields = protocol.code_grant(provider, code=code, redirect_uri=redirect_uri, verifier=verifier)
    return await understood(provider, await _ask(provider, "code", fields))


async def by_refresh_token(provider: Provider, refresh_token: str) -> Tokens:
    """New tokens for a refresh token; ProviderError."""
    return await understood(provider, await _ask(provider, "refresh", protocol.refresh_grant(refresh_token)))


async def understood(provider: Provider, answer: Answer) -> Tokens:
    """The tokens of an answer, of a code's with their account where that can be learnt; ProviderError."""
    tokens = protocol.read_tokens(provider, answer)
    if answer.grant == "refresh" or tokens.account is not None:
        return tokens
    try:
        return replace(tokens, account=await account(provider, tokens.access_token))
    except (ProviderUnreachable, ProviderRefused):
        # The code is spent: better a connection without a name than none.
        return tokens


async def account(provider: Provider, access_token: str) -> Account:
    """Whose token it is; ProviderRefused when the provider does not accept it, ProviderUnreachable."""
    if not provider.userinfo_url:
        return Account()
    headers = {"accept": protocol.JSON, "user-agent": "Hub", "authorization": f"Bearer {access_token}"}
    answer = await _send(provider, "GET", provider.userinfo_url, headers, b"")
    if answer.status == _UNAUTHORIZED:
        raise ProviderRefused(f"{provider.name} does not accept the access token.")
    if answer.status != _OK:
        raise ProviderUnreachable(
            f"{provider.name} answered with status {answer.status} when asked for the account."
        )
    return protocol.read_account(provider, protocol.read_json(answer.body))


async def revoke(provider: Provider, *, access_token: str, refresh_token: str) -> bool:
    """Give the tokens back, where the provider has a way; whether it took them."""
    if not provider.revoke_url:
        return False
    address, method = protocol.revoke_address(provider), "POST"
    headers, body = {"accept": protocol.JSON, "user-agent": "Hub"}, b""
    if provider.revocation == "bearer":
        headers["authorization"] = f"Bearer {access_token}"
    elif provider.revocation == "delete_token":
        method, body = "DELETE", orjson.dumps({"access_token": access_token})
        headers |= {"authorization": protocol.basic(provider), "content-type": protocol.JSON}
    else:
        # Of the two the refresh token ends the grant (RFC 7009 §2.1).
        kind = "refresh_token" if refresh_token else "access_token"
        fields = {"token": refresh_token or access_token, "token_type_hint": kind}
        headers, body = protocol.authenticated(provider, fields)
    try:
        answer = await _send(provider, method, address, headers, body)
    except ProviderUnreachable:
        return False
    return answer.status < 300  # noqa: PLR2004 - HTTP


async def _ask(provider: Provider, grant: Grant, fields: dict[str, str]) -> Answer:
    """What the token address answers, also the part that had come when it broke off."""
    headers, body = protocol.authenticated(provider, fields, body=provider.token_body)
    try:
        came = await _send(provider, "POST", provider.token_url, headers, body)
    except _BrokenOff as error:
        came = error.answer
    content_type = came.headers.get("content-type", "")
    return Answer(grant, came.status, content_type, came.body, whole=not came.truncated)


async def _send(
    provider: Provider, method: str, url: str, headers: dict[str, str], content: bytes
) -> OutboundResponse:
    try:
        return await outbound.get_client().send(
            Target.parse(url),
            method=method,
            headers=headers,
            content=content,
            timeout=TIMEOUT,
            max_body=_MOST,
        )
    except outbound.InvalidUrl as error:
        raise ProviderUnreachable(f"{provider.name} has an address that {error}.") from None
    except OutboundError as error:
        message = f"{provider.name} could not be reached: {error}"
        if error.answer is not None:
            raise _BrokenOff(message, error.answer) from None
        raise ProviderUnreachable(message) from None
