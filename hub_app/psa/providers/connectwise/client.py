"""Calling ConnectWise."""

import base64
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import JsonValue

from hub_app.apiclient.call import Call, Credential
from hub_app.psa.provider import PAGE_SIZE, Account, OpenClient, PSAProvider
from hub_app.psa.provider.calls import Calls, Sentences, attempted, row, rows
from hub_app.psa.provider.errors import (
    PSAAuthError,
    PSAConnectionError,
    PSAError,
    PSANotFoundError,
    PSATimeoutError,
)
from hub_app.psa.provider.ids import number, required
from hub_app.psa.provider.pages import Row, read_all
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
from hub_app.psa.providers.connectwise import records
from hub_app.psa.providers.connectwise.address import Site, Unusable
from hub_app.psa.providers.connectwise.conditions import all_of, either, equals, like, one_of, pieces
from hub_app.psa.providers.connectwise.records import FLAGS, MEMBER_FIELDS, TICKET_FIELDS

NAME = "ConnectWise"
_SENTENCES = Sentences(
    NAME,
    auth="Invalid credentials. Check your API keys.",
    permission="Insufficient permissions. Check the API member's security role.",
)
_BASE = "base"
_NOTES = 200
_LOOKED_THROUGH = 5
"""Pages of the newest notes and time entries among which Hub looks for its own."""
Done = TypeVar("Done")


def connect(account: Account, open_client: OpenClient) -> PSAProvider:
    return ConnectWise(account, open_client)


class ConnectWise(PSAProvider):
    name = NAME

    def __init__(self, account: Account, open_client: OpenClient) -> None:
        self._account = account
        self._site = Site(account.settings["site_url"], account.allowed_hosts)
        self._open = open_client
        self._client = open_client(_credential(account))

    async def test_connection(self) -> ConnectionTestResult:
        self._account.memory.pop(_BASE, None)
        try:
            info = row(await self._read("/system/info"))
            # Some installations say their version to anybody.
            await self._read("/service/boards", [("pageSize", "1"), ("fields", "id")])
        except PSANotFoundError:
            # What the cloud says of keys that it does not know.
            return ConnectionTestResult(success=False, message=_SENTENCES.auth)
        except PSAError as error:
            return ConnectionTestResult(success=False, message=error.detail)
        version = info.get("version")
        return ConnectionTestResult(
            success=True,
            message="Connected successfully.",
            server_version=version if isinstance(version, str) else None,
        )

    async def get_ticket(self, ticket_id: str) -> PSATicket:
        found = row(await self._read(f"/service/tickets/{_id(ticket_id)}", [("fields", TICKET_FIELDS)]))
        return records.ticket(found)

    async def search_tickets(
        self, query: str, filters: TicketFilters, *, limit: int, at: str = ""
    ) -> Listing[PSATicket]:
        page = number(at) or 1
        conditions = _conditions(query, filters)
        if conditions is None:
            return Listing[PSATicket](items=())
        asked = [
            ("conditions", conditions),
            ("orderBy", "id desc"),
            ("fields", TICKET_FIELDS),
            ("page", str(page)),
            ("pageSize", str(limit)),
        ]
        found = rows(await self._read("/service/tickets", [one for one in asked if one[1]]))
        following = str(page + 1) if len(found) >= limit else ""
        return Listing[PSATicket](items=tuple(map(records.ticket, found)), next=following)

    async def list_notes(self, ticket_id: str) -> Listing[PSANote]:
        asked = [("orderBy", "id desc"), ("pageSize", str(_NOTES))]
        found = rows(await self._read(f"/service/tickets/{_id(ticket_id)}/notes", asked))
        return Listing[PSANote](items=tuple(map(records.note, found)), truncated=len(found) >= _NOTES)

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
            "text": text,
            **{flag: kind == note_type for kind, flag in FLAGS.items()},
            # Unless it is said, even internal notes are mailed to the contact.
            "processNotifications": notify,
        }
        if member_id is not None:
            document["member"] = {"id": _id(member_id)}
        return records.note(
            row(await self._write("POST", f"/service/tickets/{_id(ticket_id)}/notes", document))
        )

    async def find_note(self, ticket_id: str, reference: str) -> PSANote | None:
        path = f"/service/tickets/{_id(ticket_id)}/notes"
        found = await self._find(path, [], "text", reference)
        return records.note(found) if found else None

    async def update_ticket_status(self, ticket_id: str, status_id: str) -> PSATicket:
        patch: list[JsonValue] = [{"op": "replace", "path": "status", "value": {"id": _id(status_id)}}]
        return records.ticket(row(await self._write("PATCH", f"/service/tickets/{_id(ticket_id)}", patch)))

    async def get_ticket_statuses(self, board_id: str) -> Listing[PSAStatus]:
        found, more = await self._all(f"/service/boards/{_id(board_id)}/statuses", [("orderBy", "sortOrder")])
        usable = [one for one in found if one.get("inactive") is not True]
        return Listing[PSAStatus](items=tuple(map(records.status, usable)), truncated=more)

    async def list_boards(self) -> Listing[PSABoard]:
        found, more = await self._all(
            "/service/boards", [("orderBy", "name"), ("fields", "id,name,inactiveFlag,projectFlag")]
        )
        usable = [one for one in found if one.get("inactiveFlag") is not True]
        return Listing[PSABoard](items=tuple(map(records.board, usable)), truncated=more)

    async def list_companies(self, query: str = "") -> Listing[PSACompany]:
        if query and not pieces(query):
            return Listing[PSACompany](items=())
        named = [("conditions", all_of(like("name", query)))] if query else []
        asked = [*named, ("orderBy", "name"), ("fields", "id,name,status,deletedFlag")]
        found, more = await self._all("/company/companies", asked)
        usable = [one for one in found if one.get("deletedFlag") is not True]
        return Listing[PSACompany](items=tuple(map(records.company, usable)), truncated=more)

    async def get_company(self, company_id: str) -> PSACompany:
        return records.company(row(await self._read(f"/company/companies/{_id(company_id)}")))

    async def list_members(self) -> Listing[PSAMember]:
        # Some servers refuse a condition on who is inactive.
        found, more = await self._all("/system/members", [("orderBy", "id"), ("fields", MEMBER_FIELDS)])
        active = [records.member(one) for one in found if records.is_active(one)]
        return Listing[PSAMember](items=tuple(active), truncated=more)

    async def get_ticket_configurations(self, ticket_id: str) -> Listing[PSAConfiguration]:
        found, more = await self._all(f"/service/tickets/{_id(ticket_id)}/configurations", [])
        ids = [one["id"] for one in found if isinstance(one.get("id"), int)][:_NOTES]
        if not ids:
            return Listing[PSAConfiguration](items=())
        # Those of a ticket come without their names.
        asked = [
            ("conditions", one_of("id", ids)),
            ("fields", "id,name,type,company"),
            ("pageSize", str(PAGE_SIZE)),
        ]
        named = rows(await self._read("/company/configurations", asked))
        return Listing[PSAConfiguration](items=tuple(map(records.configuration, named)), truncated=more)

    async def ticket_url(self, ticket_id: str) -> str:
        return self._site.ticket_url(ticket_id)

    async def post_time(
        self, ticket_id: str, minutes: int, text: str, member_id: str | None, ended_at: datetime
    ) -> PSATimeEntry:
        document: dict[str, JsonValue] = {
            "chargeToId": _id(ticket_id),
            "chargeToType": "ServiceTicket",
            "timeStart": _moment(ended_at - timedelta(minutes=minutes)),
            "timeEnd": _moment(ended_at),
            "notes": text,
        }
        if member_id is not None:
            document["member"] = {"id": _id(member_id)}
        return records.time_entry(row(await self._write("POST", "/time/entries", document)))

    async def find_time(self, ticket_id: str, reference: str) -> PSATimeEntry | None:
        charged = all_of(equals("chargeToId", _id(ticket_id)), equals("chargeToType", "ServiceTicket"))
        found = await self._find("/time/entries", [("conditions", charged)], "notes", reference)
        return records.time_entry(found) if found else None

    async def _find(
        self, path: str, query: Sequence[tuple[str, str]], field: str, reference: str
    ) -> Row | None:
        """The row with a reference in this field, among the newest."""
        for page in range(1, _LOOKED_THROUGH + 1):
            asked = [*query, ("orderBy", "id desc"), ("page", str(page)), ("pageSize", str(_NOTES))]
            found = rows(await self._read(path, asked))
            own = next((one for one in found if reference in str(one.get(field) or "")), None)
            if own is not None or len(found) < _NOTES:
                return own
        return None

    async def _all(self, path: str, query: Sequence[tuple[str, str]]) -> tuple[list[Row], bool]:
        async def page(at: int) -> list[Row]:
            asked = [*query, ("page", str(at)), ("pageSize", str(PAGE_SIZE))]
            return rows(await self._read(path, asked))

        return await read_all(page)

    async def _read(self, path: str, query: Sequence[tuple[str, str]] = ()) -> JsonValue:
        return await self._moved(lambda calls: calls.read(path, query))

    async def _write(self, method: str, path: str, document: JsonValue) -> JsonValue:
        return await self._moved(lambda calls: calls.write(method, path, document))

    async def _moved(self, send: Callable[[Calls], Awaitable[Done]]) -> Done:
        """Once more where the codebase has changed since it was asked for: the former one answers 404."""
        known = self._account.memory.get(_BASE)
        base = known or await self._resolve()
        try:
            return await send(self._calls(base))
        except PSANotFoundError:
            if known is None or (now := await self._resolve()) == known:
                raise
        return await send(self._calls(now))

    def _calls(self, base: str) -> Calls:
        accept = f"application/vnd.connectwise.com+json; version={self._account.api_version}"
        return Calls(
            self._client, base, _SENTENCES, headers={"accept": accept}, patience=self._account.patience
        )

    async def _resolve(self) -> str:
        """The base URL by what the site says now."""
        path = self._site.info_path(self._account.settings["company_id"])
        client = self._open(Credential())

        async def ask() -> JsonValue:
            call = Call("GET", self._site.origin, path, headers={"accept": "application/json"})
            return (await client.send(call))[0]

        try:
            said = await attempted(ask, _SENTENCES, tries_again=True, patience=self._account.patience)
        except PSATimeoutError as error:
            raise PSATimeoutError("Timed out resolving CW base URL", provider=NAME, sent=False) from error
        except PSAConnectionError as error:
            raise PSAConnectionError(_unresolved(error.detail), provider=NAME, sent=False) from error
        except PSANotFoundError as error:
            why = f"{self._site.host} is no ConnectWise site"
            raise PSAConnectionError(_unresolved(why), provider=NAME, sent=False) from error
        if said is None:
            company = self._account.settings["company_id"]
            why = f"ConnectWise does not know the company ID {company}"
            raise PSAAuthError(_unresolved(why), provider=NAME, sent=False)
        try:
            base = self._site.base(row(said))
        except Unusable as error:
            raise PSAConnectionError(_unresolved(str(error)), provider=NAME, sent=False) from None
        self._account.memory[_BASE] = base
        return base


def _unresolved(why: str) -> str:
    return f"Failed to resolve CW base URL: {why.rstrip('.')}"


def _credential(account: Account) -> Credential:
    public, private = account.secrets["public_key"], account.secrets["private_key"]
    login = f"{account.settings['company_id']}+{public}:{private}"
    encoded = base64.b64encode(login.encode()).decode()
    client_id = account.secrets["client_id"]
    return Credential(
        headers={"authorization": f"Basic {encoded}", "clientid": client_id},
        texts=(encoded, private, public, client_id),
    )


def _conditions(query: str, filters: TicketFilters) -> str | None:
    """The tickets that are looked for; None when nothing can be found."""
    scopes: list[str] = []
    for field, given in (
        ("board/id", filters.board),
        ("status/id", filters.status),
        ("company/id", filters.company),
    ):
        if given is not None:
            wanted = number(given)
            if wanted is None:
                return None
            scopes.append(equals(field, wanted))
    if filters.closed is not None:
        scopes.append(equals("closedFlag", filters.closed))
    if not query.strip():
        return all_of(*scopes)
    if not pieces(query):
        return None
    by_summary, by_id = like("summary", query), number(query)
    wanted_text = by_summary if by_id is None else either(equals("id", by_id), by_summary)
    return all_of(*scopes, wanted_text)


def _id(text: str) -> int:
    return required(text, NAME)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
