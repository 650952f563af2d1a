"""Webhooks' screens."""

import reflex as rx

from hub_app.ui.shell import add_page
from hub_app.webhooks.pages.endpoint import page_of_endpoint
from hub_app.webhooks.pages.endpoints import page_of_endpoints
from hub_app.webhooks.state.deliveries import Deliveries
from hub_app.webhooks.state.delivery import Delivery
from hub_app.webhooks.state.endpoint import Endpoint
from hub_app.webhooks.state.endpoints import Endpoints
from hub_app.webhooks.state.recovery import Recovery
from hub_app.webhooks.state.settings import EndpointSettings
from hub_app.webhooks.state.trial import Trial


def register(app: rx.App) -> None:
    add_page(app, page_of_endpoints, "/webhooks/endpoints", "Endpoints", Endpoints.load)
    # The watcher last: it runs for as long as the page is open.
    add_page(
        app,
        page_of_endpoint,
        "/webhooks/endpoints/[endpoint_id]",
        "Endpoint",
        Endpoint.load,
        Deliveries.load,
        Delivery.load,
        EndpointSettings.load,
        Trial.load,
        Recovery.load,
        Deliveries.watch,
        name=Endpoint.name,
    )
