"""The fields that the records of a collection have."""

from dataclasses import dataclass
from typing import Literal

FieldType = Literal[
    "text", "multiline", "email", "phone", "date", "datetime", "number", "money", "boolean", "choice", "list", "people",
    "reference",
]  # fmt: skip
Column = Literal["name", "email", "phone", "date", "status", "value"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a collection. `column` is the one of the record's columns that it feeds, by which lists sort and filter;
    `searched` says whether what it holds is looked through as text; `to` is the resource whose records a `reference` names, by
    their ids at the source. `aliases` are other names by which people call it.
    """

    key: str
    label: str
    type: FieldType = "text"
    column: Column | None = None
    searched: bool = False
    to: str = ""
    aliases: tuple[str, ...] = ()
