"""The operator's page of verifications: how the log stands, the history, and having it verified now."""

from dataclasses import dataclass
from datetime import datetime

import reflex as rx
from reflex.event import EventSpec

from hub_app.governance.schemas.audit import VerificationOut
from hub_app.governance.service import verifications
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.audit_runs import TOPIC
from hub_app.kernel.notices import Notice, notices_for
from hub_app.kernel.paging import Slice
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.lists import BrowsedState, DrawerState, page_of
from hub_app.ui.live import follow
from hub_app.ui.page_address import PageAddress, parameter
from hub_app.ui.session import SessionState

_SOURCES = {"scheduler": "Scheduler", "command": "Command line", "unknown": "Unknown"}
Found = tuple[Slice[VerificationOut], verifications.Summary, list[Notice]]


@dataclass(frozen=True)
class VerificationsAddress(PageAddress):
    run: str = parameter(stays=False)


@dataclass(frozen=True)
class VerificationRow:
    id: str
    href: str
    outcome: str
    by: str
    checked: str
    took: str
    at: str


@dataclass(frozen=True)
class FindingRow:
    log: str
    sentences: list[str]


class VerificationsState(DrawerState, BrowsedState, rx.State):
    """One page of the history, how the log stands, and the run in the drawer. `refused` for people who do not run this Hub."""

    refused: bool = False
    rows: rx.Field[list[VerificationRow]] = rx.field(default_factory=list)
    outcome: str = ""
    """How the log stands; "" before the first verification that says something."""
    verified_at: str = ""
    newest_href: str = ""
    under_way: str = ""
    """`waiting` or `running`; "" when none is."""
    chosen: rx.Field[VerificationRow] = rx.field(
        default_factory=lambda: VerificationRow("", "", "", "", "", "", "")
    )
    note: str = ""
    findings: rx.Field[list[FindingRow]] = rx.field(default_factory=list)
    _address = VerificationsAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor = await current_actor(self)
        self.refused = not actor.is_operator
        if self.refused:
            self.rows, self.loaded = [], True
            return
        await self._show(await _look(actor, VerificationsAddress.at(self)))

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what becomes of a verification. Reflex ends this when the page is left."""
        if (await current_actor(self)).is_operator:
            address = VerificationsAddress.at(self)
            await follow(self, TOPIC, lambda actor: _look(actor, address), self._show)

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def verify_now(self) -> EventSpec:
        actor = await current_actor(self)
        await verifications.verify_now(actor)
        await self._show(await _look(actor, VerificationsAddress.at(self)))
        return rx.toast.success("The verification begins in the background.")

    async def _show(self, found: Found) -> None:
        page, summary, notices = found
        address = VerificationsAddress.at(self)
        self.rows = [_row(one, address) for one in page.items]
        newest, under_way = summary.newest, summary.under_way
        self.outcome = summary.state or ""
        self.verified_at = words.iso(newest and newest.started_at)
        self.newest_href = address.url(run=str(newest.id)) if newest else ""
        self.under_way = under_way.outcome if under_way else ""
        self._unfold([*page.items, *(one for one in (newest, under_way) if one)], address)
        self._turned(page, address)
        self.selected = address.run
        self._beside_selected(self.rows)
        # The banner above this page changes with what is found.
        (await self.get_state(SessionState)).notices = notices

    def _unfold(self, known: list[VerificationOut], address: VerificationsAddress) -> None:
        one = next((one for one in known if str(one.id) == address.run), None)
        self.id = str(one.id) if one else ""
        if one is not None:
            self.chosen, self.note = _row(one, address), one.note
            self.findings = [FindingRow(found.log, found.sentences) for found in one.findings]


async def _look(actor: Actor, address: VerificationsAddress) -> Found:
    found = await verifications.list_verifications(actor, page_of(address))
    return found, await verifications.summarize(actor), await notices_for(actor)


def _row(one: VerificationOut, address: VerificationsAddress) -> VerificationRow:
    return VerificationRow(
        id=str(one.id),
        href=address.url(run=str(one.id), cursor=address.cursor),
        outcome=one.outcome,
        by=_SOURCES.get(one.source, one.asked_by_name),
        checked=f"{one.entries:,}" if one.finished_at else "",
        took=_took(one.started_at, one.finished_at),
        at=words.iso(one.started_at or one.created_at),
    )


def _took(began: datetime | None, ended: datetime | None) -> str:
    if began is None or ended is None:
        return ""
    return words.duration(round(1000 * (ended - began).total_seconds()))
