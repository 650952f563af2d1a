"""Hub's requests to providers, all of them through the guarded client. No transaction may be open meanwhile."""

from dataclasses import replace

import orjson

from hub_app.apiclient.call import request
from hub_app.apiclient.errors import ApiError
from hub_app.kernel.outbound import InvalidUrl, OutboundResponse, Target
from hub_app.oauth import protocol
from hub_app.oauth.provider import Account, Answer, Grant, Provider, Tokens

TIMEOUT = 30.0
_MOST = 256 * 1024
_UNAUTHORIZED = 401
_OK = 200


async def by_code(provider: Provider, *, code: str, redirect_uri: str, verifier: str) -> Tokens:
    """The tokens for a code, with the account they belong to where that can be learnt; ApiError."""
    fields = protocol.code_grant(provider, code=code, redirect_uri=redirect_uri, verifier=verifier)
    return await understood(provider, await _ask(provider, "code", fields))


async def by_refresh_token(provider: Provider, refresh_token: str) -> Tokens:
    """New tokens for a refresh token; ApiError."""
    return await understood(provider, await _ask(provider, "refresh", protocol.refresh_grant(refresh_token)))


async def understood(provider: Provider, answer: Answer) -> Tokens:
    """The tokens of an answer, of a code's with their account where that can be learnt; ApiError."""
    tokens = protocol.read_tokens(provider, answer)
    if answer.grant == "refresh" or tokens.account is not None:
        return tokens
    try:
        return replace(tokens, account=await account(provider, tokens.access_token))
    except ApiError:
        # The code is spent: better a connection without a name than none.
        return tokens


async def account(provider: Provider, access_token: str) -> Account:
    """Whose token it is; ApiError, of the kind `auth` when the provider does not accept it."""
    if not provider.userinfo_url:
        return Account()
    headers = {"accept": protocol.JSON, "user-agent": "Hub", "authorization": f"Bearer {access_token}"}
    answer = await _send(provider, "GET", provider.userinfo_url, headers, b"")
    if answer.status == _UNAUTHORIZED:
        raise ApiError("auth", f"{provider.name} does not accept the access token.", status=answer.status)
    if answer.status != _OK:
        message = f"{provider.name} answered with status {answer.status} when asked for the account."
        raise ApiError("status", message, status=answer.status)
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
    except ApiError:
        return False
    return answer.status < 300  # noqa: PLR2004 - HTTP


async def _ask(provider: Provider, grant: Grant, fields: dict[str, str]) -> Answer:
    """What the token address answers, also the part that had come when it broke off."""
    headers, body = protocol.authenticated(provider, fields, body=provider.token_body)
    try:
        came = await _send(provider, "POST", provider.token_url, headers, body)
    except ApiError as error:
        if error.partial is None:
            raise
        came = error.partial
    content_type = came.headers.get("content-type", "")
    return Answer(grant, came.status, content_type, came.body, whole=not came.truncated)


async def _send(
    provider: Provider, method: str, url: str, headers: dict[str, str], content: bytes
) -> OutboundResponse:
    try:
        target = Target.parse(url)
    except InvalidUrl as error:
        raise ApiError("refused_address", f"{provider.name} has an address that {error}.") from None
    return await request(
        target,
        method=method,
        headers=headers,
        content=content,
        timeout=TIMEOUT,
        max_body=_MOST,
        about=f"{provider.name} could not be reached: ",
    )
