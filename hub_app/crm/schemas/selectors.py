"""Selectors of a site that is read by its pages, as they are tried."""

from typing import Annotated

from pydantic import BaseModel, Field

from hub_app.crm.schemas.integrations import Entered
from hub_app.kernel.fields import Input


class SelectorsIn(Input):
    """Selectors to try in place of the connection's own, by their keys in `auth_config`. Nothing is saved."""

    auth_config: Annotated[dict[str, Entered], Field(max_length=60)] = Field(default_factory=dict[str, str])


class SelectorOut(BaseModel):
    """A selector, how many elements it finds, and the text of the first."""

    key: str
    label: str
    selector: str
    count: int
    first: str


class SelectorsTried(BaseModel):
    """What each found. `problem` says why the pages could not be read, as far as they could not."""

    selectors: list[SelectorOut]
    problem: str
