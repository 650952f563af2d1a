"""Governance's screens."""

import reflex as rx

from hub_app.governance.pages.audit import page_of_audit_log, page_of_installation_log
from hub_app.governance.pages.consents import page_of_consents
from hub_app.governance.pages.privacy import page_of_privacy
from hub_app.governance.pages.verifications import page_of_verifications
from hub_app.governance.state.audit import (
    AuditEntryState,
    AuditState,
    InstallationEntryState,
    InstallationLogState,
)
from hub_app.governance.state.consent_drawer import ConsentState
from hub_app.governance.state.consent_status import ConsentStatusState
from hub_app.governance.state.consents import ConsentSettingsState, ConsentsState
from hub_app.governance.state.privacy import PrivacyState
from hub_app.governance.state.verifications import VerificationsState
from hub_app.ui.shell import add_page


def register(app: rx.App) -> None:
    add_page(app, page_of_audit_log, "/governance/audit", "Audit log", AuditState.load, AuditEntryState.load)
    add_page(
        app,
        page_of_installation_log,
        "/operator/audit",
        "Installation log",
        InstallationLogState.load,
        InstallationEntryState.load,
    )
    # The watcher last: it runs for as long as the page is open.
    add_page(
        app,
        page_of_verifications,
        "/operator/audit-verification",
        "Audit verification",
        VerificationsState.load,
        VerificationsState.watch,
    )
    add_page(
        app,
        page_of_consents,
        "/governance/consents",
        "Consents",
        ConsentStatusState.load,
        ConsentsState.load,
        ConsentState.load,
        ConsentSettingsState.load,
    )
    add_page(app, page_of_privacy, "/governance/privacy", "Privacy", PrivacyState.load, PrivacyState.watch)
