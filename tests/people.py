"""The people of tests, screens and the demo. Alice owns Acme; Adam is its customer admin, Erin its engineer, Vera its
viewer. Mallory owns another tenant, Mallet. All have the same password.
"""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

from passlib.context import CryptContext

from hub_app.identity.schemas import TokenIn
from hub_app.identity.service import sessions, tokens
from hub_app.identity.tables import Membership, Tenant, User
from hub_app.kernel import audit, db
from hub_app.kernel.actor import Actor, Role, system_actor

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    role: Role
    tenant_id: UUID
    tenant_name: str
    user_id: UUID
    is_operator: bool = False

    @property
    def actor(self) -> Actor:
        """This person in a browser."""
        return Actor(
            tenant_id=self.tenant_id,
            user_id=self.user_id,
            role=self.role,
            via="browser",
            name=self.name,
            email=self.email,
            ip="192.0.2.1",
            tier="professional",
            is_operator=self.is_operator,
        )


@dataclass(frozen=True)
class People:
    alice: Person
    adam: Person
    erin: Person
    vera: Person
    mallory: Person


async def seed(mark: str = "") -> People:
    """Put everyone into the connected database. `mark` makes their addresses differ from those of others in it: e-mail
    addresses are unique in an installation, names are not.
    """
    acme, mallet = Tenant(name="Acme", tier="professional"), Tenant(name="Mallet", tier="professional")
    # One transaction for all of them: most tests begin with it.
    async with db.system("people for tests", write=True) as session:
        session.add_all([acme, mallet])
        for tenant in (acme, mallet):
            await audit.begin(session, system_actor(tenant.id, "tests"), "tenant.created")
        return People(
            alice=await add("Alice Moreau", Role.OWNER, acme, mark=mark, is_operator=True),
            adam=await add("Adam Brandt", Role.CUSTOMER_ADMIN, acme, mark=mark),
            erin=await add("Erin Novak", Role.ENGINEER, acme, mark=mark),
            vera=await add("Vera Lind", Role.CUSTOMER_VIEWER, acme, mark=mark),
            mallory=await add("Mallory Crane", Role.OWNER, mallet, mark=mark),
        )


async def add(name: str, role: Role, tenant: Tenant, *, mark: str = "", is_operator: bool = False) -> Person:
    """A new user who belongs to `tenant`; the address is made of the first name, the tenant's and `mark`."""
    email = f"{name.split(maxsplit=1)[0]}@{tenant.name}{mark}.example".lower()
    user = User(email=email, name=name, password_hash=_hash(), is_operator=is_operator)
    async with db.system("people for tests", write=True) as session:
        session.add(user)
        await session.flush()
        session.add(Membership(tenant_id=tenant.id, user_id=user.id, role=role.value))
    return Person(name, email, role, tenant.id, tenant.name, user.id, is_operator)


async def join(person: Person, tenant_id: UUID, role: Role) -> None:
    """Make a person a member of another tenant too."""
    async with db.system("people for tests", write=True) as session:
        session.add(Membership(tenant_id=tenant_id, user_id=person.user_id, role=role.value))


async def cookie(person: Person) -> str:
    """The value of a session cookie, as after signing in."""
    async with db.system("people for tests", write=True) as session:
        user = await session.get_one(User, person.user_id)
        place = sessions.TenantRole(person.tenant_id, person.tenant_name, "professional", person.role)
        opened = await sessions.open_session(session, user, place, ip="192.0.2.1", user_agent="tests")
    return opened.token


async def token(person: Person, *scopes: str) -> str:
    """An API token of this person: `admin:*`, or for a viewer `read:*`, when no scopes are given."""
    usual = "read:*" if person.role is Role.CUSTOMER_VIEWER else "admin:*"
    made = await tokens.create_token(person.actor, TokenIn(name="tests", scopes=list(scopes or (usual,))))
    return made.token


async def headers(person: Person, *scopes: str) -> dict[str, str]:
    """Request headers with an API token of this person."""
    return {"Authorization": f"Bearer {await token(person, *scopes)}"}


@cache
def _hash() -> str:
    """Hashed once per run, and cheaply: the first sign-in hashes it again with the parameters in force."""
    return str(CryptContext(schemes=["argon2"], argon2__memory_cost=1024, argon2__rounds=1).hash(PASSWORD))
