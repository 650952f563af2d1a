"""The application: pages, REST and background work put together. No logic lives here."""

import reflex as rx
from starlette.types import ASGIApp

from hub_app.kernel import capabilities
from hub_app.kernel.settings import get_settings
from hub_app.lifespan import lifespan
from hub_app.rest import create_rest
from hub_app.ui import events, lost, reports, states, theme
from hub_app.ui.connection import APP_WRAPS
from hub_app.ui.middleware import GuardMiddleware
from hub_app.ui.sockets import Sockets
from hub_app.web import Web


def behind_the_front_door(screens: ASGIApp) -> ASGIApp:
    """REST and the screens under one address."""
    return Web(rest=create_rest(), screens=Sockets(screens))


app = rx.App(
    stylesheets=theme.STYLESHEETS,
    head_components=theme.head(),
    toaster=theme.toaster(),
    app_wraps=APP_WRAPS,
    html_lang="en",
    api_transformer=behind_the_front_door,
    backend_exception_handler=reports.report_failure,
    frontend_exception_handler=reports.report_browser,
)
states.manage(app)
events.listen(app)
app.register_lifespan_task(lifespan)
# First of all: nothing is looked at or sent before it is known whose tab this is.
app.add_middleware(GuardMiddleware(), index=0)

for capability in capabilities.every():
    if capability.pages is not None:
        capability.pages(app)
lost.register(app)
if get_settings().dev_mode:
    # Importing it makes its state, whose events anyone may send.
    from hub_app.ui import styleguide

    styleguide.register(app)
