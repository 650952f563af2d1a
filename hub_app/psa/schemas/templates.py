"""What sessions and notes begin with, and how people write."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from hub_app.kernel.edits import Versioned
from hub_app.kernel.fields import Input, Name, Patch, Text
from hub_app.psa.provider.types import NoteType
from hub_app.psa.schemas.posts import LONGEST_NOTE
from hub_app.psa.schemas.sessions import Body, Tags, Title

Toolbar = Literal["full", "basic"]
Theme = Literal["auto", "light", "dark"]
NoteText = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NOTE)]
BoardId = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]


class SessionTemplateIn(Input):
    """What a session can begin with. Steps are lines such as `- [ ] Call back`."""

    name: Name
    title: Title | None = None
    body: Body = ""
    tags: Tags = Field(default_factory=list[str])


class SessionTemplatePatch(Patch):
    nullable: ClassVar[frozenset[str]] = frozenset({"title"})

    name: Name | None = None
    title: Title | None = None
    body: Body | None = None
    tags: Tags | None = None


class SessionTemplateOut(Versioned):
    id: UUID
    name: str
    title: str | None
    body: str
    tags: list[str]
    steps: int
    created_at: datetime
    updated_at: datetime


class NoteTemplateIn(Input):
    """How a session becomes a note, in Markdown with placeholders such as `{{ session.body }}`. Without a board it holds for all that
    have none of their own.
    """

    board_id: BoardId = ""
    note_type: NoteType = "internal_analysis"
    text: NoteText


class NoteTemplatePatch(Patch):
    note_type: NoteType | None = None
    text: NoteText | None = None


class NoteTemplateOut(Versioned):
    id: UUID
    board_id: str
    board_name: str
    note_type: NoteType
    text: str
    created_at: datetime
    updated_at: datetime


class PlaceholderOut(BaseModel):
    """A placeholder, and what stands in its place."""

    name: str
    meaning: str


class Snippet(Input):
    """A text to insert by its name."""

    name: Name
    text: Annotated[Text, StringConstraints(min_length=1, max_length=5000)]


class EditorSettingsIn(Input):
    """How the tenant's engineers write."""

    toolbar: Toolbar = "full"
    theme: Theme = "auto"
    snippets: Annotated[list[Snippet], Field(max_length=50)] = Field(default_factory=list[Snippet])


class EditorSettingsOut(Versioned):
    toolbar: Toolbar
    theme: Theme
    snippets: list[Snippet]
    updated_at: datetime | None
