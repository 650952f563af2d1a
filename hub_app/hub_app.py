"""The application: pages, REST and background work put together. No logic lives here."""

import logging
import secrets
from pathlib import Path

import reflex as rx
from reflex.event import EventSpec
from starlette.types import ASGIApp

from hub_app.kernel import capabilities
from hub_app.lifespan import lifespan
from hub_app.rest import create_rest
from hub_app.ui.guard import GuardMiddleware
from hub_app.web import Web

_log = logging.getLogger(__name__)


def report_failure(exception: Exception) -> EventSpec:
    """Tell the person that a screen's action failed, with the number under which the log has the details."""
    reference = secrets.token_hex(4)
    _log.error("Screen event failed, reference %s", reference, exc_info=exception)
    return rx.toast.error(
        f"Something went wrong on our side, and the action may not have finished. Reference: {reference}"
    )


def _behind_the_front_door(screens: ASGIApp) -> ASGIApp:
    return Web(rest=create_rest(), screens=screens)


app = rx.App(
    stylesheets=["/tokens.css"] if Path("assets/tokens.css").exists() else [],
    html_lang="en",
    api_transformer=_behind_the_front_door,
    backend_exception_handler=report_failure,
)
app.register_lifespan_task(lifespan)
# First of all: nothing is looked at or sent before it is known whose tab this is.
app.add_middleware(GuardMiddleware(), index=0)

if not capabilities.rooms("pages"):
    app.add_page(rx.heading("Hub"), route="/", title="Hub")
for pages in capabilities.rooms("pages"):
    pages.register(app)
