import reflex as rx

from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.styleguide.state import GuideState, SharedGuideState

RETRIES = [("exponential", "Exponential"), ("linear", "Linear"), ("none", "None")]
SCOPES: list[tuple[str, str, bool]] = [
    ("read:user", "Read the profile", True),
    ("repo", "Read and write all repositories", False),
]


def sections() -> list[rx.Component]:
    """Buttons, menus, and a form with every field."""
    return [_buttons(), _form(), _drop(), _shared(), _document()]


def _shared() -> rx.Component:
    return ui.card(
        ui.text_field("shared", "Name", value="Store", of=SharedGuideState), title="Two people at once"
    )


def _document() -> rx.Component:
    return ui.card(
        ui.document_field("document", "OpenAPI document", accept=".json", text="At most 4 MiB."),
        title="A long text",
    )


def _buttons() -> rx.Component:
    return ui.card(
        rx.el.div(
            ui.button("Primary", "primary", mark="plus"),
            ui.button("Secondary", mark="refresh_cw"),
            ui.button("Ghost", "ghost"),
            ui.button("Delete Warehouse", "danger"),
            ui.button("Remove", "danger-quiet", mark="trash_2"),
            ui.button("Small", small=True),
            ui.button("Small", "primary", small=True),
            ui.button("Disabled", disabled=True),
            ui.button("Busy", "primary", busy=rx.Var.create(value=True)),
            ui.button_link("A link", "/styleguide"),
            ui.copy_button("sample", "Copy as curl", show_label=True),
            ui.icon_button("ellipsis", "More actions", "secondary", opens="more"),
            ui.menu(
                "more",
                "More actions",
                ui.menu_item("Pause", GuideState.hide, mark="pause"),
                ui.menu_link("Open", "/styleguide", mark="external_link"),
                ui.menu_rule(),
                ui.menu_item("Delete", GuideState.hide, mark="trash_2", danger=True),
                ui.menu_unavailable("Suspended"),
            ),
            class_name="hub-row",
        ),
        rx.el.div(
            ui.only(SessionState.is_owner, ui.button("Rename tenant"), "Owners can rename the tenant."),
            ui.only_line("Customer admins can add endpoints."),
            class_name="hub-row hub-spaced",
        ),
        title="Buttons",
        note="and the role gate",
    )


def _drop() -> rx.Component:
    return ui.card(
        ui.file_drop(
            "drop",
            "Drop a CSV file here",
            action="/api/styleguide",
            then="/styleguide?file=",
            answer="file_id",
            accept=".csv",
            text="Up to 64 MiB.",
        ),
        title="File drop",
        note="this one leads nowhere",
    )


def fields() -> list[rx.Component]:
    """The fields of the sample form."""
    return [
        ui.text_field("name", "Name", value="Warehouse", of=GuideState),
        ui.text_field("url", "URL", value="http://192.168.1.20/hook", of=GuideState, mono=True),
        ui.tags_field(
            "events",
            "Events",
            value="task.*,invoice.paid",
            suggestions="task.created,task.updated,task.completed,invoice.paid,crm.sync.completed",
            text="Empty means all.",
            of=GuideState,
        ),
        rx.el.div(
            ui.select_field("retry", "Retries", RETRIES, text="After 1, 2, 4, 8, 16 min.", of=GuideState),
            ui.number_field("rate", "At most per second", value=50, minimum=1, of=GuideState),
            class_name="hub-grid-2",
        ),
    ]


def _form() -> rx.Component:
    return ui.card(
        ui.form(
            ui.text_field(
                "title", "Title", placeholder="What it is called", text="Seen by everyone.", optional=True
            ),
            ui.password_field("key", "Private key", text="Stored encrypted; it cannot be read back."),
            ui.textarea_field("note", "Payload", value='{"id": "tsk_8812"}', mono=True, rows=3),
            ui.switch_field("enabled", "Enabled", on=True, text="Off keeps its events waiting."),
            ui.checks_field("scopes", "It may", rx.Var.create(SCOPES), of=GuideState),
            ui.select_field("kind", "Authentication", [("none", "None"), ("key", "API key")]),
            ui.when(
                "kind",
                "key",
                ui.text_field("key_header", "Header", value="Authorization", mono=True),
                ui.text_field(
                    "prefix", "Prefix", value="Bearer", follows=("key_header", {"Authorization": "Bearer"})
                ),
            ),
            ui.check_field("required", "Required", on=True),
            ui.text_field("base_url", "Base URL", value="https://api.example.com/v1", mono=True),
            ui.consent_field(
                "Hub may send requests to ", ui.host_in("base_url", "this API"), ".", of=GuideState
            ),
            ui.picks_field("action", "Actions", GuideState.picks, lambda row: row.name, of=GuideState),
            ui.disclosure(
                "Advanced", ui.text_field("header", "Header", mono=True), note="What few receivers ask for."
            ),
            ui.row(ui.submit_button("Save"), ui.unsaved_note("What you entered is not saved yet.")),
            on_submit=GuideState.delete,
            guard_changes=True,
        ),
        title="Form",
    )
