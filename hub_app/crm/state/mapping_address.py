"""Where a connection's mapping is looked at, and its quarantine."""

from dataclasses import dataclass
from typing import get_args

from hub_app.crm.schemas.mappings import Feature
from hub_app.crm.state.connection import TABS
from hub_app.ui.page_address import PageAddress, parameter

RESOURCES: tuple[Feature, ...] = get_args(Feature)
WORDS: dict[str, str] = {one: one.capitalize() for one in RESOURCES}


@dataclass(frozen=True)
class MappingAddress(PageAddress):
    """A connection's page: which kind of record is mapped, and which record of the sample is shown."""

    tab: str = parameter(TABS, default=TABS[0])
    resource: str = parameter(RESOURCES)
    record: str = parameter(longest=200)


@dataclass(frozen=True)
class QuarantineAddress(PageAddress):
    """A connection's page: which rows of its quarantine are listed, and the one that is open."""

    tab: str = parameter(TABS, default=TABS[0])
    status: str = parameter(("open", "resolved", "dismissed"), default="open")
    item: str = parameter(longest=64, stays=False)
