"""CRMs' screens."""

import reflex as rx

from hub_app.crm.pages.conflicts import page_of_conflicts
from hub_app.crm.pages.connection import page_of_connection
from hub_app.crm.pages.connections import page_of_connections
from hub_app.crm.pages.exports import page_of_exports
from hub_app.crm.pages.importing import page_of_import
from hub_app.crm.pages.new import page_of_new_connection
from hub_app.crm.pages.record import page_of_record
from hub_app.crm.pages.records import page_of_records
from hub_app.crm.state.conflict import ConflictState
from hub_app.crm.state.conflicts import ConflictsState
from hub_app.crm.state.connection import ConnectionState
from hub_app.crm.state.connections import ConnectionsState
from hub_app.crm.state.custom import CustomSourceState
from hub_app.crm.state.decisions import HERE as CONFLICTS
from hub_app.crm.state.duplicate import DuplicateState
from hub_app.crm.state.duplicates import DuplicatesState
from hub_app.crm.state.exports import HERE as EXPORTS
from hub_app.crm.state.exports import ExportsState
from hub_app.crm.state.importing import ImportState
from hub_app.crm.state.inbound import InboundState
from hub_app.crm.state.job import SyncJobState
from hub_app.crm.state.jobs import SyncJobsState
from hub_app.crm.state.mapping import FieldMappingState
from hub_app.crm.state.mapping_line import MappingLineState, NewFieldState
from hub_app.crm.state.new import NewConnectionState
from hub_app.crm.state.quarantine import QuarantinedState, QuarantineState
from hub_app.crm.state.record import RecordState
from hub_app.crm.state.record_form import RecordFormState
from hub_app.crm.state.record_history import RecordHistoryState
from hub_app.crm.state.record_lead import RecordLeadState
from hub_app.crm.state.record_new import NewClientState
from hub_app.crm.state.record_past import RecordPastState
from hub_app.crm.state.record_restoring import RecordRestoringState
from hub_app.crm.state.records import RecordsState
from hub_app.crm.state.settings import ConnectionAccountState, ConnectionSettingsState, SelectorsState
from hub_app.ui.shell import add_page


def register(app: rx.App) -> None:
    # Watchers last: they run for as long as a page is open.
    add_page(
        app,
        page_of_connections,
        "/crm/connections",
        "Connections",
        ConnectionsState.load,
        ConnectionsState.watch,
    )
    add_page(
        app,
        page_of_new_connection,
        "/crm/connections/new",
        "Connect a CRM",
        NewConnectionState.load,
        CustomSourceState.load,
    )
    add_page(
        app,
        page_of_connection,
        "/crm/connections/[connection_id]",
        "Connection",
        ConnectionState.load,
        ConnectionSettingsState.load,
        ConnectionAccountState.load,
        SelectorsState.load,
        SyncJobsState.load,
        SyncJobState.load,
        FieldMappingState.load,
        MappingLineState.close,
        NewFieldState.close,
        QuarantineState.load,
        QuarantinedState.load,
        ConnectionState.watch,
        SyncJobsState.watch,
        QuarantineState.watch,
        name=ConnectionState.name,
    )
    add_page(
        app,
        page_of_conflicts,
        CONFLICTS,
        "Conflicts",
        ConflictState.close,
        DuplicateState.close,
        ConflictsState.load,
        DuplicatesState.load,
        ConflictsState.watch,
        DuplicatesState.watch,
    )
    add_page(
        app,
        page_of_records,
        "/crm/clients",
        "Clients",
        RecordsState.load,
        NewClientState.close,
        RecordsState.watch,
    )
    add_page(app, page_of_exports, EXPORTS, "Export everything", ExportsState.load, ExportsState.watch)
    add_page(
        app,
        page_of_record,
        "/crm/clients/[record_id]",
        "Client",
        RecordState.load,
        RecordFormState.load,
        RecordHistoryState.load,
        RecordRestoringState.close,
        RecordLeadState.load,
        RecordPastState.load,
        RecordState.watch,
        RecordHistoryState.watch,
        RecordPastState.watch,
        name=RecordState.name,
    )
    add_page(
        app,
        page_of_import,
        "/crm/connections/[connection_id]/import",
        "Import a file",
        ImportState.load,
        InboundState.load,
    )
