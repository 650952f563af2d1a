"""The fields that adding and editing an endpoint have in common."""

from collections.abc import Sequence

import reflex as rx

from hub_app.ui import components as ui
from hub_app.webhooks.state.endpoints import EndpointsState
from hub_app.webhooks.state.policies import NAMES
from hub_app.webhooks.state.settings import EndpointSettingsState


def endpoint_fields(of: type[EndpointsState | EndpointSettingsState]) -> Sequence[rx.Component]:
    """Name, URL, events, retries, rate, description, headers."""
    policies = [(one.value, words) for one, words in NAMES.items()]
    return (
        ui.text_field("name", "Name", of=of, auto_focus=True, placeholder="Warehouse"),
        # Many services put a secret into it.
        ui.text_field(
            "url", "URL", of=of, mono=True, placeholder="https://hooks.example.com/hub", private=True
        ),
        ui.tags_field(
            "events",
            "Events",
            of=of,
            suggestions=of.known_types,
            text="Leave empty for all events. task.* means all events of that family.",
        ),
        rx.el.div(
            ui.select_field("retry_policy", "Retries", policies, of=of, text=of.policies),
            ui.number_field(
                "rate_limit",
                "Maximum per second",
                of=of,
                minimum=1,
                maximum=1000,
                optional=True,
                placeholder="No limit",
            ),
            class_name="hub-grid-2",
        ),
        ui.textarea_field("description", "Description", of=of, rows=2, optional=True),
        ui.textarea_field(
            "headers",
            "Headers",
            of=of,
            rows=3,
            mono=True,
            optional=True,
            text="One per line, as Name: value. They are sent with every delivery.",
            private=True,
        ),
    )
