"""The settings tab of an endpoint."""

import reflex as rx

from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.webhooks.pages.fields import endpoint_fields
from hub_app.webhooks.state.endpoint import EndpointState
from hub_app.webhooks.state.settings import EndpointSettingsState


def settings_tab() -> rx.Component:
    return rx.el.div(
        ui.card(
            ui.facts(
                ("URL", rx.el.span(f"{EndpointState.origin}/…", class_name="hub-mono")),
                ("Events", EndpointState.event_words),
                ("Retries", EndpointState.policy_words),
                ("Rate", EndpointState.rate_words),
                ("Description", rx.cond(EndpointState.description != "", EndpointState.description, "—")),
            ),
            title="Endpoint",
            actions=(
                ui.only(
                    SessionState.is_admin,
                    ui.button(
                        "Edit",
                        mark="pencil",
                        small=True,
                        on_click=EndpointSettingsState.ask_edit,
                        attributes=ui.opener(EndpointSettingsState, "edit"),
                    ),
                    "Customer admins can change this.",
                ),
            ),
        ),
        ui.card(
            rx.cond(
                SessionState.is_admin,
                _secret(),
                ui.only_line("Customer admins can see and rotate the secret."),
            ),
            title="Signing secret",
            note="Your receiver uses it to verify that a delivery comes from Hub.",
        ),
        rx.cond(
            SessionState.is_admin,
            ui.delete_card(
                "endpoint", "Its deliveries and its secret are deleted too.", EndpointSettingsState.ask_delete
            ),
        ),
        _edit(),
        _rotate(),
        _delete(),
        on_unmount=EndpointSettingsState.leave,
        class_name="hub-stack",
    )


def _secret() -> rx.Component:
    return rx.el.div(
        ui.secret(
            EndpointSettingsState.secret,
            hint="whsec_••••••••••••",
            on_reveal=EndpointSettingsState.reveal,
            on_hide=EndpointSettingsState.hide,
        ),
        rx.cond(
            EndpointSettingsState.old_secret_until != "",
            rx.el.p(
                "The old secret is also used until ",
                ui.time(EndpointSettingsState.old_secret_until, show="moment"),
                ".",
                class_name="hub-small hub-text-2",
            ),
        ),
        rx.el.div(
            ui.button("Rotate", mark="refresh_cw", small=True, on_click=EndpointSettingsState.ask("rotate")),
            rx.el.span(
                ui.audited("records each time the secret is revealed.", EndpointState.id),
                class_name="hub-small hub-text-2",
            ),
            class_name="hub-row",
        ),
        class_name="hub-stack",
    )


def _edit() -> rx.Component:
    return ui.form_dialog(
        EndpointSettingsState,
        "edit",
        *endpoint_fields(EndpointSettingsState),
        title=f"Edit {EndpointState.name}",
        text=ui.audited(
            "records that you opened them.",
            EndpointState.id,
            before="Only you see the full URL and the headers here.",
        ),
        on_submit=EndpointSettingsState.save,
        submit="Save",
    )


def _rotate() -> rx.Component:
    return ui.confirm(
        EndpointSettingsState,
        "rotate",
        f"Rotate the secret of {EndpointState.name}",
        text="Hub makes a new secret. For 24 hours it signs with both, so that you have time to put the new one in place.",
        action="Rotate the secret",
        on_confirm=EndpointSettingsState.rotate,
        danger=False,
    )


def _delete() -> rx.Component:
    return ui.confirm(
        EndpointSettingsState,
        "delete",
        f"Delete {EndpointState.name}",
        text=EndpointSettingsState.losses,
        on_confirm=EndpointSettingsState.delete,
        type_name=EndpointSettingsState.name,
    )
