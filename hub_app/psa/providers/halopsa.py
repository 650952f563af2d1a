"""HaloPSA, by its REST API (https://haloservicedesk.com/apidoc)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import JsonValue

from hub_app.apiclient.call import FORM, Call, Credential
from hub_app.apiclient.quota import rates
from hub_app.psa.provider import (
    Account,
    Asked,
    Capabilities,
    NoteKind,
    OpenClient,
    Provider,
    PSAProvider,
    hosts,
)
from hub_app.psa.provider.calls import Calls, Sentences, attempted, row, rows
from hub_app.psa.provider.errors import PSAAuthError, PSAError, PSANotFoundError
from hub_app.psa.provider.ids import number, required
from hub_app.psa.provider.memory import Labels, remembered
from hub_app.psa.provider.pages import Row, read_all
from hub_app.psa.provider.rows import LONGEST_NOTE, id_of, number_of, text_of, time_of
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
    TicketFilters,
)

NAME = "HaloPSA"
_SENTENCES = Sentences(
    NAME,
    auth="Invalid credentials. Check the client ID and the client secret of the API application.",
    permission="Insufficient permissions. Check the API application's permissions.",
)
_TOKEN = "token"  # noqa: S105 - the name under which one is remembered
_CLOSED = "9"
"""The status that every Halo has for tickets that are closed."""
_NOTES = 200
_LONGEST = 100
Query = Sequence[tuple[str, str]]
Done = TypeVar("Done")


class Halo(PSAProvider):
    name = NAME

    def __init__(self, account: Account, open_client: OpenClient) -> None:
        self._account = account
        site = account.settings["site_url"]
        self._origin = hosts.origin(site, hosts.host_of(site), account.allowed_hosts)
        self._open = open_client

    async def test_connection(self) -> ConnectionTestResult:
        self._account.memory.clear()
        try:
            await self._get("/Tickets", [("page_no", "1"), ("page_size", "1"), ("pageinate", "true")])
        except PSANotFoundError:
            said = f"{self._origin} is not the address of a HaloPSA."
            return ConnectionTestResult(success=False, message=f"{NAME}: {said}")
        except PSAError as error:
            return ConnectionTestResult(success=False, message=error.detail)
        return ConnectionTestResult(success=True, message="Connected successfully.")

    async def get_ticket(self, ticket_id: str) -> PSATicket:
        found = row(await self._get(f"/Tickets/{required(ticket_id, NAME)}", [("includedetails", "true")]))
        if id_of(found) is None:
            raise PSANotFoundError("Resource not found.", provider=NAME)
        return self._ticket(found, await self._labels())

    async def search_tickets(
        self, query: str, filters: TicketFilters, *, limit: int, at: str = ""
    ) -> Listing[PSATicket]:
        page = number(at) or 1
        wanted = _filter(query, filters)
        if wanted is None:
            return Listing[PSATicket](items=())
        asked = [
            *wanted,
            ("pageinate", "true"),
            ("page_no", str(page)),
            ("page_size", str(limit)),
            ("order", "id"),
            ("orderdesc", "true"),
        ]
        found = rows(row(await self._get("/Tickets", asked)).get("tickets"))
        labels = await self._labels()
        following = str(page + 1) if len(found) >= limit else ""
        return Listing[PSATicket](items=tuple(self._ticket(one, labels) for one in found), next=following)

    def _ticket(self, found: Row, labels: Mapping[str, Mapping[str, str]]) -> PSATicket:
        status, kind = id_of(found, "status_id"), id_of(found, "tickettype_id")
        priority = id_of(found, "priority_id")
        return PSATicket(
            id=id_of(found) or "",
            summary=text_of(found, "summary") or "",
            company_id=id_of(found, "client_id"),
            company_name=text_of(found, "client_name"),
            board_id=kind,
            board_name=labels["TicketType"].get(kind or ""),
            status_id=status,
            status_name=labels["Status"].get(status or ""),
            priority_id=priority,
            priority_name=labels["Priority"].get(priority or ""),
            closed=status == _CLOSED or found.get("hasbeenclosed") is True,
            contact_name=text_of(found, "user_name"),
            updated_at=time_of(found.get("last_update") or found.get("lastactiondate")),
        )

    async def list_notes(self, ticket_id: str) -> Listing[PSANote]:
        found = await self._actions(ticket_id)
        return Listing[PSANote](items=tuple(map(_note, found)), truncated=len(found) >= _NOTES)

    async def _actions(self, ticket_id: str) -> list[Row]:
        """What was done on a ticket, newest first."""
        asked = [("ticket_id", str(required(ticket_id, NAME))), ("count", str(_NOTES))]
        found = rows(row(await self._get("/Actions", asked)).get("actions"))
        return sorted(found, key=number_of, reverse=True)

    async def post_note(
        self,
        ticket_id: str,
        text: str,
        note_type: NoteType,
        member_id: str | None,
        *,
        notify: bool = False,
    ) -> PSANote:
        document: dict[str, JsonValue] = {
            "ticket_id": required(ticket_id, NAME),
            "note": text,
            "outcome": "Private Note" if note_type == "internal_analysis" else "Public Note",
            "hiddenfromuser": note_type == "internal_analysis",
            "sendemail": notify,
        }
        if member_id is not None:
            document["who_agentid"] = required(member_id, NAME)
        made = await self._write("/Actions", document)
        return PSANote(id=id_of(made) or "", text=text, note_type=note_type)

    async def find_note(self, ticket_id: str, reference: str) -> PSANote | None:
        found = await self._actions(ticket_id)
        own = next((one for one in found if reference in str(one.get("note"))), None)
        return _note(own) if own is not None else None

    async def update_ticket_status(self, ticket_id: str, status_id: str) -> PSATicket:
        document: dict[str, JsonValue] = {
            "id": required(ticket_id, NAME),
            "status_id": required(status_id, NAME),
        }
        await self._write("/Tickets", document)
        return await self.get_ticket(ticket_id)

    async def get_ticket_statuses(self, board_id: str) -> Listing[PSAStatus]:
        del board_id  # They are the same for all types of tickets.
        known = (await self._labels())["Status"]
        items = (PSAStatus(id=key, name=name, is_closed=key == _CLOSED) for key, name in known.items())
        return Listing[PSAStatus](items=tuple(items))

    async def list_boards(self) -> Listing[PSABoard]:
        known = (await self._labels())["TicketType"]
        return Listing[PSABoard](items=tuple(PSABoard(id=key, name=name) for key, name in known.items()))

    async def list_companies(self, query: str = "") -> Listing[PSACompany]:
        asked = [("search", query[:_LONGEST])] if query else []
        found, more = await self._all("/Client", "clients", [*asked, ("includeinactive", "false")])
        return Listing[PSACompany](items=tuple(map(_company, found)), truncated=more)

    async def get_company(self, company_id: str) -> PSACompany:
        return _company(row(await self._get(f"/Client/{required(company_id, NAME)}")))

    async def list_members(self) -> Listing[PSAMember]:
        found = rows(await self._get("/Agent"))
        return Listing[PSAMember](items=tuple(_member(one) for one in found if not one.get("isdisabled")))

    async def get_ticket_configurations(self, ticket_id: str) -> Listing[PSAConfiguration]:
        asked = [("ticket_id", str(required(ticket_id, NAME)))]
        found = rows(row(await self._get("/Asset", asked)).get("assets"))
        return Listing[PSAConfiguration](items=tuple(map(_configuration, found)))

    async def ticket_url(self, ticket_id: str) -> str:
        return f"{self._origin}/tickets?id={required(ticket_id, NAME)}"

    async def _labels(self) -> Labels:
        """What statuses, types and priorities are called, by their ids."""
        return await remembered(self._account, self._read_labels)

    async def _read_labels(self) -> Labels:
        found: Labels = {}
        for kind in ("Status", "TicketType", "Priority"):
            listed = rows(await self._get(f"/{kind}"))
            # A priority's ID is the one that tickets have, not that of its row.
            key = "priorityid" if kind == "Priority" else "id"
            found[kind] = {
                wanted: text_of(one, "name") or wanted for one in listed if (wanted := id_of(one, key))
            }
        return found

    async def _all(self, path: str, key: str, query: Query) -> tuple[list[Row], bool]:
        async def page(at: int) -> list[Row]:
            asked = [*query, ("pageinate", "true"), ("page_no", str(at)), ("page_size", "1000")]
            return rows(row(await self._get(path, asked)).get(key))

        return await read_all(page)

    async def _get(self, path: str, query: Query = ()) -> JsonValue:
        return await self._signed(lambda calls: calls.read(path, query))

    async def _write(self, path: str, document: JsonValue) -> Row:
        """What it answers to a document. It takes and gives arrays, mostly of one."""
        made = await self._signed(lambda calls: calls.write("POST", path, [document]))
        return next(iter(rows(made)), row(made))

    async def _signed(self, send: Callable[[Calls], Awaitable[Done]]) -> Done:
        """With a token that is in force: once more with a new one when it no longer is."""
        known = self._account.memory.get(_TOKEN)
        try:
            return await send(self._calls(known or await self._sign_in()))
        except PSAAuthError:
            if known is None:
                raise
        return await send(self._calls(await self._sign_in()))

    def _calls(self, token: str) -> Calls:
        credential = Credential(
            headers={"authorization": f"Bearer {token}"},
            texts=(token, *self._account.secrets.values()),
        )
        return Calls(
            self._open(credential),
            f"{self._origin}/api",
            _SENTENCES,
            headers={"accept": "application/json"},
            patience=self._account.patience,
        )

    async def _sign_in(self) -> str:
        secrets, tenant = self._account.secrets, self._account.settings.get("tenant", "")
        client = self._open(Credential(texts=tuple(secrets.values())))
        form = {"grant_type": "client_credentials", "scope": "all", **secrets}
        call = Call(
            "POST",
            self._origin,
            "/auth/token",
            [("tenant", tenant)] if tenant else [],
            {"accept": "application/json", "content-type": FORM},
            urlencode(form).encode(),
        )

        async def ask() -> JsonValue:
            return (await client.send(call))[0]

        try:
            said = row(await attempted(ask, _SENTENCES, tries_again=True, patience=self._account.patience))
        except PSAError as error:
            # OAuth says 400 to a client that it does not know.
            if type(error) is PSAError:
                raise PSAAuthError(_SENTENCES.auth, provider=NAME) from error
            raise
        token = text_of(said, "access_token")
        if token is None:
            raise PSAAuthError(_SENTENCES.auth, provider=NAME)
        self._account.memory[_TOKEN] = token
        return token


def _note(found: Row) -> PSANote:
    is_hidden = found.get("hiddenfromuser") is True
    return PSANote(
        id=id_of(found) or "",
        text=text_of(found, "note", most=LONGEST_NOTE) or "",
        note_type="internal_analysis" if is_hidden else "description",
        created_at=time_of(found.get("datetime")),
        author=text_of(found, "who"),
        internal=is_hidden,
    )


def _company(found: Row) -> PSACompany:
    status = "Inactive" if found.get("inactive") is True else "Active"
    return PSACompany(id=id_of(found) or "", name=text_of(found, "name") or "", status=status)


def _member(found: Row) -> PSAMember:
    email, name = text_of(found, "email"), text_of(found, "name") or ""
    return PSAMember(
        id=id_of(found) or "",
        identifier=text_of(found, "initials") or name,
        name=name,
        email=email,
        emails=(email,) if email else (),
    )


def _configuration(found: Row) -> PSAConfiguration:
    return PSAConfiguration(
        id=id_of(found) or "",
        name=text_of(found, "key_field") or text_of(found, "inventory_number") or "",
        type=text_of(found, "assettype_name"),
        company_name=text_of(found, "client_name"),
    )


def _filter(query: str, filters: TicketFilters) -> list[tuple[str, str]] | None:
    """The tickets that are looked for; None when nothing can be found."""
    found: list[tuple[str, str]] = []
    for name, given in (
        ("requesttype_id", filters.board),
        ("status_id", filters.status),
        ("client_id", filters.company),
    ):
        if given is not None:
            wanted = number(given)
            if wanted is None:
                return None
            found.append((name, str(wanted)))
    if filters.closed is not None:
        found.append(("closed_only" if filters.closed else "open_only", "true"))
    text = query.strip()[:_LONGEST]
    if text:
        by_id = number(text)
        found.append(("search", text if by_id is None else str(by_id)))
    return found


PROVIDER = Provider(
    id="halopsa",
    name=NAME,
    description="HaloPSA in its cloud, or on your own servers.",
    rank=3,
    fields=(
        Asked("site_url", "Site", "The address where your team signs in.", placeholder="acme.halopsa.com"),
        Asked("tenant", "Tenant", "Only where Halo hosts several of you at one address.", optional=True),
        Asked(
            "client_id",
            "Client ID",
            "Of an API application that signs in by client ID and secret: Configuration, Integrations, HaloPSA API.",
            secret=True,
        ),
        Asked("client_secret", "Client secret", "Shown once, when the application is made.", secret=True),
    ),
    rates=rates(per_minute=500),
    capabilities=Capabilities(
        note_kinds=(
            NoteKind("internal_analysis", "Private note", "Seen by your team only.", internal=True),
            NoteKind("description", "Public note", "Seen by the customer."),
        ),
        statuses_by_board=False,
        notify=True,
    ),
    connect=Halo,
    board_word="Ticket type",
)
