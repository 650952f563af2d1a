"""Governance's screens."""

import reflex as rx

from hub_app.governance.pages.audit import page_of_audit_log
from hub_app.governance.pages.privacy import page_of_privacy
from hub_app.governance.state.audit import AuditEntryState, AuditState
from hub_app.governance.state.privacy import PrivacyState
from hub_app.ui.shell import add_page


def register(app: rx.App) -> None:
    add_page(app, page_of_audit_log, "/governance/audit", "Audit log", AuditState.load, AuditEntryState.load)
    add_page(app, page_of_privacy, "/governance/privacy", "Privacy", PrivacyState.load, PrivacyState.watch)
