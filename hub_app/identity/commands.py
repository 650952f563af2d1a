"""What an operator does without being signed in."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from hub_app.identity.schemas import ResetIn
from hub_app.identity.schemas.operator import NewTenantIn
from hub_app.identity.service import operated, operators, resets, setup
from hub_app.kernel.actor import system_actor
from hub_app.kernel.commands import Command
from hub_app.kernel.errors import Invalid
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tenancy import INSTALLATION
from hub_app.kernel.validation import field_errors

In = TypeVar("In", bound=BaseModel)
_EMAIL = {"EMAIL": "the e-mail address that the account signs in with"}


def _given(schema: type[In], **values: str) -> In:
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        raise Invalid(field_errors(error.errors(include_url=False, include_input=False))) from None


async def _reset_password(email: str) -> str:
    secret = await resets.issue_from_command_line(_given(ResetIn, email=email))
    return (
        "Whoever opens this link chooses a new password for the account. It works once, within an hour:\n"
        f"{resets.link(get_settings().own_address(), secret)}"
    )


async def _create_tenant(name: str, owner_email: str) -> str:
    given = _given(NewTenantIn, name=name, owner_email=owner_email)
    made, secret = await operated.make(system_actor(INSTALLATION, "Command line"), given)
    said = (
        f"{made.name} is created, in the tier {made.tier}. Whoever opens this link first becomes its owner. It works once,"
        f" within 7 days:\n{get_settings().own_address()}/invite/{secret}"
    )
    if await setup.needed():
        said += (
            "\nNobody has an account yet. Set Hub up first, at the address that it prints when it starts. Once somebody has"
            " an account, that address is closed; `create-operator` then makes one an operator."
        )
    return said


async def _create_operator(email: str) -> str:
    name, is_new = await operators.appoint_from_command_line(_given(ResetIn, email=email))
    if not is_new:
        return f"{name} is an operator of this installation already."
    return (
        f"{name} is now an operator of this installation, from their next click on. API tokens that they already have may"
        " operate it too if they have the scope admin:*."
    )


COMMANDS = [
    Command(
        "reset-password",
        _EMAIL,
        "Make a link with which somebody who cannot sign in any more chooses a new password.",
        "No link was made.",
        _reset_password,
    ),
    Command(
        "create-tenant",
        {"NAME": "the tenant's name", "OWNER_EMAIL": "the e-mail address of its first owner"},
        "Make a tenant, and a link that invites its first owner.",
        "No tenant was made.",
        _create_tenant,
    ),
    Command(
        "create-operator",
        _EMAIL,
        "Make somebody who has an account an operator of this installation.",
        "Nothing was changed.",
        _create_operator,
    ),
]
