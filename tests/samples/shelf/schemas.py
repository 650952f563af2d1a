"""What goes in and out of the shelf."""

from uuid import UUID

from pydantic import BaseModel

from hub_app.kernel.fields import Input, Name


class BookIn(Input):
    title: Name


class BookOut(BaseModel):
    id: UUID
    title: str
    read: bool
