"""Making a connector's call with its credential, and what came of it, without secrets. No transaction may be open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from uuid import UUID

from pydantic import JsonValue

from hub_app.apiclient.call import Call
from hub_app.apiclient.client import Client, phrase
from hub_app.apiclient.declarations import Pagination
from hub_app.apiclient.errors import ApiError
from hub_app.apiclient.pagination import Read, read_pages
from hub_app.apiclient.quota import Quota
from hub_app.apiclient.transcript import Exchange, Transcript, storable
from hub_app.connectors.schemas.runs import RunError
from hub_app.connectors.service import consent, credentials
from hub_app.connectors.service.credentials import NoCredential, Secret
from hub_app.connectors.service.executions import DETAIL_LENGTH
from hub_app.connectors.tables import Connector
from hub_app.governance.service.consents import ConsentRevoked
from hub_app.kernel import selection, threads
from hub_app.kernel.errors import HubError, RateLimited, Unavailable
from hub_app.kernel.redaction import Redactor
from hub_app.kernel.selection import Unselectable
from hub_app.kernel.turns import Turns
from hub_app.oauth.service import tokens

# Calls under way. Each holds an answer of some MiB, and its values, which take up to thirty times as much.
AT_ONCE = 128
OF_A_TENANT = 16
WAITING_OF_A_TENANT = 200
_RETRY_SECONDS = 30
_calls = Turns(AT_ONCE, per_partition=OF_A_TENANT, waiting=WAITING_OF_A_TENANT)


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of a call. `sent` tells whether a request may have left Hub. `verdict` is whether the API took the
    credential, None when the call does not tell; `advice` what to do when it did not.
    """

    kept: Transcript
    data: JsonValue = None
    pages: int = 0
    more: bool = False
    duration_ms: int = 0
    error: RunError | None = None
    sent: bool = False
    secret: Secret = field(default_factory=Secret)
    verdict: bool | None = None
    advice: str = ""

    @property
    def told(self) -> RunError | None:
        """The error, and what to do, in one text."""
        if self.error is None or not self.advice:
            return self.error
        detail = f"{self.error.detail.rstrip('.')}. {self.advice}"
        return self.error.model_copy(update={"detail": detail[:DETAIL_LENGTH]})

    @property
    def complaint(self) -> str:
        """What is remembered of a refused credential."""
        return (
            f"The API answered {phrase(self.kept.status_code or 0)}. {self.advice}"[:300]
            if self.advice
            else ""
        )


@asynccontextmanager
async def under_way(tenant_id: UUID) -> AsyncIterator[None]:
    """One of the calls that the tenant may have under way, waited for; RateLimited when too many wait already."""
    if not _calls.has_room(tenant_id):
        raise RateLimited(
            f"{OF_A_TENANT} calls are in progress and {WAITING_OF_A_TENANT} are queued. Try again later.",
            retry_after=_RETRY_SECONDS,
        )
    async with _calls.turn(tenant_id):
        yield


async def secret_of(tenant_id: UUID, connector: Connector, *, refused: str = "") -> Secret:
    """The connector's credential; ApiError, with what to do, when there is none to call with. ConsentRevoked when it is an
    OAuth connection that nobody may use.
    """
    try:
        return await credentials.secret_of(tenant_id, connector, refused=refused)
    except ConsentRevoked:
        raise
    except HubError as error:
        raise ApiError(
            "credential",
            error.detail,
            retryable=isinstance(error, Unavailable),
            reauthorize=isinstance(error, (NoCredential, tokens.NotConnected)),
        ) from None


async def execute(
    tenant_id: UUID, connector: Connector, call: Call, secret: Secret, pagination: Pagination, response: str
) -> CallResult:
    """Make the call, all of its pages, and select what matters of the answer. An OAuth token that the API no longer takes
    is refreshed once. While the API asks to wait, nothing is sent: nobody may wait here for so long.
    """
    caller, read, failure = await _read(tenant_id, connector, call, secret, pagination)
    if secret.token and failure is not None and failure.status == HTTPStatus.UNAUTHORIZED:
        try:
            renewed = await secret_of(tenant_id, connector, refused=secret.token)
        except ApiError as error:
            failure = error
        except ConsentRevoked as error:
            failure = ApiError("consent", error.detail)
        else:
            if renewed.token != secret.token:
                secret = renewed
                caller, read, failure = await _read(tenant_id, connector, call, secret, pagination)
    found = await _selected(response, read, tenant_id)
    return await threads.run(
        _result, caller, connector, call, read, failure, found, secret, partition=tenant_id
    )


def unsent(call: Call, failure: ApiError) -> CallResult:
    """What came of a call that was not made, for want of a credential."""
    return CallResult(shown(call, Secret()), error=_error(failure, Redactor(())))


def shown(call: Call, secret: Secret) -> Transcript:
    """What is kept of a call that the cache answers."""
    return Client(secret).kept(Exchange(call))


async def _read(
    tenant_id: UUID, connector: Connector, call: Call, secret: Secret, pagination: Pagination
) -> tuple[Client, Read | None, ApiError | None]:
    quota, before = (
        Quota(f"{connector.id} {secret.version}"),
        partial(consent.still_holds, tenant_id, connector.id, secret.connection),
    )
    caller = Client(secret, tenant_id, quota=quota, before=before)
    try:
        return caller, await read_pages(caller, call, pagination, partition=tenant_id), None
    except ApiError as failure:
        return caller, None, failure


def _result(
    caller: Client,
    connector: Connector,
    call: Call,
    read: Read | None,
    failure: ApiError | None,
    found: JsonValue | ApiError,
    secret: Secret,
) -> CallResult:
    data: JsonValue = None
    verdict, advice = _judged(connector, failure)
    if read is not None:
        try:
            data = _usable(found, caller.redactor)
        except ApiError as error:
            failure = error
    # The first page shows what was asked; of a failed run, the page that failed.
    return CallResult(
        kept=caller.kept((caller.first if read is not None else caller.last) or Exchange(call)),
        data=data,
        pages=read.pages if read is not None else 0,
        more=read is not None and read.more,
        duration_ms=caller.duration_ms,
        error=_error(failure, caller.redactor) if failure is not None else None,
        sent=caller.sent > 0,
        secret=secret,
        verdict=verdict,
        advice=advice,
    )


async def _selected(response: str, read: Read | None, tenant_id: UUID) -> JsonValue | ApiError:
    """What matters of what was read, or why it cannot be had."""
    if read is None:
        return None
    try:
        return await selection.select(response, read.value, partition=tenant_id)
    except Unselectable as error:
        return ApiError("selection", f"The action's response {error}.")


def _usable(found: JsonValue | ApiError, clean: Redactor) -> JsonValue:
    if isinstance(found, ApiError):
        raise found
    try:
        selection.check_size(found)
    except Unselectable as error:
        raise ApiError("selection", f"The action's response {error}.") from None
    return clean.value(found)


def _judged(connector: Connector, failure: ApiError | None) -> tuple[bool | None, str]:
    """Whether the credential was accepted, None when the answer does not tell; and what to do when not."""
    name = connector.display_name
    if failure is None:
        return (None if connector.auth_type == "none" else True), ""
    if failure.kind != "auth":
        return None, ""
    if connector.auth_type == "none":
        return None, f"{name} sends no credential. Choose how it authenticates, and save one."
    if failure.reauthorize:
        connected = connector.oauth_connection_id is not None or connector.oauth_client_id is not None
        again = "Connect again" if connected else "Save a valid one"
        return False, f"It does not accept the credential of {name}. {again} under its Credentials."
    return False, (
        f"The credential of {name} is not allowed to do this. Give it the permission at the API, or save another one"
        " under its Credentials."
    )


def _error(failure: ApiError, clean: Redactor) -> RunError:
    # REST calls every answer that is no success `status`; that it asks to wait is told by its status code.
    kind = "status" if failure.kind == "rate_limited" and failure.status is not None else failure.kind
    detail = storable(clean.text(failure.message))[:DETAIL_LENGTH]
    return RunError(kind=kind, detail=detail, retry_after=failure.retry_after)
