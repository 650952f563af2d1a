import math
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.clock import utcnow
from hub_app.ui.components import spark_points
from hub_app.ui.guard import FormState, public
from hub_app.ui.urls import query, url_with

_HERE = "/styleguide"


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


@dataclass(frozen=True)
class Pick:
    """A row of the sample list to choose from."""

    key: str
    name: str
    on: bool


_STATES = [
    ("task.created", "succeeded", "200", "41 ms", "1"),
    ("invoice.paid", "retrying", "503", "1.2 s", "2 of 6"),
    ("task.completed", "failed", "timeout", "30.0 s", "6 of 6"),
    ("crm.sync.completed", "succeeded", "204", "52 ms", "1"),
    ("task.updated", "waiting", "", "", "0"),
]


class Guide(FormState, rx.State):
    """What the style guide shows."""

    rows: rx.Field[list[Sample]] = rx.field(default_factory=list)
    hours: rx.Field[list[dict[str, int | str]]] = rx.field(default_factory=list)
    picks: rx.Field[list[Pick]] = rx.field(default_factory=list)
    spark: str = ""
    tab: str = "overview"
    status: str = ""
    drawer: str = ""
    text: str = ""
    open_dialog: bool = False
    open_confirm: bool = False
    open_named: bool = False
    secret: str = ""

    @rx.event
    @public
    def load(self) -> None:
        now = utcnow()
        self.tab = query(self, "tab", {"overview", "deliveries", "settings"}, "overview")
        self.status = query(self, "status", {"succeeded", "failed"})
        self.drawer = query(self, "delivery")
        self.picks = [Pick(f"action_{n}", f"Action number {n}", n % 2 == 0) for n in range(14)]
        self.rows = [
            Sample(f"evt_2ZkQ4vNn1c7TbX{n}", *row, at=(now - timedelta(seconds=7 ** (n + 1))).isoformat())
            for n, row in enumerate(_STATES)
            if self.status in {"", row[1]}
        ]
        self.hours = [
            {
                "at": f"{hour:02}:00",
                "ok": int(1500 + 900 * math.sin(hour / 4)),
                "retried": 60 + hour * 7 % 90,
                "failed": 210 if hour in {10, 11} else 0,
            }
            for hour in range(24)
        ]
        self.spark = spark_points([5, 7, 6, 8, 4, 6, 7, 9, 8, 8, 7, 9])

    @rx.event
    @public
    def show_dialog(self, open: bool) -> None:  # noqa: A002, FBT001 - Radix gives the dialog's new state
        self.open_dialog = bool(open)
        self.errors = {}

    @rx.event
    @public
    def show_confirm(self, open: bool) -> None:  # noqa: A002, FBT001 - as above
        self.open_confirm = bool(open)

    @rx.event
    @public
    def show_named(self, open: bool) -> None:  # noqa: A002, FBT001 - as above
        self.open_named = bool(open)

    @rx.event
    @public
    def show_drawer(self, open: bool) -> EventSpec | None:  # noqa: A002, FBT001 - as above
        return None if open else rx.redirect(url_with(_HERE))

    @rx.event
    @public
    def filter_status(self, status: str) -> EventSpec:
        return rx.redirect(url_with(_HERE, status=status), replace=True)

    @rx.event
    @public
    def filter_text(self, text: str) -> None:
        self.text = text

    @rx.event
    @public
    async def submit(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        """Refuses every address, to show the message beside the field."""
        self.busy, self.errors = True, {}
        yield None
        self.busy = False
        if str(data.get("url", "")).startswith("https://"):
            self.open_dialog = False
            yield rx.toast.success("Endpoint Warehouse added.")
        else:
            self.errors = {"url": "192.168.1.20 is a private address. Hub connects to public addresses only."}
            yield rx.set_focus("url")

    @rx.event
    @public
    def confirmed(self, data: dict[str, Any]) -> EventSpec:
        del data
        self.open_confirm = self.open_named = False
        return rx.toast.success("Warehouse deleted.")

    @rx.event
    @public
    def reveal(self) -> None:
        self.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - a sample

    @rx.event
    @public
    def hide(self) -> None:
        self.secret = ""
