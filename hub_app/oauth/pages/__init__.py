"""OAuth's screens."""

import reflex as rx

from hub_app.oauth.pages.app import page_of_app
from hub_app.oauth.pages.apps import page_of_apps
from hub_app.oauth.state.app import OauthAppEntry
from hub_app.oauth.state.apps import OauthApps
from hub_app.ui.nav import NavEntry
from hub_app.ui.shell import add_page

NAV = [NavEntry("OAuth apps", "/operator/oauth-apps", "app_window", group="Operator", order=1)]


def register(app: rx.App) -> None:
    add_page(app, page_of_apps, "/operator/oauth-apps", "OAuth apps", OauthApps.load)
    add_page(app, page_of_app, "/operator/oauth-apps/[app]", "OAuth app", OauthAppEntry.load)
