"""What an operator does without being signed in."""

from pydantic import ValidationError

from hub_app.identity.schemas import ResetIn
from hub_app.identity.service import resets
from hub_app.kernel.commands import Command
from hub_app.kernel.errors import Invalid
from hub_app.kernel.settings import get_settings
from hub_app.kernel.validation import field_errors


async def _reset_password(email: str) -> str:
    try:
        given = ResetIn(email=email)
    except ValidationError as error:
        raise Invalid(field_errors(error.errors(include_url=False, include_input=False))) from None
    secret = await resets.issue_from_command_line(given)
    return (
        "Whoever opens this link chooses a new password for the account. It works once, within an hour:\n"
        f"{resets.link(get_settings().own_address(), secret)}"
    )


COMMANDS = [
    Command(
        "reset-password",
        "EMAIL",
        "the e-mail address that the account signs in with",
        "Make a link with which somebody who cannot sign in any more chooses a new password.",
        "No link was made.",
        _reset_password,
    )
]
