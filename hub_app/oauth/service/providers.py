"""Providers out of the catalogue's and tenants' rows, and what is checked before a row is written."""

from collections.abc import Collection
from dataclasses import fields
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel.errors import NotFound
from hub_app.kernel.vault import SealBroken, hint, open_field, seal_field
from hub_app.oauth.provider import Provider
from hub_app.oauth.tables import OauthApp, OauthClient, OauthConnection, OauthFlow

_NAMES = tuple(field.name for field in fields(Provider))


def provider_of(row: OauthApp | OauthClient) -> Provider:
    """What the protocol needs of this row, its secret opened."""
    values = {name: getattr(row, name) for name in _NAMES}
    values["client_secret"] = open_field(row, "client_secret") if row.client_secret else ""
    for name in ("expired_errors", "kept_values"):
        values[name] = tuple(values[name])
    return Provider(**values)


async def registration_of(session: AsyncSession, row: OauthConnection | OauthFlow) -> OauthApp | OauthClient:
    """The app or the client that a connection or an authorization under way goes through; NotFound when it was deleted
    meanwhile, and the row with it.
    """
    found: OauthApp | OauthClient | None
    if row.app_id is not None:
        found = (await session.exec(select(OauthApp).where(OauthApp.id == row.app_id))).one_or_none()
    else:
        found = (await session.exec(select(OauthClient).where(OauthClient.id == row.client_id))).one_or_none()
    if found is None:
        raise NotFound("This app has been deleted.")
    return found


async def find_app(
    session: AsyncSession, ref: str, *, enabled_only: bool = True, lock: bool = False
) -> OauthApp:
    """The app with this id or slug; NotFound. `lock` is for system work alone."""
    try:
        statement = select(OauthApp).where(OauthApp.id == UUID(ref))
    except ValueError:
        statement = select(OauthApp).where(OauthApp.slug == ref)
    if enabled_only:
        statement = statement.where(col(OauthApp.enabled).is_(True))
    if lock:
        # Against other changes, not against connections that are made through it meanwhile.
        statement = statement.with_for_update(key_share=True)
    found = (await session.exec(statement)).one_or_none()
    if found is None:
        raise NotFound("OAuth app not found")
    return found


async def ready_apps(session: AsyncSession, slugs: Collection[str]) -> list[OauthApp]:
    """Those of these slugs that are on and set up, in the open transaction."""
    statement = select(OauthApp).where(col(OauthApp.slug).in_(slugs), col(OauthApp.enabled).is_(True))
    return [app for app in (await session.exec(statement)).all() if is_ready(app)]


def is_ready(app: OauthApp) -> bool:
    """Whether somebody can connect through it."""
    try:
        return provider_of(app).is_ready
    except SealBroken:
        # It must be set up anew: its secret does not open.
        return False


def seal_secret(row: OauthApp | OauthClient, secret: str) -> None:
    """Keep a client secret with its hint; an empty one takes the former away."""
    if secret:
        seal_field(row, "client_secret", secret)
        row.secret_hint = hint(secret)
    else:
        row.client_secret, row.secret_hint = b"", ""
