"""What goes in and out of requests for a person's data."""

import re
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, field_validator, model_validator

from hub_app.kernel.fields import Input, Text

PrivacyKind = Literal["preview", "export", "erase"]
PrivacyStatus = Literal["running", "ready", "done", "failed", "cancelled", "erased", "expired"]
Sought = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=3, max_length=100)]


def _with_letters(value: str) -> str:
    if not any(one.isalnum() for one in value):
        raise ValueError("must have a letter or a digit")
    return value


class PersonIn(Input):
    """Somebody, by their e-mail address, or a member by `user_id`. `words` are what else of theirs is looked for everywhere:
    names, phone numbers, other addresses.
    """

    email: Annotated[Text, StringConstraints(strip_whitespace=True, max_length=254)] | None = None
    user_id: UUID | None = None
    words: Annotated[list[Annotated[Sought, AfterValidator(_with_letters)]], Field(max_length=10)] = Field(
        default_factory=list[str]
    )

    @field_validator("email")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
            raise ValueError("must be an e-mail address")
        return value

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.email is None) == (self.user_id is None):
            raise ValueError("needs either email or user_id")
        return self


class EraseIn(Input):
    """`preview_id` is a preview that is ready, `email` the person's address once more."""

    preview_id: UUID
    email: Annotated[Text, StringConstraints(strip_whitespace=True, max_length=254)]


class PrivacyCount(BaseModel):
    """How many rows of a table; `what` says what they are."""

    table: str
    what: str
    rows: int


class PrivacyRequestOut(BaseModel):
    """A request of privacy, without the person whom it is about; `done` of `total` tables are looked through. A preview is to
    be confirmed, an export to be downloaded, until `expires_at`. `error` says why it failed. `can_repeat`: it came to nothing,
    and the person is kept, so that it can be asked for again.
    """

    id: UUID
    kind: PrivacyKind
    status: PrivacyStatus
    of_member: bool
    counts: list[PrivacyCount]
    done: int
    total: int | None
    error: str
    job_id: UUID
    can_repeat: bool
    asked_by: UUID
    asked_by_name: str
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime
