"""Leaving Hub for a provider's own pages."""

import orjson
import reflex as rx
from reflex.event import EventSpec


def leave_for(url: str) -> EventSpec:
    """A full page load of a foreign address; the router would look for it among Hub's pages."""
    return rx.call_script(f"window.location.assign({orjson.dumps(url).decode()})")
