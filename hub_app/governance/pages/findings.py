"""What verifications of the audit log found: of the tenant's own, on its page."""

import reflex as rx

from hub_app.governance.state.audit import AuditState
from hub_app.ui import components as ui
from hub_app.ui.elements import Rows


def own_verification() -> rx.Component:
    """When the tenant's log was last verified, and whether it was whole; nothing before the first time."""
    chosen = rx.match(
        AuditState.whole,
        ("yes", rx.el.p("Verified ", _at(), ": it is intact.", class_name="hub-small hub-text-2")),
        (
            "no",
            ui.callout(
                rx.el.div(sentences(AuditState.findings), _found()), "danger", title="This log was changed"
            ),
        ),
        rx.cond(
            AuditState.verified_at != "",
            ui.callout(
                rx.el.span(
                    "When the logs of this installation were verified ",
                    _at(),
                    ", some entries could not be read.",
                ),
                "warning",
            ),
            rx.fragment(),
        ),
    )
    return rx.cond(AuditState.loaded, chosen, rx.fragment())


def sentences(found: Rows) -> rx.Component:
    return rx.el.ul(rx.foreach(found, rx.el.li), class_name="hub-plain hub-stack-tight")


def _found() -> rx.Component:
    return rx.el.p("Found when it was verified ", _at(), ". Operators of this installation can see it too.")


def _at() -> rx.Component:
    return ui.time(AuditState.verified_at)
