"""What the page of an endpoint shows, from its address."""

from dataclasses import dataclass

from hub_app.ui.page_address import PageAddress, parameter

TABS = ("overview", "deliveries", "settings", "test")
STATUSES = {
    "succeeded": "Succeeded",
    "failed": "Failed",
    "pending": "Waiting",
    "delivering": "Sending",
    "expired": "Expired",
    "cancelled": "Cancelled",
}
PARTS = ("request", "response", "headers", "verify")


@dataclass(frozen=True)
class EndpointAddress(PageAddress):
    """The tab; of the deliveries the filters, and the one in the drawer with the part and the attempt that are shown."""

    tab: str = parameter(TABS, default=TABS[0])
    status: str = parameter(STATUSES)
    type: str = parameter()
    delivery: str = parameter(stays=False)
    part: str = parameter(PARTS, default=PARTS[0], stays=False)
    attempt: str = parameter(stays=False)
