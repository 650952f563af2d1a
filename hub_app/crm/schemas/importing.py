"""Files that are imported: what was found in one, and how it is to be read."""

from datetime import datetime
from typing import Annotated, Literal, cast
from uuid import UUID

from pydantic import BaseModel, Field, field_validator

from hub_app.kernel.fields import Input, Patch, Text
from hub_app.sync.schemas import Transform

FileFeature = Literal["clients", "projects"]
Format = Literal["year_first", "day_first", "month_first", "named_month", ".", ","]
_MOST_COLUMNS = 1000


class ColumnIn(Input):
    """What a column is: the key of the field that it feeds, "" for none. `format` says how its dates or numbers are written,
    `transforms` in full how its cells are read.
    """

    field: Annotated[Text, Field(max_length=64)] = ""
    format: Format | None = None
    transforms: Annotated[list[Transform] | None, Field(max_length=10)] = None


def _as_column(given: object) -> object:
    """The field alone is enough, and null for none."""
    return {"field": given or ""} if given is None or isinstance(given, str) else given


class ImportIn(Input):
    """How a file is imported. `mapping` has by header what is to be different from what was found; what is chosen there is
    remembered for the next file.
    """

    mapping: Annotated[dict[str, ColumnIn], Field(max_length=_MOST_COLUMNS)] = Field(
        default_factory=dict[str, ColumnIn]
    )
    dry_run: bool = False

    @field_validator("mapping", mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {key: _as_column(one) for key, one in cast("dict[str, object]", value).items()}


class LayoutIn(Patch):
    """How a file is laid out, where it was found wrongly. A `header_line` of 0 says that it has no headers."""

    encoding: Annotated[str | None, Field(max_length=40)] = None
    delimiter: Annotated[str | None, Field(max_length=1)] = None
    header_line: Annotated[int | None, Field(ge=0, le=1000)] = None
    resource: FileFeature | None = None


class ColumnOut(BaseModel):
    """A column. `field` is what it feeds, null for nothing; `suggested` what it may feed, which somebody has to say. With `asks` its
    cells can be read in several ways, and `format` has to be one of `choices`.
    """

    header: str
    field: str | None
    suggested: str | None
    score: int
    how: Literal["remembered", "exact", "guessed", "suggested", "none"]
    kind: str
    format: str
    choices: list[str]
    asks: bool
    examples: list[str]


class TargetOut(BaseModel):
    """A field that a column may feed."""

    key: str
    label: str
    type: str


class ExaminedOut(BaseModel):
    """A file as it was found: it is kept until `expires_at`, to be imported."""

    file_id: UUID
    name: str
    size: int
    resource: FileFeature
    encoding: str
    delimiter: str
    header_line: int
    columns: list[ColumnOut]
    fields: list[TargetOut]
    expires_at: datetime


class InboundKeyOut(BaseModel):
    """A new key of an inbound URL. It is shown this once; the one before has ended."""

    key: str
    url: str
    hint: str


class LeadOut(BaseModel):
    """What became of a lead: it was taken, or was taken before."""

    status: Literal["accepted", "repeated"]
