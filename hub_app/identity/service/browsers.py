"""Browsers that an account has signed in with: a signed mark in a cookie, by which their tries are told from strangers'.

It signs nobody in. It is bound to the password: whoever knew a former one keeps no count of their own.
"""

import hmac

from hub_app.identity.service.secrets import new_secret
from hub_app.identity.tables import User
from hub_app.kernel.settings import get_settings


def new_mark(user: User) -> str:
    """A mark for a browser in which this user has just signed in."""
    name = new_secret()
    return f"{name}.{_sign(name, user)}"


def known(mark: str, user: User | None) -> str:
    """The name of the browser when it has signed in to this account before, with the password in force; else ""."""
    name, _, signature = mark.partition(".")
    if user is None or not hmac.compare_digest(signature.encode(), _sign(name, user).encode()):
        return ""
    return name


def _sign(name: str, user: User) -> str:
    key = get_settings().secret_key.get_secret_value().encode()
    return hmac.digest(key, f"browser {name} {user.id} {user.password_hash}".encode(), "sha256").hex()
