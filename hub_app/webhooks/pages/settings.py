"""The settings tab of an endpoint."""

import reflex as rx

from hub_app.ui.components import (
    beside,
    button,
    card,
    confirm,
    facts,
    form_dialog,
    only,
    only_line,
    secret,
    textarea_field,
    time,
)
from hub_app.ui.session import Session
from hub_app.webhooks.pages.fields import endpoint_fields
from hub_app.webhooks.state.endpoint import Endpoint
from hub_app.webhooks.state.settings import EndpointSettings


def settings_tab() -> rx.Component:
    return rx.el.div(
        card(
            facts(
                ("URL", rx.el.span(f"{Endpoint.origin}/…", class_name="hub-mono")),
                ("Events", Endpoint.event_words),
                ("Retries", Endpoint.policy_words),
                ("Rate", Endpoint.rate_words),
                ("Description", rx.cond(Endpoint.description != "", Endpoint.description, "—")),
            ),
            title="Endpoint",
            actions=(
                only(
                    Session.is_admin,
                    button("Edit", mark="pencil", small=True, on_click=EndpointSettings.ask_edit),
                    "Customer admins can change this.",
                ),
            ),
        ),
        card(
            rx.cond(Session.is_admin, _secret(), only_line("Customer admins can see and rotate the secret.")),
            title="Signing secret",
            note="Your receiver verifies with it that a delivery is from Hub.",
        ),
        rx.cond(Session.is_admin, _danger()),
        _edit(),
        _rotate(),
        _delete(),
        on_unmount=EndpointSettings.leave,
        class_name="hub-stack",
    )


def _secret() -> rx.Component:
    return rx.el.div(
        secret(
            EndpointSettings.secret,
            hint="whsec_••••••••••••",
            on_reveal=EndpointSettings.reveal,
            on_hide=EndpointSettings.hide,
        ),
        rx.cond(
            EndpointSettings.old_secret_until != "",
            rx.el.p(
                "The old secret signs as well until ",
                time(EndpointSettings.old_secret_until, show="moment"),
                ".",
                class_name="hub-small hub-text-2",
            ),
        ),
        rx.el.div(
            button("Rotate", mark="refresh_cw", small=True, on_click=EndpointSettings.ask_rotate),
            rx.el.span("Each reveal is written to the audit log.", class_name="hub-small hub-text-2"),
            class_name="hub-row",
        ),
        class_name="hub-stack",
    )


def _danger() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.p("The endpoint goes with its deliveries and its secret.", class_name="hub-text-2"),
            button("Delete endpoint", "danger-quiet", mark="trash_2", on_click=EndpointSettings.ask_delete),
            class_name="hub-row hub-row-between",
        ),
        title="Delete",
    )


def _edit() -> rx.Component:
    errors = beside(EndpointSettings)
    return form_dialog(
        *endpoint_fields(
            errors,
            policies=EndpointSettings.policies,
            known_types=EndpointSettings.known_types,
            name=EndpointSettings.name,
            url=EndpointSettings.url,
            events=EndpointSettings.events,
            policy=EndpointSettings.retry_policy,
            rate=EndpointSettings.rate_limit,
            description=EndpointSettings.description,
        ),
        textarea_field(
            "headers",
            "Headers",
            value=EndpointSettings.headers,
            errors=errors,
            rows=3,
            mono=True,
            optional=True,
            text="One a line, as Name: value. They go with every delivery.",
        ),
        title=f"Edit {Endpoint.name}",
        text="The full URL and the headers are shown to you alone; that you opened them is in the audit log.",
        open=EndpointSettings.dialog == "edit",
        on_open_change=EndpointSettings.toggle,
        on_close=EndpointSettings.close,
        on_submit=EndpointSettings.save,
        submit="Save",
        busy=EndpointSettings.busy,
    )


def _rotate() -> rx.Component:
    return confirm(
        title=f"Rotate the secret of {Endpoint.name}?",
        text="Hub makes a new secret. For 24 hours it signs with both, so that you can put the new one in place.",
        action="Rotate the secret",
        open=EndpointSettings.dialog == "rotate",
        on_open_change=EndpointSettings.toggle,
        on_cancel=EndpointSettings.close,
        on_confirm=EndpointSettings.rotate,
        busy=EndpointSettings.busy,
        danger=False,
    )


def _delete() -> rx.Component:
    return confirm(
        title=f"Delete {Endpoint.name}?",
        text=EndpointSettings.losses,
        action=f"Delete {Endpoint.name}",
        open=EndpointSettings.dialog == "delete",
        on_open_change=EndpointSettings.toggle,
        on_cancel=EndpointSettings.close,
        on_confirm=EndpointSettings.delete,
        busy=EndpointSettings.busy,
        type_name=EndpointSettings.name,
    )
