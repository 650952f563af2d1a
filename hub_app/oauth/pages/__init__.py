"""OAuth's screens."""

import reflex as rx

from hub_app.oauth.pages.app import page_of_app
from hub_app.oauth.pages.apps import page_of_apps
from hub_app.oauth.pages.connections import page_of_connections
from hub_app.oauth.state.app import OauthAppEntry
from hub_app.oauth.state.apps import OauthApps
from hub_app.oauth.state.catalogue import Catalogue
from hub_app.oauth.state.connection import Connection
from hub_app.oauth.state.connections import Connections
from hub_app.ui.shell import add_page


def register(app: rx.App) -> None:
    # The watcher last: it runs for as long as the page is open.
    add_page(
        app,
        page_of_connections,
        "/apps/connections",
        "OAuth connections",
        Catalogue.load,
        Connections.load,
        Connection.load,
        Connections.watch,
    )
    add_page(app, page_of_apps, "/operator/oauth-apps", "OAuth apps", OauthApps.load)
    add_page(
        app,
        page_of_app,
        "/operator/oauth-apps/[app]",
        "OAuth app",
        OauthAppEntry.load,
        name=OauthAppEntry.name,
    )
