"""Importing files into a connection, and its inbound URL."""

import reflex as rx

from hub_app.crm.state.connections import HERE
from hub_app.crm.state.importing import DELIMITERS, ENCODINGS, KINDS, ColumnRow, ImportState
from hub_app.crm.state.inbound import InboundState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

_WHO = "Engineers can import files."
_WHOSE_KEY = "Customer admins can change the inbound URL."


def page_of_import() -> rx.Component:
    found = rx.cond(
        SessionState.is_engineer,
        rx.cond(ImportState.file != "", _file(), _choose()),
        rx.cond(ImportState.file != "", _file(), ui.card(ui.only_line(_WHO))),
    )
    return page(
        "Import a file",
        "Bring in the records of a CSV file. Rows that were imported before are updated; nothing is deleted.",
        rx.cond(
            ImportState.loaded,
            rx.cond(
                ImportState.missing,
                ui.missing("users", "connection", HERE),
                ui.stack(_gone(), found, rx.cond(InboundState.takes, _inbound())),
            ),
            ui.skeleton(6),
        ),
        breadcrumb=[("CRM", ""), ("Connections", HERE), (ImportState.connection, ImportState.here)],
    )


def _gone() -> rx.Component:
    return rx.cond(
        ImportState.gone,
        ui.callout(
            "Files are kept for a day at most, and a newer one takes their place. Choose the file again.",
            "warning",
            title="This file is no longer kept",
        ),
    )


def _choose() -> rx.Component:
    def limit(text: rx.Var[str]) -> rx.Component:
        return rx.el.li(text)

    return ui.columns(
        ui.card(
            ui.file_drop(
                "file",
                "Drop a CSV file here",
                action=ImportState.action,
                then=ImportState.then,
                answer="file_id",
                accept=".csv,.tsv,.txt,text/csv",
                text="Up to 64 MiB, with commas, semicolons or tabs. Hub looks at it first; nothing is imported yet.",
            ),
            title="File",
        ),
        ui.card(
            rx.el.ul(rx.foreach(ImportState.limits, limit), class_name="hub-plain hub-text-2"),
            title=f"Files of {ImportState.provider}",
        ),
    )


def _file() -> rx.Component:
    columns = ui.form(
        ui.card(
            ui.table(
                "Columns",
                [
                    ui.Column(label="Column of the file", cell=_header),
                    ui.Column(label="Found", cell=_found, phone=False),
                    ui.Column(label="Goes to", cell=_target),
                ],
                ImportState.rows,
                empty=ui.empty("file", "No columns", "The file has no columns."),
            ),
            title="Columns",
            note="“ID at the CRM” is the column that tells rows apart. Without one it is the email address.",
            flush=True,
        ),
        ui.card(
            ui.stack(
                ui.switch_field(
                    "dry_run",
                    "Preview only",
                    on=True,
                    of=ImportState,
                    text="Shows what would be created, changed, skipped and kept aside. Nothing is written.",
                ),
                ui.row(
                    ui.submit_button("Start", busy=ImportState.busy),
                    ui.button_link("Choose another file", f"{ImportState.here}/import"),
                ),
            ),
            title="Start",
        ),
        on_submit=ImportState.start,
        key=ImportState.version,
    )
    read_only = ui.card(ui.only_line(_WHO))
    return ui.stack(
        ui.card(
            ui.stack(
                rx.el.p(ImportState.about, class_name="hub-text-2"),
                rx.cond(SessionState.is_engineer, ui.disclosure("It was read wrongly", _layout())),
            ),
            title=ImportState.name,
        ),
        rx.cond(SessionState.is_engineer, columns, read_only),
    )


def _header(row: rx.vars.ObjectVar[ColumnRow]) -> rx.Component:
    return rx.fragment(row.header, rx.el.span(row.examples, class_name="hub-sub hub-break"))


def _found(row: rx.vars.ObjectVar[ColumnRow]) -> rx.Component:
    return ui.badge(row.how, rx.cond(row.is_sure, "success", "neutral"))


def _target(row: rx.vars.ObjectVar[ColumnRow]) -> rx.Component:
    return rx.el.div(
        ui.select_field(
            row.field_name, f"Field for {row.header}", ImportState.targets, value=row.field, of=ImportState
        ),
        rx.cond(
            row.formats.length() > 0,
            ui.select_field(
                row.format_name,
                f"How {row.header} is written",
                row.formats,
                value=row.format,
                of=ImportState,
            ),
        ),
        class_name="hub-stack-tight hub-above",
    )


def _layout() -> rx.Component:
    return ui.form(
        ui.select_field("resource", "Its rows are", KINDS, value=ImportState.resource, of=ImportState),
        ui.select_field("delimiter", "Columns are separated by", DELIMITERS, value=ImportState.delimiter),
        ui.select_field("encoding", "Characters are encoded as", ENCODINGS, value=ImportState.encoding),
        ui.number_field(
            "header_line",
            "Line with the headers",
            value=ImportState.header_line,
            minimum=0,
            maximum=1000,
            text="0 for a file without headers.",
            of=ImportState,
        ),
        ui.row(ui.submit_button("Read it again", busy=ImportState.busy)),
        on_submit=ImportState.correct,
        key=f"layout {ImportState.version}",
    )


def _inbound() -> rx.Component:
    has = InboundState.hint != ""
    controls = rx.fragment(
        ui.button(
            rx.cond(has, "Make a new URL", "Make an inbound URL"),
            mark="rotate_cw",
            small=True,
            on_click=InboundState.ask("rotate"),
            attributes=ui.opener(InboundState, "rotate"),
        ),
        rx.cond(
            has,
            ui.button(
                "Turn off",
                small=True,
                on_click=InboundState.ask("end"),
                attributes=ui.opener(InboundState, "end"),
            ),
        ),
    )
    return rx.fragment(
        ui.card(
            ui.stack(
                rx.el.p(
                    rx.cond(
                        InboundState.hints,
                        "Register this private URL as a REST hook at the CRM. Calls start a sync within half a minute, one sync for many"
                        " calls. Hub does not take over what a call says: the sync reads the CRM itself.",
                        "Forms and automations post new leads to a private URL, as JSON or as a form. Each becomes a client.",
                    ),
                    class_name="hub-text-2",
                ),
                ui.facts(("Key", rx.cond(has, InboundState.hint, "There is none yet."))),
            ),
            title=rx.cond(InboundState.hints, "Hooks of the CRM", "Inbound leads"),
            actions=(ui.only(SessionState.is_admin, controls, _WHOSE_KEY),),
        ),
        ui.confirm(
            InboundState,
            "rotate",
            "Make a new inbound URL",
            text="The URL that was used until now, if there is one, ends at once.",
            on_confirm=InboundState.rotate,
            danger=False,
        ),
        ui.confirm(
            InboundState,
            "end",
            "Turn the inbound URL off",
            text="Whatever posts to it is refused from then on.",
            on_confirm=InboundState.end,
        ),
        ui.dialog(
            InboundState,
            "made",
            ui.new_secret(InboundState.url, what="inbound URL"),
            ui.code(InboundState.example, label="Try it"),
            title="The inbound URL",
            text=rx.cond(
                InboundState.hints,
                "Whoever has it can start a sync, and nothing else.",
                "Whoever has it can send leads. Post JSON or a form to it.",
            ),
        ),
    )
