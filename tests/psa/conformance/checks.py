"""What every PSA does, whichever it is: each check gets a provider and the class that plays it."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol, cast

import pytest

from hub_app.apiclient.client import Client
from hub_app.psa.provider import Account, Provider, PSAProvider
from hub_app.psa.provider.errors import (
    PSAAuthError,
    PSAConnectionError,
    PSAError,
    PSANotFoundError,
    PSAPermissionError,
    PSARateLimitError,
    PSAServerError,
)
from hub_app.psa.provider.types import NoteType, PSATicket, TicketFilters
from tests.peers.psa_counterpart import Break, Counterpart

ALL = TicketFilters()
REFERENCE = "HUB-7K2QX"
TEXT = f"Cleared the queue; restarted the spooler.\nTest page printed.\n\nRef {REFERENCE}"
HOSTILE = (
    '" or 1=1',
    '" or "1"="1',
    "%",
    "*",
    '%" or id > 0 or summary like "%',
    "\\",
    '\\" or id > 0 or "',
    "')) or ((1=1",
    "] or [2020-01-01] < [2030-01-01",
    "\u201d or 1=1",
    "\u2019) or (1=1",
    "a\x00b",
    "\r\nX-Header: 1",
    "{{7*7}}",
    '"}],"op":"exist","x":[{"y":"',
    "printer&client_id=1&page_size=1000",
    "x" * 400,
    "\U0001f5a8\ufe0f",
)
_TIMEOUT = 1.0


class Made(Protocol):
    def __call__(self) -> Counterpart: ...


Check = Callable[[Provider, Made], Awaitable[None]]


def opened(provider: Provider, played: Counterpart, **changes: str) -> PSAProvider:
    entered = {**played.entered, **changes}
    host = entered["site_url"].partition("://")[2]
    account = Account(
        settings={key: text for key, text in entered.items() if key not in provider.secrets},
        secrets={key: text for key, text in entered.items() if key in provider.secrets},
        allowed_hosts=[host],
        api_version=provider.api_version,
        patience=5,
    )
    return provider.connect(account, lambda credential: Client(credential, "acme", timeout=_TIMEOUT))


@asynccontextmanager
async def playing(provider: Provider, made: Made) -> AsyncGenerator[tuple[PSAProvider, Counterpart]]:
    async with made() as played:
        yield opened(provider, played), played


async def all_tickets(psa: PSAProvider, query: str = "", filters: TicketFilters = ALL) -> list[PSATicket]:
    found: list[PSATicket] = []
    at = ""
    while True:
        page = await psa.search_tickets(query, filters, limit=25, at=at)
        found += page.items
        if not page.next:
            return found
        at = page.next


def secrets_of(provider: Provider, played: Counterpart) -> list[str]:
    return [played.entered[key] for key in provider.secrets]


async def the_account_is_tested(provider: Provider, made: Made) -> None:
    async with playing(provider, made) as (psa, played):
        assert (await psa.test_connection()).success
        for key in provider.secrets:
            found = await opened(provider, played, **{key: "not-the-right-one-0000"}).test_connection()
            assert not found.success
            assert not any(one in found.message for one in secrets_of(provider, played))
        played.trouble("down")
        gone = await psa.test_connection()
        assert (gone.success, provider.name in gone.message) == (False, True)


async def a_ticket_is_read(provider: Provider, made: Made) -> None:
    async with playing(provider, made) as (psa, played):
        found = await psa.get_ticket(played.ticket)
        assert (found.id, found.board_id, found.status_id) == (
            played.ticket,
            played.board,
            played.status_of(played.ticket),
        )
        assert found.summary
        assert found.company_id
        assert found.company_name
        assert found.status_name
        assert found.priority_name
        assert found.updated_at is not None
        assert played.ticket in await psa.ticket_url(played.ticket)


async def what_is_no_ticket_is_not_found(provider: Provider, made: Made) -> None:
    async with playing(provider, made) as (psa, played):
        for one in (
            "999999",
            "0",
            "abc",
            f"{played.ticket} or 1=1",
            "../../system/members",
            "1/notes",
            "",
            "9" * 40,
        ):
            with pytest.raises(PSANotFoundError):
                await psa.get_ticket(one)


async def tickets_come_page_by_page(provider: Provider, made: Made) -> None:
    async with playing(provider, made) as (psa, played):
        found = await all_tickets(psa)
        ids = [int(one.id) for one in found]
        assert ids == sorted(set(ids), reverse=True)
        assert len(ids) == played.count_tickets()
        assert {one.closed for one in found} == {False, True}


async def tickets_are_filtered(provider: Provider, made: Made) -> None:
    async with playing(provider, made) as (psa, played):
        every = await all_tickets(psa)
        one = await psa.get_ticket(played.ticket)
        for filters, wanted in (
            (TicketFilters(board=one.board_id), lambda row: row.board_id == one.board_id),
            (TicketFilters(status=one.status_id), lambda row: row.status_id == one.status_id),
            (TicketFilters(company=one.company_id), lambda row: row.company_id == one.company_id),
            (TicketFilters(closed=False), lambda row: not row.closed),
            (TicketFilters(closed=True), lambda row: row.closed),
            (
                TicketFilters(company=one.company_id, closed=False),
                lambda row: row.company_id == one.company_id and not row.closed,
            ),
        ):
            expected = [row.id for row in every if cast("Callable[[PSATicket], bool]", wanted)(row)]
            assert [row.id for row in await all_tickets(psa, "", filters)] == expected
        assert [row.id for row in await all_tickets(psa, played.ticket)] == [played.ticket]
        word = max(one.summary.split(), key=len)
        by_word = await all_tickets(psa, word)
        assert [row.id for row in by_word] == [row.id for row in every if word in row.summary]


async def hostile_searches_find_nothing_foreign(provider: Provider, made: Made) -> None:
    async with playing(provider, made) as (psa, played):
        one = await psa.get_ticket(played.ticket)
        for query in HOSTILE:
            found = await all_tickets(psa, query, TicketFilters(company=one.company_id))
            words = re.findall(r"[A-Za-z0-9]+", query)
            assert all(row.company_id == one.company_id for row in found), query
            assert all(word.lower() in row.summary.lower() for row in found for word in words), query
            # Where a sign is a letter like others, it may be found as one.
            assert words or all(query.strip() in row.summary for row in found), query
        for hostile in ('1" or 1=1', "1 or 1=1", "1)", "-1", "1e3", "\u0661"):
            for filters in (TicketFilters(board=hostile), TicketFilters(company=hostile)):
                assert not await all_tickets(psa, "", filters)
            assert not (await psa.list_companies('" or 1=1 or name like "')).items


async def lists_are_read(provider: Provider, made: Made) -> None:
    async with playing(provider, made) as (psa, played):
        boards = await psa.list_boards()
        assert played.board in {one.id for one in boards.items}
        statuses = await psa.get_ticket_statuses(played.board)
        known = {one.id: one for one in statuses.items}
        assert {played.status_of(played.ticket), played.other_status} <= known.keys()
        assert {one.is_closed for one in known.values()} == {False, True}
        companies = await psa.list_companies()
        first = companies.items[0]
        assert (await psa.get_company(first.id)).name == first.name
        assert first in (await psa.list_companies(first.name.split()[0])).items
        members = {one.id: one for one in (await psa.list_members()).items}
        assert played.member in members
        assert played.gone not in members
        assert members[played.member].emails


async def a_note_is_posted_under_its_name(provider: Provider, made: Made) -> None:
    async with playing(provider, made) as (psa, played):
        for kind in provider.capabilities.note_kinds:
            before = played.notes(played.ticket)
            posted = await psa.post_note(played.ticket, TEXT, kind.type, played.member)
            new = played.notes(played.ticket)[len(before) :]
            assert [(one.id, one.kind, one.mailed) for one in new] == [(posted.id, kind.type, False)]
            assert REFERENCE in new[0].text
            if provider.capabilities.post_as_member:
                assert new[0].member == played.member
        await psa.post_note(played.ticket, TEXT, provider.capabilities.note_kinds[0].type, None)
        assert played.notes(played.ticket)[-1].member == ""
        if provider.capabilities.notify:
            customer: NoteType = "description"
            await psa.post_note(played.ticket, TEXT, customer, played.member, notify=True)
            assert played.notes(played.ticket)[-1].mailed
        shown = await psa.list_notes(played.ticket)
        assert REFERENCE in shown.items[0].text


async def a_note_whose_answer_breaks_off_is_found(provider: Provider, made: Made) -> None:
    ways: tuple[Break, ...] = ("502", "cut", "silent")
    for how in ways:
        async with playing(provider, made) as (psa, played):
            assert await psa.find_note(played.ticket, REFERENCE) is None
            played.breaks(how)
            with pytest.raises(PSAError) as caught:
                await psa.post_note(played.ticket, TEXT, "internal_analysis", played.member)
            assert caught.value.is_unknown
            assert len(played.notes(played.ticket)) == 1
            found = await psa.find_note(played.ticket, REFERENCE)
            assert found is not None
            assert found.id == played.notes(played.ticket)[0].id


async def a_status_is_changed_and_shown(provider: Provider, made: Made) -> None:
    async with playing(provider, made) as (psa, played):
        changed = await psa.update_ticket_status(played.ticket, played.other_status)
        assert changed.status_id == played.other_status == played.status_of(played.ticket)
    async with playing(provider, made) as (psa, played):
        before = played.status_of(played.ticket)
        played.ignores_status()
        kept = await psa.update_ticket_status(played.ticket, played.other_status)
        assert kept.status_id == before


async def troubles_have_their_sentences(provider: Provider, made: Made) -> None:
    kinds: dict[str, type[PSAError]] = {
        "too_busy": PSARateLimitError,
        "broken": PSAServerError,
        "forbidden": PSAPermissionError,
        "down": PSAConnectionError,
        "refusing": PSAAuthError,
    }
    for what, kind in kinds.items():
        async with playing(provider, made) as (psa, played):
            await psa.list_boards()
            played.trouble(what)  # type: ignore[arg-type]
            with pytest.raises(kind) as caught:
                await psa.get_ticket(played.ticket)
            assert caught.value.provider == provider.name
            assert not any(one in caught.value.detail for one in secrets_of(provider, played))
            assert "Traceback" not in caught.value.detail
            if isinstance(caught.value, PSARateLimitError):
                assert caught.value.retry_after_seconds == 7
                assert caught.value.headers == {"Retry-After": "7"}


async def passing_troubles_pass(provider: Provider, made: Made) -> None:
    for what in ("busy", "failing"):
        async with playing(provider, made) as (psa, played):
            await psa.list_boards()
            played.trouble(what)  # type: ignore[arg-type]
            assert (await psa.get_ticket(played.ticket)).id == played.ticket


async def a_write_that_failed_is_not_repeated(provider: Provider, made: Made) -> None:
    async with playing(provider, made) as (psa, played):
        await psa.list_boards()
        played.trouble("failing")
        with pytest.raises(PSAServerError):
            await psa.post_note(played.ticket, TEXT, "internal_analysis", None)
        assert not played.notes(played.ticket)


async def configurations_have_names(provider: Provider, made: Made) -> None:
    if not provider.capabilities.configurations:
        return
    async with playing(provider, made) as (psa, played):
        found = (await psa.get_ticket_configurations(played.ticket)).items
        assert found
        assert all(one.name and not one.name.isdecimal() for one in found)


async def time_is_entered_once(provider: Provider, made: Made) -> None:
    if not provider.capabilities.time_entries:
        return
    ended, minutes = datetime(2026, 11, 24, 9, 30, tzinfo=UTC), 25
    async with playing(provider, made) as (psa, played):
        posted = await psa.post_time(played.ticket, minutes, TEXT, played.member, ended)
        assert (posted.minutes, played.minutes(played.ticket)) == (minutes, [minutes])
        found = await psa.find_time(played.ticket, REFERENCE)
        assert found is not None
        assert found.id == posted.id
        assert await psa.find_time(played.ticket, "HUB-00000") is None
        played.breaks("502", at="time")
        with pytest.raises(PSAError) as caught:
            await psa.post_time(played.ticket, minutes, TEXT.replace(REFERENCE, "HUB-AAAAA"), None, ended)
        assert caught.value.is_unknown
        assert await psa.find_time(played.ticket, "HUB-AAAAA") is not None


CHECKS: list[Check] = [
    the_account_is_tested,
    a_ticket_is_read,
    what_is_no_ticket_is_not_found,
    tickets_come_page_by_page,
    tickets_are_filtered,
    hostile_searches_find_nothing_foreign,
    lists_are_read,
    a_note_is_posted_under_its_name,
    a_note_whose_answer_breaks_off_is_found,
    a_status_is_changed_and_shown,
    troubles_have_their_sentences,
    passing_troubles_pass,
    a_write_that_failed_is_not_repeated,
    configurations_have_names,
    time_is_entered_once,
]
