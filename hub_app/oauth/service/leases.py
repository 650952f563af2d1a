"""Which connections may be refreshed, and the lease under which one is, exactly once over all processes.

Most providers rotate refresh tokens and end the whole grant when one is used twice. So whoever refreshes takes a lease in
the row first, under the condition that the token is still the one that was seen; the others wait and look again.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, tuple_, update
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.vault import open_field
from hub_app.oauth import exchange
from hub_app.oauth.provider import Answer, Provider
from hub_app.oauth.service import hosts, records, unread
from hub_app.oauth.service.providers import provider_of, registration_of
from hub_app.oauth.tables import OauthConnection

# Longer than a refresh may take, so that nobody else begins one meanwhile.
_LEASE = timedelta(seconds=exchange.TIMEOUT + 60)


@dataclass(frozen=True, slots=True)
class Held:
    """A connection that this task alone may refresh."""

    tenant_id: UUID
    id: UUID
    lease: UUID
    provider: Provider
    refresh_token: str = field(repr=False)
    account_id: str = ""
    unread: Answer | None = None


async def take(seen: OauthConnection) -> Held | None:
    """The lease on a connection whose token is still the one seen; None when someone else has it or was quicker, or when
    the provider's addresses have other hosts than those that the token was given for: then it ends.
    """
    now, lease = utcnow(), new_id()
    # Before anything is written: nobody could refresh under a lease whose token does not open.
    refresh_token = open_field(seen, "refresh_token") if seen.refresh_token else ""
    async with db.begin(seen.tenant_id) as session:
        taken = await session.exec(
            update(OauthConnection)
            .where(
                col(OauthConnection.id) == seen.id,
                _refreshable(),
                col(OauthConnection.access_token) == seen.access_token,
                col(OauthConnection.refresh_token) == seen.refresh_token,
                # Somebody may have failed since it was seen.
                *_free(now),
            )
            # Nothing that anybody would call a change.
            .values(lease=lease, lease_until=now + _LEASE, updated_at=col(OauthConnection.updated_at))
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:
            return None
        connection = await records.find_any(session, seen.id)
        registration = await registration_of(session, connection)
        if hosts.left(connection.hosts, hosts.of(registration)):
            records.empty(connection, "expired", "The provider's address was changed. Connect again.")
            records.changed(session, connection)
            return None
        provider, answer = provider_of(registration), unread.kept(connection)
    return Held(seen.tenant_id, seen.id, lease, provider, refresh_token, connection.account_id, answer)


async def still(session: AsyncSession, connection_id: UUID, lease: UUID | None) -> OauthConnection | None:
    """The connection under this lease (or under none), locked; None when it has ended or is not ours any more."""
    mine = col(OauthConnection.lease).is_(None) if lease is None else col(OauthConnection.lease) == lease
    statement = select(OauthConnection).where(OauthConnection.id == connection_id, mine, _refreshable())
    return (await session.exec(statement.with_for_update())).one_or_none()


class Due(NamedTuple):
    """A connection that expires soon, in the order in which they do."""

    expires_at: datetime
    tenant_id: UUID
    id: UUID


async def due(now: datetime, soon: timedelta, after: Due, limit: int) -> list[Due]:
    """Connections beyond `after` that expire soon after `now`, or have without anybody's noticing.

    Those that were refreshed since `now` are not among them: a token that holds for less than `soon` would be due again at
    once, and a round that began at `now` would never end.
    """
    key = (
        cast("ColumnElement[datetime]", col(OauthConnection.expires_at)),
        col(OauthConnection.tenant_id),
        col(OauthConnection.id),
    )
    statement = (
        select(*key)
        .where(
            col(OauthConnection.status).in_(records.ALIVE),
            col(OauthConnection.expires_at) <= now + soon,
            or_(col(OauthConnection.refresh_token) != b"", col(OauthConnection.expires_at) <= now),
            *_free(now),
            _not_after(OauthConnection.last_refreshed_at, now),
            tuple_(*key) > after,
        )
        .order_by(*key)
        .limit(limit)
    )
    async with db.system("which connections expire soon?") as session:
        return [Due(*one) for one in (await session.exec(statement)).all()]


def _refreshable() -> ColumnElement[bool]:
    """Alive, or ended with an answer that may be understood by now."""
    unread_at, status = col(OauthConnection.unread_at), col(OauthConnection.status)
    return or_(status.in_(records.ALIVE), and_(status == "expired", unread_at.is_not(None)))


def _free(now: datetime) -> list[ColumnElement[bool]]:
    """Nobody refreshes it, and nobody has failed just now."""
    return [_not_after(column, now) for column in (OauthConnection.lease_until, OauthConnection.retry_at)]


def _not_after(column: datetime | None, now: datetime) -> ColumnElement[bool]:
    return or_(col(column).is_(None), col(column) <= now)
