import reflex as rx

from hub_app.ui.components import (
    avatar,
    badge,
    callout,
    card,
    code,
    copy_button,
    delete_card,
    empty,
    facts,
    method_badge,
    missing,
    new_secret,
    progress,
    secret,
    skeleton,
    stat,
    tabs,
    time,
)
from hub_app.ui.components.button import button
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
        stat(
            "Deliveries",
            "48,210",
            good,
            mark="webhook",
            spark=GuideState.spark,
            spark_label="Deliveries per hour",
        ),
        stat(
            "Median answer",
            "41 ms",
            "95 % below 180 ms",
            mark="timer",
            spark=GuideState.spark,
            spark_label="Median",
        ),
        stat("Endpoints", "12", "1 disabled", mark="plug"),
        stat(
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
    return tabs(
        "Sections",
        GuideState.tab,
        ("overview", "Overview", "/styleguide"),
        ("deliveries", "Deliveries", "/styleguide?tab=deliveries"),
        ("settings", "Settings", "/styleguide?tab=settings"),
    )


def _states() -> rx.Component:
    return card(
        rx.el.div(
            badge("Succeeded", "success"),
            badge("Retrying in 54 s", "warning"),
            badge("Failed", "danger"),
            badge("Sending", "info"),
            badge("Disabled"),
            badge("trim", dot=False),
            *(method_badge(name) for name in ("GET", "POST", "PATCH", "DELETE")),
            avatar("VA"),
            avatar("AS", tenant=True),
            avatar("VA", large=True),
            time("2026-11-21T04:09:48Z"),
            time("2026-11-21T04:09:48Z", show="moment"),
            time("", none="never"),
            class_name="hub-row",
        ),
        rx.el.div(
            callout(
                "Deliveries go on from where they stopped.", "success", title="The endpoint answers again."
            ),
            callout("The old secret is valid until tomorrow, 09:41.", "warning"),
            callout(
                "Check that it answers before it does its work. Nothing is lost: resend when it is ready.",
                "danger",
                title="The receiver did not answer within 30 s, six times.",
            ),
            callout("Every job can be undone.", "info"),
            callout("Seen, not described.", "neutral"),
            class_name="hub-stack hub-spaced",
        ),
        title="States",
        note="badges, times, callouts",
    )


def _facts() -> rx.Component:
    return card(
        facts(
            ("URL", rx.el.span("https://hooks.acme.example/in", class_name="hub-mono")),
            ("Retries", "exponential, 6 times"),
            ("Created", time("2026-11-01T10:09:48Z", show="date")),
            (
                "ID",
                rx.el.span(
                    "evt_2ZkQ4vNn1c7TbX5Lc", copy_button("evt_2ZkQ4vNn1c7TbX5Lc", "Copy ID", small=True)
                ),
            ),
        ),
        progress(2158, 3482, label="Import", text="2,158 of 3,482 · 412 a second · about 3 s left"),
        title="Facts",
    )


def _code() -> rx.Component:
    return card(code(_PAYLOAD, label="Request body", language="json"), title="Code")


def _secrets() -> rx.Component:
    return card(
        rx.el.div(
            secret(
                GuideState.secret, hint="whsec_…LaSw", on_reveal=GuideState.reveal, on_hide=GuideState.hide
            ),
            new_secret(rx.Var.create("hub_pat_s4mpl3"), what="API token"),
            class_name="hub-stack",
        ),
        title="Secrets",
    )


def _empty() -> rx.Component:
    return rx.el.div(
        card(
            empty(
                "webhook",
                "No endpoints yet",
                "An endpoint is an address of yours to which Hub sends events. Add one, send it a test, and watch the"
                " deliveries arrive here.",
                button("Add endpoint", "primary", mark="plus"),
            ),
            flush=True,
        ),
        card(skeleton(6), flush=True),
        missing("webhook", "endpoint", "/styleguide"),
        delete_card("endpoint", "Its deliveries and its secret are deleted too.", GuideState.ask("named")),
        class_name="hub-grid-2",
    )
