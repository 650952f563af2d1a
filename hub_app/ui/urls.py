"""Addresses of screens: what a page shows is in its URL, defaults left out."""

from collections.abc import Collection
from urllib.parse import urlencode

import orjson
import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.settings import get_settings
from hub_app.ui.arguments import is_text


def url_with(path: str, **params: str | int | None) -> str:
    """`path` with these query parameters; empty ones are left out.

    url_with("/webhooks/endpoints", status="failed", page=None)  # /webhooks/endpoints?status=failed
    """
    query = urlencode({name: value for name, value in params.items() if value not in {None, ""}})
    return f"{path}?{query}" if query else path


def query(state: rx.State, name: str, allowed: Collection[str] | None = None, default: str = "") -> str:
    """A query parameter of the page; `default` when it is absent, not one of `allowed`, or no text that databases take."""
    value = state.router.url.query_parameters.get(name, default)
    return value if is_text(value) and (allowed is None or value in allowed) else default


def path(state: rx.State) -> str:
    """The page's path without the slash that a direct load puts at its end; `/` when it is no text."""
    found = state.router.url.path
    return (found.rstrip("/") if is_text(found) else "") or "/"


def own_origin(state: rx.State) -> str:
    """Where this tab's person opens Hub: `PUBLIC_URL`, else the tab's own address, which the front door has checked."""
    return get_settings().public_url or state.router.headers.origin


def leave_for(url: str) -> EventSpec:
    """A full page load of a foreign address; the router would look for it among Hub's pages."""
    return rx.call_script(f"window.location.assign({orjson.dumps(url).decode()})")
