"""The catalogue: what tenants may connect, and how its operator keeps it."""

from collections.abc import Sequence
from functools import partial
from typing import Any, cast
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, bulk, db, edits, outbound, paging
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Conflict, Invalid
from hub_app.oauth.catalogue import templates
from hub_app.oauth.schemas import AppDetail, AppIn, AppLosses, AppOut, AppPatch, stray_scope
from hub_app.oauth.service import hosts, providers
from hub_app.oauth.tables import OauthApp, OauthConnection

READ = "read:oauth"
_URLS = ("authorize_url", "token_url", "revoke_url", "userinfo_url", "docs_url")
_BY_NAME = [
    paging.Order(cast("InstrumentedAttribute[Any]", OauthApp.name)),
    paging.Order(cast("InstrumentedAttribute[Any]", OauthApp.id)),
]


async def list_apps(actor: Actor, page: paging.PageRequest) -> paging.Slice[AppOut]:
    """The apps that are switched on, by name."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        statement = select(OauthApp).where(col(OauthApp.enabled).is_(True))
        found = await paging.fetch(session, statement, _BY_NAME, page)
    return found.holding([_out(app) for app in found.items])


async def get_app(actor: Actor, ref: str) -> AppOut:
    """The app with this id or slug, when it is switched on."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        return _out(await providers.find_app(session, ref))


async def list_catalogue(actor: Actor, page: paging.PageRequest) -> paging.Slice[AppDetail]:
    """For the operator: every app, by name."""
    actor.require_operator()
    async with db.system("the operator reads the catalogue") as session:
        found = await paging.fetch(session, select(OauthApp), _BY_NAME, page)
    return found.holding([_detail(app) for app in found.items])


async def get_entry(actor: Actor, ref: str) -> AppDetail:
    """For the operator: an app with its addresses and quirks; its secret as a hint."""
    actor.require_operator()
    async with db.system("the operator reads the catalogue") as session:
        return _detail(await providers.find_app(session, ref, enabled_only=False))


async def create_app(actor: Actor, given: AppIn) -> AppDetail:
    """Add an app to the catalogue. Conflict when its slug is taken."""
    actor.require_operator()
    await outbound.check_urls({name: str(getattr(given, name)) for name in _URLS})
    app = _from(given)
    try:
        async with db.system("the operator changes the catalogue", write=True) as session:
            session.add(app)
            await session.flush()
            await _audit(session, actor, "created", app, {"client_id": app.client_id})
    except IntegrityError:
        raise Conflict(f"An app with the slug {given.slug} already exists.") from None
    return _detail(app)


async def update_app(
    actor: Actor, ref: str, given: AppPatch, *, expected: edits.Expected | None = None
) -> AppDetail:
    """Change an app. Its connections stay, unless secrets would go to a host that they were not given for: then the
    client secret is forgotten, unless a new one comes along, and the connections have to be made again.
    """
    actor.require_operator()
    changes = given.changes()
    there = await get_entry(actor, ref)
    await outbound.check_urls({name: str(changes[name]) for name in _URLS if name in changes}, there=there)
    async with db.system("the operator changes the catalogue", write=True) as session:
        app = await providers.find_app(session, ref, enabled_only=False, lock=True)
        before, hosts_before = _version(app), hosts.of(app)
        edits.check(expected, before, {name: _plain(value) for name, value in changes.items()})
        for name, value in changes.items():
            if isinstance(value, SecretStr):
                providers.seal_secret(app, value.get_secret_value())
            else:
                setattr(app, name, value)
        problem = stray_scope(app.default_scopes, app.scopes)
        if problem:
            raise Invalid.field("default_scopes", problem)
        if hosts.provider_left(hosts_before, hosts.of(app)):
            # Whoever keeps the catalogue gets hold of no tenant's tokens by pointing an app to another host.
            if "client_secret" not in changes:
                providers.seal_secret(app, "")
            await hosts.forget(session, app, "The provider's address was changed. Connect again.")
        session.add(app)
        await session.flush()
        await audit.change(
            session,
            audit.of_installation(actor),
            "oauth.app.updated",
            app,
            before.fields,
            _version(app).fields,
            slug=app.slug,
        )
    return _detail(app)


async def app_losses(actor: Actor, ref: str) -> AppLosses:
    """What deleting the app would take along, in numbers."""
    actor.require_operator()
    async with db.system("the operator asks what hangs on an app") as session:
        app = await providers.find_app(session, ref, enabled_only=False)
        return await _losses(session, app.id)


async def count_connections(actor: Actor, app_ids: Sequence[UUID]) -> dict[UUID, int]:
    """For the operator: how many connections each app has, over all tenants; apps without any are absent."""
    actor.require_operator()
    app_of = col(OauthConnection.app_id)
    counts = select(app_of, func.count()).where(app_of.in_(app_ids)).group_by(app_of)
    async with db.system("the operator asks what hangs on apps") as session:
        return {app_id: count for app_id, count in (await session.exec(counts)).all() if app_id is not None}


async def delete_app(actor: Actor, ref: str) -> None:
    """Delete an app with its connections. One that ships comes back, without credentials, at the next start."""
    actor.require_operator()
    async with db.system("the operator changes the catalogue", write=True) as session:
        app = await providers.find_app(session, ref, enabled_only=False, lock=True)
        losses = await _losses(session, app.id)
        await session.delete(app)
        await _audit(session, actor, "deleted", app, losses.model_dump())


async def add_templates() -> None:
    """Put what ships into the catalogue where it is missing; what is there stays as it is."""
    rows = [_from(template).model_dump() for template in templates()]
    async with db.system("templates are added to the catalogue", write=True) as session:
        await bulk.insert_missing(session, OauthApp, rows)


def _from(given: AppIn) -> OauthApp:
    app = OauthApp(**given.model_dump(exclude={"client_secret"}))
    if given.client_secret is not None:
        providers.seal_secret(app, given.client_secret.get_secret_value())
    return app


async def _losses(session: AsyncSession, app_id: UUID) -> AppLosses:
    counts = select(func.count(), func.count(func.distinct(col(OauthConnection.tenant_id)))).where(
        OauthConnection.app_id == app_id
    )
    connections, tenants = (await session.exec(counts)).one()
    return AppLosses(connections=connections, tenants=tenants)


def _out(app: OauthApp) -> AppOut:
    out = AppOut(**app.model_dump(include=set(AppOut.model_fields)), ready=providers.is_ready(app))
    return out.of(lambda: edits.Version.of(out.model_dump(mode="json")))


def _detail(app: OauthApp) -> AppDetail:
    detail = AppDetail(**app.model_dump(include=set(AppDetail.model_fields)), ready=providers.is_ready(app))
    return detail.of(partial(_version, app))


def _version(app: OauthApp) -> edits.Version:
    """What the operator can change, the secret too."""
    settings = app.model_dump(include=set(AppPatch.model_fields) - {"client_secret"})
    return edits.Version.of({**settings, "client_secret": edits.sealed(app, "client_secret")})


def _plain(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


async def _audit(
    session: AsyncSession, actor: Actor, verb: str, app: OauthApp, summary: dict[str, object]
) -> None:
    await audit.act(session, audit.of_installation(actor), f"oauth.app.{verb}", app, slug=app.slug, **summary)
