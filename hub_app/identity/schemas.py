"""What goes in and out of identity, over REST and in forms."""

from typing import Annotated

import email_validator
from pydantic import AfterValidator, SecretStr, StringConstraints

from hub_app.kernel.fields import Input, Name

PASSWORD_MIN = 12
PASSWORD_MAX = 1000

# Hub sends no mail: an address is a name to sign in with, and `it@hub.local` is a good one inside a network.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def _email(value: str) -> str:
    try:
        email_validator.validate_email(value, check_deliverability=False, globally_deliverable=False)
    except email_validator.EmailNotValidError as error:
        raise ValueError(f"is not an e-mail address: {str(error)[:1].lower()}{str(error)[1:]}") from None
    return value.lower()


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < PASSWORD_MIN:
        raise ValueError(f"must have at least {PASSWORD_MIN} characters; a few words in a row are good")
    if len(value.get_secret_value()) > PASSWORD_MAX:
        raise ValueError(f"must have at most {PASSWORD_MAX} characters")
    return value


Email = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254), AfterValidator(_email)
]
Password = Annotated[SecretStr, AfterValidator(_long_enough)]


class SetupIn(Input):
    """The first start. `code` is what the server printed."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    tenant_name: Name
    name: Name
    email: Email
    password: Password
