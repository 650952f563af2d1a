import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import reflex as rx

from hub_app.kernel.actor import Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.edits import Version
from hub_app.kernel.errors import Invalid
from hub_app.ui import components as ui
from hub_app.ui.cells import Cell, Heading
from hub_app.ui.edits import EditState, Form
from hub_app.ui.forms import DialogState, confirmed, submits_data
from hub_app.ui.guard import public
from hub_app.ui.lists import DrawerState, FilteredState
from hub_app.ui.page_address import PageAddress, parameter


@dataclass(frozen=True)
class Sample:
    """A row of the sample table."""

    id: str
    type: str
    status: str
    answer: str
    duration: str
    attempts: str
    at: str
    cells: list[Cell]


@dataclass(frozen=True)
class SamplePerson:
    """A person of the sample list."""

    initials: str
    name: str
    role: str
    emails: list[str]
    phones: list[str]


@dataclass(frozen=True)
class SampleChange:
    """A field before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Pick:
    """A row of the sample list to choose from."""

    key: str
    name: str
    on: bool


@dataclass(frozen=True)
class Part:
    """A piece of a sample text."""

    text: str
    differs: bool = False


@dataclass(frozen=True)
class SampleSides:
    """A field of two versions of a sample."""

    key: str
    label: str
    before: str
    first: list[Part]
    second: list[Part]
    chosen: str
    open: bool
    seen: str = ""
    control: str = ""
    entered: str = ""


@dataclass(frozen=True)
class SampleOption:
    """One of a few samples."""

    value: str
    name: str


_SIDES = [
    SampleSides(
        key="venue",
        label="Venue",
        before="Villa Aurora, Como",
        first=[Part("Villa Aurora, "), Part("Lake ", differs=True), Part("Como")],
        second=[Part("Villa Erba, Cernobbio")],
        chosen="",
        open=True,
        control="text",
        entered="Villa Aurora, Lake Como",
    ),
    SampleSides("guests", "Guests", "140", [Part("155")], [Part("150")], chosen="first", open=True),
    SampleSides("phone", "Phone", "", [Part("+1 415 555 0199")], [], chosen="first", open=False),
]
_STATES = [
    ("task.created", "succeeded", "200", "41 ms", "1"),
    ("invoice.paid", "retrying", "503", "1.2 s", "2 of 6"),
    ("task.completed", "failed", "timeout", "30.0 s", "6 of 6"),
    ("crm.sync.completed", "succeeded", "204", "52 ms", "1"),
    ("task.updated", "waiting", "", "", "0"),
]


@dataclass(frozen=True)
class GuideAddress(PageAddress):
    """What the address of the style guide says."""

    tab: str = parameter(("overview", "deliveries", "settings"), default="overview")
    status: str = parameter(("succeeded", "failed"))
    delivery: str = parameter(stays=False)


class GuideState(DialogState, DrawerState, FilteredState, rx.State):
    """What the style guide shows."""

    rows: rx.Field[list[Sample]] = rx.field(default_factory=list)
    hours: rx.Field[list[dict[str, int | str]]] = rx.field(default_factory=list)
    by_event: rx.Field[Heading] = rx.field(
        default_factory=lambda: Heading("Event", "/styleguide", "ascending")
    )
    headings: rx.Field[list[Heading]] = rx.field(
        default_factory=lambda: [Heading("Result", "/styleguide"), Heading("Attempts", end=True, phone=False)]
    )
    persons: rx.Field[list[SamplePerson]] = rx.field(
        default_factory=lambda: [
            SamplePerson("SC", "Sarah Chen", "Bride", ["sarah@chen.example"], ["+442079460958"]),
            SamplePerson("MC", "Mike Chen", "", ["mike@chen.example"], []),
        ]
    )
    changes: rx.Field[list[SampleChange]] = rx.field(
        default_factory=lambda: [
            SampleChange("Status", "Lead", "Booked"),
            SampleChange("Notes", "", "Call after six"),
        ]
    )
    picks: rx.Field[list[Pick]] = rx.field(default_factory=list)
    sides: rx.Field[list[SampleSides]] = rx.field(default_factory=list)
    options: rx.Field[list[SampleOption]] = rx.field(default_factory=list)
    spark: str = ""
    tab: str = "overview"
    status: str = ""
    text: str = ""
    secret: str = ""
    _address = GuideAddress

    @rx.event
    @public
    def load(self) -> None:
        now, address = utcnow(), GuideAddress.at(self)
        self.tab, self.status, self.id = address.tab, address.status, address.delivery
        self.picks = [Pick(f"action_{n}", f"Action number {n}", n % 2 == 0) for n in range(14)]
        self.sides = list(_SIDES)
        self.options = [SampleOption("first", "Warehouse"), SampleOption("second", "Depot")]
        self.rows = [
            Sample(
                f"evt_2ZkQ4vNn1c7TbX{n}",
                *row,
                at=(now - timedelta(seconds=7 ** (n + 1))).isoformat(),
                cells=[Cell(row[1], "badge"), Cell(row[4], "figure", phone=False)],
            )
            for n, row in enumerate(_STATES)
            if self.status in {"", row[1]}
        ]
        self.hours = [
            {
                "at": (now - timedelta(hours=23 - hour)).isoformat(),
                "ok": int(1500 + 900 * math.sin(hour / 4)),
                "retried": 60 + hour * 7 % 90,
                "failed": 210 if hour in {10, 11} else 0,
            }
            for hour in range(24)
        ]
        self.spark = ui.spark_points([5, 7, 6, 8, 4, 6, 7, 9, 8, 8, 7, 9])

    @rx.event
    @public
    def filter_text(self, text: str) -> None:
        self.text = text

    @submits_data(Role.CUSTOMER_VIEWER)
    async def submit(self, data: Mapping[str, Any]) -> str:
        """Refuses every address, to show the message beside the field."""
        if not str(data.get("url", "")).startswith("https://"):
            raise Invalid.field("url", "must be a public address: Hub does not connect to 192.168.1.20")
        return "Endpoint Warehouse added."

    @confirmed(Role.CUSTOMER_VIEWER)
    async def delete(self) -> str:
        return "Warehouse deleted."

    @rx.event
    @public
    def reveal(self) -> None:
        self.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - a sample

    @rx.event
    @public
    def hide(self) -> None:
        self.secret = ""


class SharedGuideState(EditState, rx.State):
    """A form that someone else has changed meanwhile."""

    @rx.event
    @public
    def load(self) -> None:
        self.theirs = {"shared": "Depot"}

    async def _now(self) -> Form:
        return Form(Version.of({"shared": "Depot"}), {"shared": "Depot"})

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        return dict(data)
