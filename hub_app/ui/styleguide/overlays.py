import reflex as rx

from hub_app.ui import components as ui
from hub_app.ui.styleguide.controls import fields
from hub_app.ui.styleguide.state import GuideState


def actions() -> list[rx.Component]:
    """The page's actions."""
    return [
        ui.button(
            "Toast",
            on_click=rx.toast.success("Secret rotated.", description="The old one is valid until 09:41."),
        ),
        ui.button(
            "Add endpoint",
            "primary",
            mark="plus",
            on_click=GuideState.ask("form"),
            attributes=ui.opener(GuideState, "form"),
        ),
    ]


def sections() -> list[rx.Component]:
    """Dialogs, confirmations, drawer, toasts."""
    return [
        ui.card(
            rx.el.div(
                ui.button(
                    "Dialog", on_click=GuideState.ask("form"), attributes=ui.opener(GuideState, "form")
                ),
                ui.button("Confirm", "danger-quiet", on_click=GuideState.ask("confirm")),
                ui.button("Confirm by name", "danger-quiet", on_click=GuideState.ask("named")),
                ui.button("Warning", on_click=rx.toast.warning("The endpoint answers slowly.")),
                ui.button(
                    "Error", on_click=rx.toast.error("The test was not sent: the host name does not resolve.")
                ),
                ui.button("Info", on_click=rx.toast.info("Import started.")),
                class_name="hub-row",
            ),
            title="Overlays",
        ),
        _dialog(),
        _confirm(),
        _named(),
        _drawer(),
    ]


def _dialog() -> rx.Component:
    return ui.form_dialog(
        GuideState,
        "form",
        *fields(),
        title="Add endpoint",
        text="Hub sends your events to this address.",
        on_submit=GuideState.submit,
        submit="Add endpoint",
    )


def _confirm() -> rx.Component:
    return ui.confirm(
        GuideState,
        "confirm",
        "Revoke the token CI bot",
        text="Whatever uses it is refused from this moment on.",
        action="Revoke CI bot",
        on_confirm=GuideState.delete,
    )


def _named() -> rx.Component:
    return ui.confirm(
        GuideState,
        "named",
        "Delete the endpoint Warehouse",
        text="Its 48,210 deliveries and its secret are deleted with it. This cannot be undone.",
        action="Delete Warehouse",
        on_confirm=GuideState.delete,
        type_name="Warehouse",
    )


def _drawer() -> rx.Component:
    attempts = [
        ("2.", "timeout", "30.0 s", "2026-11-21T10:41:07Z"),
        ("1.", "503 Service Unavailable", "212 ms", "2026-11-21T10:25:02Z"),
    ]
    return ui.drawer(
        GuideState,
        ui.callout(
            "Check that it answers before it does its work. Nothing is lost: resend when it is ready.",
            "danger",
            title="The receiver did not answer within 30 s, six times.",
        ),
        rx.el.div(
            ui.button("Resend now", "primary", mark="refresh_cw", small=True),
            ui.copy_button("curl", "Copy as curl", small=True, show_label=True),
            class_name="hub-row",
        ),
        rx.el.div(
            rx.el.h3("Attempts", class_name="hub-h2"),
            rx.el.span(ui.zone_name(), class_name="hub-small hub-text-2"),
            class_name="hub-row",
        ),
        rx.el.ul(
            *(
                rx.el.li(
                    rx.el.a(
                        rx.el.span(class_name="hub-dot hub-dot-danger"),
                        rx.el.span(number, class_name="hub-figures"),
                        rx.el.span(what),
                        rx.el.span(
                            ui.time(at, show="second"), " · ", took, class_name="hub-text-2 hub-figures"
                        ),
                        href="/styleguide?delivery=evt",
                        custom_attrs={"aria-current": "true" if number == "2." else "false"},
                    )
                )
                for number, what, took, at in attempts
            ),
            class_name="hub-attempts",
        ),
        ui.code('{"id": "tsk_8812", "minutes": 95}', label="Request body", language="json"),
        rx.el.p("Created ", ui.time("2026-11-21T04:09:48Z"), class_name="hub-small hub-text-2"),
        title="task.completed",
        badge=ui.badge("Failed", "danger"),
        sub=GuideState.id,
        previous=rx.Var.create(""),
        next=rx.Var.create("/styleguide?delivery=next"),
    )
