"""The fields that adding and editing an endpoint have in common."""

from collections.abc import Sequence

import reflex as rx

from hub_app.ui.components import number_field, select_field, tags_field, text_field, textarea_field
from hub_app.ui.components.fields import Errors
from hub_app.ui.elements import Text
from hub_app.webhooks.delivery.retry import RetryPolicy
from hub_app.webhooks.state.policies import NAMES


def endpoint_fields(  # noqa: PLR0913 - a form has as many starts as fields
    errors: Errors,
    *,
    policies: Text,
    known_types: Text,
    name: Text = "",
    url: Text = "",
    events: Text = "",
    policy: Text = RetryPolicy.EXPONENTIAL.value,
    rate: Text = "",
    description: Text = "",
) -> Sequence[rx.Component]:
    """Name, URL, events, retries, rate, description; the rest says what they start with."""
    options = [(one.value, words) for one, words in NAMES.items()]
    return (
        text_field("name", "Name", value=name, errors=errors, auto_focus=True, placeholder="Warehouse"),
        text_field(
            "url", "URL", value=url, errors=errors, mono=True, placeholder="https://hooks.example.com/hub"
        ),
        tags_field(
            "events",
            "Events",
            value=events,
            suggestions=known_types,
            errors=errors,
            text="Empty means all. task.* means all of a family.",
        ),
        rx.el.div(
            select_field("retry_policy", "Retries", options, value=policy, text=policies, errors=errors),
            number_field(
                "rate_limit",
                "At most per second",
                value=rate,
                minimum=1,
                maximum=1000,
                errors=errors,
                optional=True,
                placeholder="No limit",
            ),
            class_name="hub-grid-2",
        ),
        textarea_field("description", "Description", value=description, errors=errors, rows=2, optional=True),
    )
