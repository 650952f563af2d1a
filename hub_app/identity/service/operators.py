"""Who operates the installation."""

from sqlmodel import select

from hub_app.identity.schemas import ResetIn
from hub_app.identity.service import sessions
from hub_app.identity.service.access import TOPIC
from hub_app.identity.tables import User
from hub_app.kernel import audit, db
from hub_app.kernel.actor import system_actor
from hub_app.kernel.errors import Conflict, NotFound
from hub_app.kernel.tenancy import INSTALLATION

_NO_ACCOUNT = (
    "There is no account with this e-mail address. Have the person invited to a tenant, by an owner or with `create-tenant`,"
    " and let them open the link; then run this again."
)


async def appoint_from_command_line(given: ResetIn) -> tuple[str, bool]:
    """Make an account an operator, for whoever may run commands where Hub runs: its name, and whether it was none before.
    NotFound when there is no such account, Conflict when it has no active tenant to be in.
    """
    async with db.system("the command line appoints an operator", write=True) as session:
        statement = select(User).where(User.email == given.email).with_for_update(key_share=True)
        user = (await session.exec(statement)).first()
        if user is None:
            raise NotFound(_NO_ACCOUNT)
        if user.is_operator:
            return user.name, False
        places = await sessions.places_of(session, user.id)
        if all(place.is_suspended for place in places):
            raise Conflict(
                f"{user.name} has no active tenant, and could not sign in. Have them invited to one, then run this again."
            )
        user.is_operator = True
        session.add(user)
        db.notify(session, TOPIC)
        await audit.act(session, system_actor(INSTALLATION, "Command line"), "operator.appointed", user)
    return user.name, True
