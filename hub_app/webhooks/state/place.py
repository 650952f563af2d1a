"""Where on an endpoint's deliveries a page is: its filters, its cursor and its drawer, all from the address."""

from dataclasses import dataclass

import reflex as rx

from hub_app.ui.urls import path, query, url_with

STATUSES = {
    "succeeded": "Succeeded",
    "failed": "Failed",
    "pending": "Waiting",
    "delivering": "Being sent",
    "expired": "Expired",
    "cancelled": "Cancelled",
}


PARTS = ("request", "response", "headers", "verify")


@dataclass(frozen=True)
class Place:
    """What the address asks for."""

    base: str
    status: str
    type: str
    cursor: str
    delivery: str
    part: str

    @classmethod
    def of(cls, state: rx.State) -> "Place":
        return cls(
            path(state),
            query(state, "status", STATUSES),
            query(state, "type"),
            query(state, "cursor"),
            query(state, "delivery"),
            query(state, "part", PARTS, PARTS[0]),
        )

    def address(self, **changes: str | None) -> str:
        """The page's address with these changes, without the drawer."""
        kept: dict[str, str | None] = {"status": self.status, "type": self.type, "cursor": self.cursor}
        return url_with(self.base, tab="deliveries", **{**kept, **changes})
