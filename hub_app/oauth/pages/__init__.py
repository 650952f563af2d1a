"""OAuth's screens."""

import reflex as rx

from hub_app.oauth.pages.app import page_of_app
from hub_app.oauth.pages.apps import page_of_apps
from hub_app.oauth.pages.connections import page_of_connections
from hub_app.oauth.state.app import OauthAppState
from hub_app.oauth.state.apps import OauthAppsState
from hub_app.oauth.state.catalogue import CatalogueState
from hub_app.oauth.state.connection import ConnectionState
from hub_app.oauth.state.connections import ConnectionsState
from hub_app.ui.shell import add_page


def register(app: rx.App) -> None:
    # The watcher last: it runs for as long as the page is open.
    add_page(
        app,
        page_of_connections,
        "/apps/connections",
        "OAuth connections",
        CatalogueState.load,
        ConnectionsState.load,
        ConnectionState.load,
        ConnectionsState.watch,
    )
    add_page(app, page_of_apps, "/operator/oauth-apps", "OAuth apps", OauthAppsState.load)
    add_page(
        app,
        page_of_app,
        "/operator/oauth-apps/[app]",
        "OAuth app",
        OauthAppState.load,
        name=OauthAppState.name,
    )
