"""Columns of a table that the server chooses: what heads them, and what stands in their cells."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """The head of a column. `href` sorts the list by it, "" where it cannot be; `sort` is what `aria-sort` says of it now. `phone` says
    whether there is room for it on a phone.
    """

    label: str
    href: str = ""
    sort: str = "none"
    end: bool = False
    phone: bool = True


@dataclass(frozen=True)
class Cell:
    """What stands in a cell. `kind`: `text`, `figure`, `badge` for a state, or `time` for a moment in ISO 8601."""

    text: str
    kind: str = "text"
    phone: bool = True
