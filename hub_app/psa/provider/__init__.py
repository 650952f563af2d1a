"""What a PSA says of itself, and what Hub asks of any. Each is one folder or file of `psa/providers`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from hub_app.apiclient.call import Credential
from hub_app.apiclient.client import Client
from hub_app.apiclient.quota import Rate
from hub_app.psa.provider.types import (
    ConnectionTestResult,
    Listing,
    NoteType,
    PSABoard,
    PSACompany,
    PSAConfiguration,
    PSAMember,
    PSANote,
    PSAStatus,
    PSATicket,
    PSATimeEntry,
    TicketFilters,
)

PAGE_SIZE = 1000
MOST_PAGES = 10
"""A list that is read as a whole is read so far; what says so then is `truncated`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody who connects the PSA enters. `longest` is how many characters it may have."""

    key: str
    label: str
    help: str = ""
    secret: bool = False
    optional: bool = False
    default: str = ""
    placeholder: str = ""
    longest: int = 255


@dataclass(frozen=True, slots=True)
class NoteKind:
    """A kind of note that the PSA takes. `help` says who sees it."""

    type: NoteType
    label: str
    help: str
    internal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What was entered, by its keys, the hosts on the operator's own network, and the version of the API to ask for. `memory` keeps
    what is found out about the address, for as long as the connection stays as it is. `patience` is for how many seconds a call
    may wait because the PSA asks to.
    """

    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    allowed_hosts: Sequence[str] = ()
    api_version: str = ""
    patience: float = 120
    memory: MutableMapping[str, str] = field(default_factory=dict[str, str], repr=False)


OpenClient = Callable[[Credential], Client]
"""Makes a client with this credential: with the connection's quota and limits."""


class PSAProvider(ABC):
    """A PSA that can be called, for as long as a piece of work takes. Everything raises PSAError.

    `post_note` and `post_time` send once: after an error that `is_unknown`, `find_note` and `find_time` say whether it is there, by the
    reference in its text.
    """

    name: ClassVar[str]

    @abstractmethod
    async def test_connection(self) -> ConnectionTestResult:
        """Whether the account works, and why not."""

    @abstractmethod
    async def get_ticket(self, ticket_id: str) -> PSATicket: ...

    @abstractmethod
    async def search_tickets(
        self, query: str, filters: TicketFilters, *, limit: int, at: str = ""
    ) -> Listing[PSATicket]:
        """A page of tickets, newest first; `at` is `next` of the page before. `query` is a number, or a part of the summary."""

    @abstractmethod
    async def list_notes(self, ticket_id: str) -> Listing[PSANote]:
        """Newest first."""

    @abstractmethod
    async def post_note(
        self,
        ticket_id: str,
        text: str,
        note_type: NoteType,
        member_id: str | None,
        *,
        notify: bool = False,
    ) -> PSANote:
        """Send it, once. Without `notify` nobody gets an e-mail."""

    @abstractmethod
    async def find_note(self, ticket_id: str, reference: str) -> PSANote | None:
        """The note with this reference in its text; None when there is none."""

    @abstractmethod
    async def update_ticket_status(self, ticket_id: str, status_id: str) -> PSATicket:
        """Give a ticket another status. The ticket is as the PSA shows it afterwards: it may have kept the former one."""

    @abstractmethod
    async def get_ticket_statuses(self, board_id: str) -> Listing[PSAStatus]:
        """Those that a ticket of the board can be given."""

    @abstractmethod
    async def list_boards(self) -> Listing[PSABoard]: ...

    @abstractmethod
    async def list_companies(self, query: str = "") -> Listing[PSACompany]:
        """By name; `query` is a part of it."""

    @abstractmethod
    async def get_company(self, company_id: str) -> PSACompany: ...

    @abstractmethod
    async def list_members(self) -> Listing[PSAMember]:
        """Those who are active."""

    @abstractmethod
    async def get_ticket_configurations(self, ticket_id: str) -> Listing[PSAConfiguration]: ...

    @abstractmethod
    async def ticket_url(self, ticket_id: str) -> str:
        """Where people open the ticket in the PSA."""

    async def post_time(
        self, ticket_id: str, minutes: int, text: str, member_id: str | None, ended_at: datetime
    ) -> PSATimeEntry:
        """Send a time entry, once; of a PSA that takes some."""
        raise NotImplementedError

    async def find_time(self, ticket_id: str, reference: str) -> PSATimeEntry | None:
        """The time entry with this reference in its notes; None when there is none."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the PSA lets Hub do. Screens offer nothing else."""

    note_kinds: Sequence[NoteKind]
    statuses_by_board: bool = True
    configurations: bool = True
    time_entries: bool = False
    notify: bool = False
    """Whether it is Hub that decides if the contact gets an e-mail."""
    post_as_member: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A PSA. `hosts` are patterns of the hosts that it is reached at, `*.example.com`, and empty where customers have names of
    their own; `rates` how often an account may be called; `connect` makes what is called.
    """

    id: str
    name: str
    description: str
    fields: Sequence[Asked]
    capabilities: Capabilities
    connect: Callable[[Account, OpenClient], PSAProvider]
    hosts: Sequence[str] = ()
    rates: Sequence[Rate] = ()
    api_version: str = ""
    rank: int = 100
    board_word: str = "Board"
    """What it calls a group of tickets."""

    def __post_init__(self) -> None:
        """ValueError when nobody could say where it is, or no note could be posted."""
        if "site_url" not in {one.key for one in self.fields} or not self.capabilities.note_kinds:
            raise ValueError(f"{self.id} must ask for its site_url, and take a kind of note")

    @property
    def secrets(self) -> set[str]:
        return {one.key for one in self.fields if one.secret}
