import reflex as rx

from hub_app.ui import components as ui
from hub_app.ui.styleguide.state import GuideState

_PAYLOAD = """{
  "type": "task.completed",
  "timestamp": "2026-11-21T10:09:48Z",
  "data": {
    "id": "tsk_8812",
    "billable": true,
    "assignee": null,
    "duration_minutes": 95
  }
}"""


def sections() -> list[rx.Component]:
    """Figures, states, facts, code."""
    return [
        _stats(),
        _tabs(),
        _states(),
        rx.el.div(_facts(), _code(), class_name="hub-grid-2"),
        _secrets(),
        _empty(),
    ]


def _stats() -> rx.Component:
    good = rx.fragment(rx.el.span("99.6 %", class_name="hub-text-success"), " succeeded")
    bad = rx.fragment(rx.el.span("41", class_name="hub-text-danger"), " rate limited")
    return rx.el.div(
        ui.stat(
            "Deliveries",
            "48,210",
            good,
            mark="webhook",
            spark=GuideState.spark,
            spark_label="Deliveries per hour",
        ),
        ui.stat(
            "Median answer",
            "41 ms",
            "95 % below 180 ms",
            mark="timer",
            spark=GuideState.spark,
            spark_label="Median",
        ),
        ui.stat("Endpoints", "12", "1 disabled", mark="plug"),
        ui.stat(
            "API calls",
            "12,904",
            bad,
            mark="square_code",
            spark=GuideState.spark,
            spark_label="Calls per hour",
        ),
        class_name="hub-grid-4",
    )


def _tabs() -> rx.Component:
    return ui.tabs(
        "Sections",
        GuideState.tab,
        ("overview", "Overview", "/styleguide"),
        ("deliveries", "Deliveries", "/styleguide?tab=deliveries"),
        ("settings", "Settings", "/styleguide?tab=settings"),
    )


def _states() -> rx.Component:
    return ui.card(
        rx.el.div(
            ui.badge("Succeeded", "success"),
            ui.badge("Retrying in 54 s", "warning"),
            ui.badge("Failed", "danger"),
            ui.badge("Sending", "info"),
            ui.badge("Disabled"),
            ui.badge("trim", dot=False),
            *(ui.method_badge(name) for name in ("GET", "POST", "PATCH", "DELETE")),
            ui.avatar("VA"),
            ui.avatar("AS", tenant=True),
            ui.avatar("VA", large=True),
            ui.time("2026-11-21T04:09:48Z"),
            ui.time("2026-11-21T04:09:48Z", show="moment"),
            ui.time("", none="never"),
            class_name="hub-row",
        ),
        rx.el.div(
            ui.callout(
                "Deliveries go on from where they stopped.", "success", title="The endpoint answers again."
            ),
            ui.callout("The old secret is valid until tomorrow, 09:41.", "warning"),
            ui.callout(
                "Check that it answers before it does its work. Nothing is lost: resend when it is ready.",
                "danger",
                title="The receiver did not answer within 30 s, six times.",
            ),
            ui.callout("Every job can be undone.", "info"),
            ui.callout("Seen, not described.", "neutral"),
            class_name="hub-stack hub-spaced",
        ),
        title="States",
        note="badges, times, callouts",
    )


def _facts() -> rx.Component:
    return ui.card(
        ui.facts(
            ("URL", rx.el.span("https://hooks.acme.example/in", class_name="hub-mono")),
            ("Retries", "exponential, 6 times"),
            ("Created", ui.time("2026-11-01T10:09:48Z", show="date")),
        ),
        ui.row(
            ui.ident("01a2027e-8b5c-7000-88d4-518508eb29b3"),
            ui.short_ident(rx.Var.create("01a2027e-8b5c-7000-88d4-518508eb29b3"), "Warehouse"),
        ),
        ui.progress(2158, 3482, label="Import", text="2,158 of 3,482 · 412 a second · about 3 s left"),
        title="Facts",
    )


def _code() -> rx.Component:
    return ui.card(ui.code(_PAYLOAD, label="Request body", language="json"), title="Code")


def _secrets() -> rx.Component:
    return ui.card(
        rx.el.div(
            ui.secret(
                GuideState.secret, hint="whsec_…LaSw", on_reveal=GuideState.reveal, on_hide=GuideState.hide
            ),
            ui.new_secret(rx.Var.create("hub_pat_s4mpl3"), what="API token"),
            class_name="hub-stack",
        ),
        title="Secrets",
    )


def _empty() -> rx.Component:
    return rx.el.div(
        ui.card(
            ui.empty(
                "webhook",
                "No endpoints yet",
                "An endpoint is an address of yours to which Hub sends events. Add one, send it a test, and watch the"
                " deliveries arrive here.",
                ui.button("Add endpoint", "primary", mark="plus"),
            ),
            flush=True,
        ),
        ui.card(ui.skeleton(6), flush=True),
        ui.missing("webhook", "endpoint", "/styleguide"),
        ui.delete_card("endpoint", "Its deliveries and its secret are deleted too.", GuideState.ask("named")),
        class_name="hub-grid-2",
    )
