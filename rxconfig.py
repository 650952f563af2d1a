"""Reflex's configuration. What depends on the installation is in `hub_app/kernel/settings.py`."""

import reflex as rx

config = rx.Config(
    app_name="hub_app",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    # No other origin may use the screens' interface; `hub_app/web.py` checks the websocket as it does REST.
    cors_allowed_origins=[],
    # Replaced in the finished build by the address the page came from (`hub_app/build.py`).
    api_url="http://localhost:3000",
    deploy_url=None,
    plugins=[
        rx.plugins.RadixThemesPlugin(
            theme=rx.theme(accent_color="indigo", gray_color="slate", radius="medium"),
        )
    ],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
