"""How apps and the states of connections are recognized."""

from pathlib import Path
from typing import cast

import reflex as rx

from hub_app.ui import components as ui
from hub_app.ui.elements import Text

STATES: dict[str, tuple[str, ui.Tone]] = {
    "connected": ("Connected", "success"),
    "expired": ("Expired: reconnect", "danger"),
    "error": ("Error", "warning"),
    "revoked": ("Disconnected", "neutral"),
    "stopped": ("Consent revoked", "danger"),
}
_FOLDER = Path(__file__).parents[3] / "assets" / "logos"
LOGOS = sorted(file.stem for file in _FOLDER.glob("*.svg"))


def app_mark(logo: Text, initials: Text) -> rx.Component:
    """An app's logo, or its initials, in a tile; its name must stand beside it."""
    drawn = rx.match(logo, *((name, _logo(name)) for name in LOGOS), rx.el.span(initials))
    return rx.el.span(
        cast("rx.Component", drawn), class_name="hub-app-mark", custom_attrs={"aria-hidden": "true"}
    )


def _logo(name: str) -> rx.Component:
    return rx.el.span(class_name="hub-app-logo", style={"--hub-logo": f"url(/logos/{name}.svg)"})
