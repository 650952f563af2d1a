"""The headers of files of CRMs that are no providers yet, where they say more, or something else, than a field's usual names.

They are what was seen, not what is promised: a header that is not there does no harm, and a person corrects the rest.
"""

from collections.abc import Mapping

Preset = Mapping[str, str]
"""The key of the target (`targets.py`) by the header."""

CLIENTS: dict[str, Preset] = {
    "honeybook": {"Client Name": "name", "Organization": "company", "Client Info": "people"},
}
PROJECTS: dict[str, Preset] = {
    "honeybook": {
        "Client Info": "people",
        "Project Date": "event_date",
        "Stage": "status",
        "Total Project Value": "value",
        "Total Paid": "paid",
        "Booked": "booking_date",
    },
}
