"""ConnectWise as the conformance suite plays it."""

from collections.abc import Mapping
from typing import Literal, Self

from tests.peers.connectwise.server import ConnectWise
from tests.peers.psa_counterpart import Break, Noted, Trouble

_KINDS = {
    "internalAnalysisFlag": "internal_analysis",
    "resolutionFlag": "resolution",
    "detailDescriptionFlag": "description",
}
_MANY = 10_000


class Counterpart:
    def __init__(self) -> None:
        self.peer = ConnectWise(tickets=60)
        usable = [
            one
            for one, row in self.peer.tickets.items()
            if not row["closedFlag"] and self.peer.attached.get(one) and row["status"]["name"] != "Scheduled"
        ]
        row = self.peer.tickets[usable[0]]
        self.ticket, self.board = str(usable[0]), str(row["board"]["id"])
        self.member, self.gone = "141", "145"
        self.other_status = str(row["board"]["id"] * 100 + 3)
        self._before = {one: len(notes) for one, notes in self.peer.notes.items()}

    async def __aenter__(self) -> Self:
        await self.peer.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.peer.__aexit__()

    @property
    def entered(self) -> Mapping[str, str]:
        return self.peer.entered

    def count_tickets(self) -> int:
        return len(self.peer.tickets)

    def notes(self, ticket: str) -> list[Noted]:
        known = self._before.get(int(ticket), 0)
        return [
            Noted(
                id=str(row["id"]),
                text=row["text"],
                kind=next(kind for flag, kind in _KINDS.items() if row[flag]),
                member=str(row.get("member", {}).get("id", "")),
                mailed=row["id"] in self.peer.mails,
            )
            for row in self.peer.notes.get(int(ticket), [])[known:]
        ]

    def minutes(self, ticket: str) -> list[int]:
        rows = self.peer.time_entries.values()
        return [round(row["actualHours"] * 60) for row in rows if str(row["chargeToId"]) == ticket]

    def status_of(self, ticket: str) -> str:
        return str(self.peer.tickets[int(ticket)]["status"]["id"])

    def trouble(self, what: Trouble) -> None:
        faults = self.peer.faults
        match what:
            case "busy":
                faults.busy = 2
            case "too_busy":
                faults.busy, faults.retry_after = _MANY, "7"
            case "failing":
                faults.fails = 2
            case "broken":
                faults.gateway = _MANY
            case "forbidden":
                faults.forbidden = "/service"
            case "down":
                faults.down = True
            case "refusing":
                self.peer.keys = set()

    def breaks(self, how: Break, *, at: Literal["notes", "time"] = "notes") -> None:
        self.peer.faults.breaks = how
        self.peer.faults.breaks_at = "/notes" if at == "notes" else "/time/entries"

    def ignores_status(self) -> None:
        self.peer.faults.ignores_patch = True
