"""Calling Autotask."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from hub_app.apiclient.call import Call, Credential
from hub_app.psa.provider import MOST_PAGES, Account, OpenClient, PSAProvider, hosts
from hub_app.psa.provider.calls import Calls, Sentences, attempted, row, rows
from hub_app.psa.provider.errors import PSAConnectionError, PSAError, PSANotFoundError
from hub_app.psa.provider.ids import number, required
from hub_app.psa.provider.memory import Labels, remembered
from hub_app.psa.provider.pages import Row
from hub_app.psa.provider.rows import id_of, number_of, text_of
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
from hub_app.psa.providers.autotask import newest, records, zone
from hub_app.psa.providers.autotask.newest import MOST, Span

NAME = "Autotask"
_SENTENCES = Sentences(
    NAME,
    auth="Invalid credentials. Check the API user's name, secret and tracking identifier.",
    permission="Insufficient permissions. Check the API user's security level.",
    # It says so with 500.
    refusing=(
        "unauthorized",
        "not authorized",
        "invalid credential",
        "zone information could not be determined",
    ),
)
_BASE, _SCREENS = "base", "screens"
_LONGEST = 100
Filter = dict[str, JsonValue]


def connect(account: Account, open_client: OpenClient) -> PSAProvider:
    return Autotask(account, open_client)


class Autotask(PSAProvider):
    name = NAME

    def __init__(self, account: Account, open_client: OpenClient) -> None:
        self._account = account
        self._site = account.settings["site_url"]
        self._client = open_client(_credential(account))
        self._open = open_client

    async def test_connection(self) -> ConnectionTestResult:
        self._account.memory.clear()
        try:
            await self._count("Tickets", [_is("id", "gt", 0)])
        except PSANotFoundError:
            return ConnectionTestResult(success=False, message=_SENTENCES.auth)
        except PSAError as error:
            return ConnectionTestResult(success=False, message=error.detail)
        return ConnectionTestResult(success=True, message="Connected successfully.", server_version="1.0")

    async def get_ticket(self, ticket_id: str) -> PSATicket:
        (found,) = await self._tickets([await self._ticket_row(ticket_id)])
        return found

    async def _ticket_row(self, ticket_id: str) -> Row:
        wanted = required(ticket_id, NAME)
        found = await self._query("Tickets", [_is("id", "eq", wanted)], records.TICKET_FIELDS)
        if not found:
            raise PSANotFoundError("Resource not found.", provider=NAME)
        return found[0]

    async def search_tickets(
        self, query: str, filters: TicketFilters, *, limit: int, at: str = ""
    ) -> Listing[PSATicket]:
        wanted = _filter(query, filters)
        if wanted is None:
            return Listing[PSATicket](items=())

        async def find(span: Span) -> list[Row]:
            return await self._query("Tickets", [*wanted, *_within(span)], records.TICKET_FIELDS)

        async def count(span: Span) -> int:
            return await self._count("Tickets", [*wanted, *_within(span)])

        found = await newest.newest(find, count, limit=limit + 1, below=number(at) if at else None)
        page = found[:limit]
        following = str(number_of(page[-1])) if len(found) > limit else ""
        return Listing[PSATicket](items=tuple(await self._tickets(page)), next=following)

    async def _tickets(self, found: Sequence[Row]) -> list[PSATicket]:
        """Tickets with the names of what they refer to by ids."""
        labels = await self._fields()
        companies = await self._named("Companies", records.ids(found, "companyID"), "companyName")
        contacts = await self._people("Contacts", records.ids(found, "contactID"))
        return [records.ticket(one, labels, companies, contacts) for one in found]

    async def list_notes(self, ticket_id: str) -> Listing[PSANote]:
        found, more = await self._notes(ticket_id)
        members = await self._people("Resources", records.ids(found, "creatorResourceID"))
        return Listing[PSANote](items=tuple(records.note(one, members) for one in found), truncated=more)

    async def _notes(self, ticket_id: str) -> tuple[list[Row], bool]:
        """A ticket's notes, newest first."""
        wanted = [_is("ticketID", "eq", required(ticket_id, NAME))]
        found, more = await self._all("TicketNotes", wanted)
        return sorted(found, key=number_of, reverse=True), more

    async def post_note(
        self,
        ticket_id: str,
        text: str,
        note_type: NoteType,
        member_id: str | None,
        *,
        notify: bool = False,
    ) -> PSANote:
        del notify  # Autotask's own rules decide who gets an e-mail.
        document: dict[str, JsonValue] = {
            "title": records.NOTE_TITLE,
            "description": text,
            "noteType": records.NOTE_TYPE,
            "publish": records.PUBLISH[note_type],
        }
        # It is written as the API user does who acts for somebody.
        acting = {} if member_id is None else {"ImpersonationResourceId": str(required(member_id, NAME))}
        calls = await self._calls(acting)
        made = row(await calls.write("POST", f"/Tickets/{required(ticket_id, NAME)}/Notes", document))
        return PSANote(id=id_of(made, "itemId") or "", text=text, note_type=note_type)

    async def find_note(self, ticket_id: str, reference: str) -> PSANote | None:
        found, _ = await self._notes(ticket_id)
        own = next((one for one in found if reference in str(one.get("description"))), None)
        return records.note(own, {}) if own is not None else None

    async def update_ticket_status(self, ticket_id: str, status_id: str) -> PSATicket:
        document: dict[str, JsonValue] = {
            "id": required(ticket_id, NAME),
            "status": required(status_id, NAME),
        }
        await (await self._calls()).write("PATCH", "/Tickets", document)
        return await self.get_ticket(ticket_id)

    async def get_ticket_statuses(self, board_id: str) -> Listing[PSAStatus]:
        del board_id  # They are the same in all queues.
        known = (await self._fields())["status"]
        items = (
            PSAStatus(id=key, name=name, is_closed=key == records.COMPLETE) for key, name in known.items()
        )
        return Listing[PSAStatus](items=tuple(items))

    async def list_boards(self) -> Listing[PSABoard]:
        known = (await self._fields())["queueID"]
        return Listing[PSABoard](items=tuple(PSABoard(id=key, name=name) for key, name in known.items()))

    async def list_companies(self, query: str = "") -> Listing[PSACompany]:
        named = [_is("companyName", "contains", query[:_LONGEST])] if query else []
        wanted = [_is("isActive", "eq", value=True), *named]
        found, more = await self._all("Companies", wanted, ("id", "companyName", "isActive"))
        items = sorted(map(records.company, found), key=lambda one: one.name.casefold())
        return Listing[PSACompany](items=tuple(items), truncated=more)

    async def get_company(self, company_id: str) -> PSACompany:
        found = await self._query("Companies", [_is("id", "eq", required(company_id, NAME))])
        if not found:
            raise PSANotFoundError("Resource not found.", provider=NAME)
        return records.company(found[0])

    async def list_members(self) -> Listing[PSAMember]:
        found, more = await self._all("Resources", [_is("isActive", "eq", value=True)])
        # Some servers take no notice of the condition.
        active = [records.member(one) for one in found if one.get("isActive") is not False]
        return Listing[PSAMember](items=tuple(active), truncated=more)

    async def get_ticket_configurations(self, ticket_id: str) -> Listing[PSAConfiguration]:
        ticket = await self._ticket_row(ticket_id)
        wanted = [_is("ticketID", "eq", required(ticket_id, NAME))]
        others = await self._query("TicketAdditionalConfigurationItems", wanted)
        ids = [*records.ids([ticket], "configurationItemID"), *records.ids(others, "configurationItemID")]
        if not ids:
            return Listing[PSAConfiguration](items=())
        found = await self._query("ConfigurationItems", [_is("id", "in", [*ids])])
        companies = await self._named("Companies", records.ids(found, "companyID"), "companyName")
        return Listing[PSAConfiguration](items=tuple(records.configuration(one, companies) for one in found))

    async def ticket_url(self, ticket_id: str) -> str:
        if _SCREENS not in self._account.memory:
            await self._resolve()
        site = self._account.memory[_SCREENS]
        return f"{site}/Mvc/ServiceDesk/TicketDetail.mvc?ticketId={required(ticket_id, NAME)}"

    async def _fields(self) -> Labels:
        """What the values of a ticket's fields are called, by the field's name."""
        return await remembered(self._account, self._read_fields)

    async def _read_fields(self) -> Labels:
        found = row(await (await self._calls()).read("/Tickets/entityInformation/fields"))
        known = {str(one.get("name")): one for one in rows(found.get("fields"))}
        return {
            name: {
                value: text_of(one, "label") or value
                for one in rows(known.get(name, {}).get("picklistValues"))
                if one.get("isActive") is not False and (value := id_of(one, "value"))
            }
            for name in ("status", "queueID", "priority")
        }

    async def _named(self, entity: str, ids: Sequence[int], field: str) -> dict[str, str]:
        """The names of rows by their ids."""
        found = await self._query(entity, [_is("id", "in", [*ids])], ("id", field)) if ids else []
        return {str(one["id"]): text_of(one, field) or "" for one in found}

    async def _people(self, entity: str, ids: Sequence[int]) -> dict[str, str]:
        fields = ("id", "firstName", "lastName")
        found = await self._query(entity, [_is("id", "in", [*ids])], fields) if ids else []
        return {str(one["id"]): records.person(one) for one in found}

    async def _all(
        self, entity: str, wanted: Sequence[Filter], fields: Sequence[str] = ()
    ) -> tuple[list[Row], bool]:
        """All rows as far as Hub reads a list, by their ids: the next page begins behind the last one."""
        found: list[Row] = []
        for _ in range(MOST_PAGES):
            after = number_of(found[-1]) if found else 0
            page = await self._query(entity, [*wanted, _is("id", "gt", after)], fields)
            found += page
            if len(page) < MOST:
                return found, False
        return found, True

    async def _query(self, entity: str, wanted: Sequence[Filter], fields: Sequence[str] = ()) -> list[Row]:
        document: dict[str, JsonValue] = {"filter": [*wanted], "MaxRecords": MOST}
        if fields:
            document["IncludeFields"] = [*fields]
        found = row(await (await self._calls()).read(f"/{entity}/query", document=document))
        return rows(found.get("items"))

    async def _count(self, entity: str, wanted: Sequence[Filter]) -> int:
        asked: Mapping[str, JsonValue] = {"filter": [*wanted]}
        found = row(await (await self._calls()).read(f"/{entity}/query/count", document=asked))
        count = found.get("queryCount")
        return count if isinstance(count, int) else 0

    async def _calls(self, acting: Mapping[str, str] | None = None) -> Calls:
        base = self._account.memory.get(_BASE) or await self._resolve()
        headers = {"accept": "application/json", **(acting or {})}
        return Calls(self._client, base, _SENTENCES, headers=headers, patience=self._account.patience)

    async def _resolve(self) -> str:
        """The base URL of the account's zone."""
        allowed = self._account.allowed_hosts
        origin = hosts.origin(self._site, hosts.host_of(self._site), allowed)
        client = self._open(Credential())

        async def ask() -> JsonValue:
            query = [("user", self._account.settings["username"])]
            call = Call("GET", origin, zone.INFO, query, {"accept": "application/json"})
            return (await client.send(call))[0]

        said = row(await attempted(ask, _SENTENCES, tries_again=True, patience=self._account.patience))
        try:
            base = zone.base(said, self._site, allowed)
        except zone.Unusable as error:
            why = f"Failed to find the zone: {error}"
            raise PSAConnectionError(why, provider=NAME, sent=False) from None
        self._account.memory[_BASE] = base
        self._account.memory[_SCREENS] = zone.screens(said, self._site, allowed) or origin
        return base


def _credential(account: Account) -> Credential:
    secret, code = account.secrets["secret"], account.secrets["integration_code"]
    headers = {"username": account.settings["username"], "secret": secret, "apiintegrationcode": code}
    return Credential(headers=headers, texts=(secret, code))


def _is(field: str, sign: str, value: JsonValue) -> Filter:
    return {"op": sign, "field": field, "value": value}


def _within(span: Span) -> list[Filter]:
    """IDs of a stretch. A list without a condition is refused."""
    high = [] if span.high is None else [_is("id", "lt", span.high)]
    return [_is("id", "gt", span.low), *high]


def _filter(query: str, filters: TicketFilters) -> list[Filter] | None:
    """The tickets that are looked for; None when nothing can be found."""
    found: list[Filter] = []
    for field, given in (
        ("queueID", filters.board),
        ("status", filters.status),
        ("companyID", filters.company),
    ):
        if given is not None:
            wanted = number(given)
            if wanted is None:
                return None
            found.append(_is(field, "eq", wanted))
    if filters.closed is not None:
        found.append(_is("status", "eq" if filters.closed else "noteq", int(records.COMPLETE)))
    text = query.strip()[:_LONGEST]
    if not text:
        return found
    ways: list[JsonValue] = [_is("title", "contains", text), _is("ticketNumber", "eq", text)]
    by_id = number(text)
    if by_id is not None:
        ways.append(_is("id", "eq", by_id))
    return [*found, {"op": "or", "items": ways}]
