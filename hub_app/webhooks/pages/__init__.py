"""Webhooks' screens."""

import reflex as rx

from hub_app.ui.shell import add_page
from hub_app.webhooks.pages.endpoint import page_of_endpoint
from hub_app.webhooks.pages.endpoints import page_of_endpoints
from hub_app.webhooks.state.deliveries import DeliveriesState
from hub_app.webhooks.state.delivery import DeliveryState
from hub_app.webhooks.state.endpoint import EndpointState
from hub_app.webhooks.state.endpoints import EndpointsState
from hub_app.webhooks.state.recovery import RecoveryState
from hub_app.webhooks.state.settings import EndpointSettingsState
from hub_app.webhooks.state.testing import EndpointTestState


def register(app: rx.App) -> None:
    add_page(app, page_of_endpoints, "/webhooks/endpoints", "Endpoints", EndpointsState.load)
    # The watcher last: it runs for as long as the page is open.
    add_page(
        app,
        page_of_endpoint,
        "/webhooks/endpoints/[endpoint_id]",
        "Endpoint",
        EndpointState.load,
        DeliveriesState.load,
        DeliveryState.load,
        EndpointSettingsState.load,
        EndpointTestState.load,
        RecoveryState.close,
        DeliveriesState.watch,
        name=EndpointState.name,
    )
