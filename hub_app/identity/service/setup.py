"""The first start: an empty installation gets its operator and its first tenant, once."""

import base64
import hmac

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.schemas import SetupIn
from hub_app.identity.service import passwords, sessions
from hub_app.identity.service.login_throttle import guess
from hub_app.identity.service.secrets import new_secret
from hub_app.identity.tables import Membership, Tenant, User
from hub_app.kernel import audit, bulk, db
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Invalid, NotFound
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tables import Installation

_CODE = "setup_code"


async def needed() -> bool:
    """Whether nobody has an account yet."""
    async with db.system("is the installation empty?") as session:
        return (await session.exec(select(User.id).limit(1))).first() is None


async def code() -> str:
    """The one-time code, the same in every process that shares database and SECRET_KEY.

    The database holds only what it is derived from, until set-up is done.
    """
    async with db.system("the installation waits for its set-up", write=True) as session:
        await bulk.insert_missing(session, Installation, [{"name": _CODE, "value": new_secret()}])
        return _derive(await _seed(session))


async def complete(given: SetupIn, *, ip: str, user_agent: str) -> sessions.NewSession:
    """Make the operator, the first tenant and its owner, who are one person; they are signed in.

    NotFound once the installation has been set up, Invalid when the code is wrong.
    """
    await require_code(given.code, ip=ip)
    password_hash = await passwords.hash_password(given.password)
    async with db.system("the installation is set up", write=True) as session:
        # Of several at once, the one that deletes the row has won.
        won = await session.exec(delete(Installation).where(col(Installation.name) == _CODE))
        if won.rowcount != 1:
            raise NotFound("Hub is set up already. Sign in instead.")
        tenant = Tenant(name=given.tenant_name, tier=get_settings().default_tier)
        user = User(email=given.email, name=given.name, password_hash=password_hash, is_operator=True)
        session.add_all([tenant, user])
        await session.flush()
        session.add(Membership(tenant_id=tenant.id, user_id=user.id, role=Role.OWNER))
        place = sessions.TenantRole.of(tenant, Role.OWNER)
        opened = await sessions.open_session(session, user, place, ip=ip, user_agent=user_agent)
        await audit.begin(session, opened.actor, "installation.set_up")
    return opened


async def require_code(text: str, *, ip: str) -> None:
    """NotFound once the installation has been set up, Invalid when the code is wrong, which counts as a guess."""
    if not await needed():
        raise NotFound("Hub is set up already. Sign in instead.")
    async with guess(_CODE, address=ip) as one:
        async with db.system("the set-up code is checked") as session:
            expected = _derive(await _seed(session))
        if not hmac.compare_digest(expected.encode(), _tidy(text).encode()):
            raise Invalid.field("code", "is not the code that Hub printed when it started")
        await one.succeeded()


async def _seed(session: AsyncSession) -> str:
    found = (await session.exec(select(Installation.value).where(Installation.name == _CODE))).first()
    if found is None:
        raise NotFound("Hub is set up already. Sign in instead.")
    return found


def _derive(seed: str) -> str:
    """80 bits of HMAC-SHA256 in groups that can be typed: `ABCD-EFGH-IJKL-MNOP`."""
    key = get_settings().secret_key.get_secret_value().encode()
    text = base64.b32encode(hmac.digest(key, f"setup {seed}".encode(), "sha256")[:10]).decode()
    return _tidy(text)


def _tidy(code: str) -> str:
    """A code, as it was made or typed, in groups of four."""
    text = "".join(c for c in code.upper() if c.isalnum())
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))
