"""How an authorization may end, and how people are told."""

from dataclasses import dataclass
from typing import Literal, Self
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

from sqlmodel import select

from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.oauth.service import READ
from hub_app.oauth.tables import OauthFlow

_PAGE = "/apps/connections"

Kind = Literal[
    "connected",
    "reconnected",
    "denied",
    "expired",
    "replayed",
    "foreign",
    "unknown",
    "wrong_issuer",
    "no_issuer",
    "moved",
    "revoked",
    "other_account",
    "unread",
    "failed",
]
SENTENCES: dict[Kind, str] = {
    "connected": "The account is connected.",
    "reconnected": "The account is connected again.",
    "denied": "The access was refused at the provider. Nothing was connected.",
    "expired": "The authorization took too long. Nothing was connected. Start again.",
    "replayed": "This authorization has already been used. Check your connections, or start again.",
    "foreign": "This authorization was started by someone else, in another tenant or in another browser. Nothing was"
    " connected. Start again here.",
    "unknown": "This authorization was not started by Hub, has expired, or its app has been deleted. Nothing was connected."
    " Start again.",
    "wrong_issuer": "The response came from another provider than the one that was asked. Nothing was connected.",
    "no_issuer": "The response did not say which provider it came from (`iss`, RFC 9207), though this one should. Nothing was"
    " connected. If the provider never says so, the operator must leave the app's issuer empty.",
    "moved": "While you were at the provider, the URL of the provider or connector changed to another host, so access was not"
    " accepted. Nothing was connected. Check the URLs and start again.",
    "revoked": "Consent was revoked before you came back from the provider. Nothing was connected. Give consent again, then"
    " connect again.",
    "unread": "The access was allowed, but the provider's response was not understood. It is kept; the connection says what to"
    " do.",
    "other_account": "This is another account than the one that was connected. Nothing was changed. Sign in at the"
    " provider with the former account, or make a new connection.",
    "failed": "The provider did not complete the authorization. Nothing was connected. Start again.",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an authorization ended, and the page on which the browser goes on."""

    kind: Kind
    connection_id: UUID | None = None
    flow_id: UUID | None = None
    return_to: str = ""

    @classmethod
    def of(cls, flow: OauthFlow, kind: Kind, connection_id: UUID | None = None) -> Self:
        """How this authorization ended, by default with the connection that it was begun for."""
        return cls(kind, connection_id or flow.connection_id, flow.id, flow.return_to)

    @property
    def location(self) -> str:
        """A path on Hub, with `outcome`, and `connection` and `flow` where there are any."""
        found = {"outcome": self.kind}
        for name, value in (("connection", self.connection_id), ("flow", self.flow_id)):
            if value is not None:
                found[name] = str(value)
        path = self.return_to or _PAGE
        # A page that is about something of its own keeps the names that it uses.
        taken = parse_qs(urlsplit(path).query)
        found = {name: value for name, value in found.items() if name not in taken}
        return f"{path}{'&' if '?' in path else '?'}{urlencode(found)}"


async def explain(actor: Actor, outcome: str, flow_id: UUID | None = None) -> str:
    """The sentence for an outcome, with what the provider said, for the page on which the browser ended."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    if flow_id is not None:
        async with db.read(actor.tenant_id) as session:
            statement = select(OauthFlow.message).where(
                OauthFlow.id == flow_id, OauthFlow.user_id == actor.user_id
            )
            message = (await session.exec(statement)).one_or_none()
        if message:
            return message
    return next((text for kind, text in SENTENCES.items() if kind == outcome), "")
