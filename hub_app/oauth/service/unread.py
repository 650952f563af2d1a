"""Answers of providers in which Hub found no tokens, kept sealed with the connection.

A refresh token is spent by being used, a code too: what came for it may be the only way on. So it is kept until it is
understood (by another version of Hub, or after the app's entry was corrected), or replaced by newer tokens.
"""

import base64
from typing import Any

import orjson

from hub_app.kernel.clock import utcnow
from hub_app.kernel.vault import SealBroken, open_field, seal_field
from hub_app.oauth.provider import Answer, Unreadable
from hub_app.oauth.tables import OauthConnection

_AGAIN = "The response is kept sealed, and read again at every refresh."
_ADVICE_APP = (
    f"{_AGAIN} The operator can correct the app's entry, which says where the token is. Or connect again."
)
_ADVICE_CLIENT = f"{_AGAIN} Connect again if it keeps happening."


def keep(connection: OauthConnection, error: Unreadable) -> None:
    """Keep the answer in place of an earlier one, and say so in the connection."""
    answer = error.answer
    text = orjson.dumps(
        {
            "grant": answer.grant,
            "status": answer.status,
            "content_type": answer.content_type[:200],
            "body": base64.b64encode(answer.body).decode(),
            "whole": answer.whole,
        }
    ).decode()
    seal_field(connection, "unread", text)
    connection.unread_at = utcnow()
    if connection.status != "expired":
        connection.status = "error"
    connection.last_error = f"{error} {_ADVICE_APP if connection.app_id else _ADVICE_CLIENT}"[:500]


def kept(connection: OauthConnection) -> Answer | None:
    """The answer that is kept; None when there is none, or it does not open."""
    if not connection.unread:
        return None
    try:
        values: dict[str, Any] = orjson.loads(open_field(connection, "unread"))
    except SealBroken:
        return None
    values["body"] = base64.b64decode(values["body"])
    return Answer(**values)
