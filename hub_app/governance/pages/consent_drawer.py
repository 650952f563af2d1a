"""One consent of the history, in the drawer."""

import reflex as rx

from hub_app.governance.pages.consent_status import STOPS
from hub_app.governance.state.consent_drawer import ConsentState
from hub_app.governance.state.consents import ConsentsState
from hub_app.ui import components as ui

BADGES: dict[str, tuple[str, ui.Tone]] = {
    "given": ("Given", "success"),
    "outdated": ("Outdated", "warning"),
    "replaced": ("Replaced", "neutral"),
    "revoked": ("Revoked", "danger"),
}


def consent_drawer() -> rx.Component:
    return rx.fragment(_panel(), _revoke())


def _panel() -> rx.Component:
    one = ConsentState
    return ui.drawer(
        one,
        rx.cond(
            one.ended_at != "",
            ui.callout(
                rx.fragment(
                    "By ", rx.cond(one.ended_by != "", one.ended_by, "Hub"), ", ", ui.time(one.ended_at)
                ),
                "danger",
                title="Revoked",
            ),
        ),
        rx.cond(
            one.replaced_by != "",
            ui.callout(
                "A newer consent replaced this one.",
                "neutral",
                title="Replaced",
                action=ui.button_link("Newer consent", one.replaced_by, small=True),
            ),
        ),
        rx.cond(
            one.state == "outdated",
            ui.callout(
                "This consent was given under an earlier version of the policy. It stays in effect until someone revokes it.",
                "warning",
                title="Outdated",
            ),
        ),
        rx.cond(one.description != "", rx.el.p(one.description)),
        rx.cond(one.may_revoke, _end()),
        ui.facts(
            ("Type", one.type),
            ("Given by", one.who),
            ("Source", one.source),
            ("IP address", rx.cond(one.ip != "", one.ip, "—")),
            ("Given", ui.time(one.at, show="moment")),
            ("Policy version", one.version),
            (
                "For",
                rx.cond(one.page != "", rx.el.a(one.name, href=one.page, class_name="hub-link"), one.name),
            ),
            (
                "Resource ID",
                rx.el.a(one.resource_id, href=one.others, class_name="hub-link hub-mono hub-break"),
            ),
        ),
        rx.el.p(ui.audited("records when consent is given and revoked.", one.id), class_name="hub-help"),
        title=one.name,
        sub=one.kind,
        badge=ui.status_badge(one.state, BADGES),
        previous=ConsentsState.above,
        next=ConsentsState.below,
    )


def _end() -> rx.Component:
    one = ConsentState
    return rx.el.div(
        ui.button("Revoke", "danger-quiet", small=True, on_click=one.ask("revoke")),
        rx.cond(
            ~one.binds,
            rx.el.span("Hub calls nothing under this consent.", class_name="hub-small hub-text-2"),
        ),
        class_name="hub-row",
    )


def _revoke() -> rx.Component:
    one = ConsentState
    nothing = "Hub calls nothing under this consent, so nothing stops. The history shows that it was revoked."
    return ui.confirm(
        one,
        "revoke",
        f"Revoke consent for {one.name}",
        text=rx.cond(one.binds, STOPS, nothing),
        action="Revoke consent",
        on_confirm=one.revoke,
    )
