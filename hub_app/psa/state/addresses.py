"""What the pages of tickets show, from their addresses."""

from dataclasses import dataclass

from hub_app.ui.page_address import PageAddress, parameter

PSA = "/psa"
SESSIONS = "/sessions"
TICKETS = "/tickets"
PREVIEW = "/api/v1/sessions/markdown"
"""Where an editor asks how its text will look."""
PSA_TABS = ("connection", "members", "posts")
SESSION_TABS = ("sessions", "templates")
OUTCOMES = {
    "posted": "Posted",
    "partial": "Partly posted",
    "failed": "Failed",
    "unknown": "Not known yet",
    "sending": "Being sent",
}
SESSION_STATES = {"running": "Running", "paused": "Paused", "ended": "Ended"}


@dataclass(frozen=True)
class PsaAddress(PageAddress):
    """The tab; the provider that is to be connected; of posts the filters, and the one in the drawer."""

    tab: str = parameter(PSA_TABS, default=PSA_TABS[0])
    provider: str = parameter(longest=64)
    outcome: str = parameter(OUTCOMES)
    ticket: str = parameter(longest=64)
    post: str = parameter(longest=64, stays=False)


@dataclass(frozen=True)
class SessionsAddress(PageAddress):
    """The tab, and which sessions: a part of the title or a ticket's number, whose, and in which state."""

    tab: str = parameter(SESSION_TABS, default=SESSION_TABS[0])
    q: str = parameter(longest=100)
    of: str = parameter(("everyone",))
    status: str = parameter(SESSION_STATES)


@dataclass(frozen=True)
class SessionAddress(PageAddress):
    """One session. `update`: the dialog that updates its ticket is open."""

    cursor: str = parameter()


@dataclass(frozen=True)
class TicketsAddress(PageAddress):
    """Which tickets are looked for."""

    q: str = parameter(longest=100)
    board: str = parameter(longest=64)
    status: str = parameter(longest=64, default="open")
    company: str = parameter(longest=64)


@dataclass(frozen=True)
class TicketAddress(PageAddress):
    """One ticket of the PSA."""

    @property
    def number(self) -> str:
        """Its ID, as the address has it."""
        return self.path.rpartition("/")[2][:64]


def session_url(session_id: object) -> str:
    return f"{SESSIONS}/{session_id}"


def ticket_url(ticket_id: str) -> str:
    return f"{TICKETS}/{ticket_id}"
