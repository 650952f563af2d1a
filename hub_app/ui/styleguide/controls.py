import reflex as rx

from hub_app.ui.components import (
    button,
    button_link,
    card,
    check_field,
    checks_field,
    copy_button,
    disclosure,
    document_field,
    form,
    icon_button,
    menu,
    menu_item,
    menu_link,
    menu_rule,
    number_field,
    only,
    only_line,
    password_field,
    picks_field,
    select_field,
    submit_button,
    switch_field,
    tags_field,
    text_field,
    textarea_field,
    when,
)
from hub_app.ui.session import SessionState
from hub_app.ui.styleguide.state import GuideState, SharedGuideState

RETRIES = [("exponential", "Exponential"), ("linear", "Linear"), ("none", "None")]
SCOPES: list[tuple[str, str, bool]] = [
    ("read:user", "Read the profile", True),
    ("repo", "Read and write all repositories", False),
]


def sections() -> list[rx.Component]:
    """Buttons, menus, and a form with every field."""
    return [_buttons(), _form(), _shared(), _document()]


def _shared() -> rx.Component:
    return card(text_field("shared", "Name", value="Store", of=SharedGuideState), title="Two people at once")


def _document() -> rx.Component:
    return card(
        document_field("document", "OpenAPI document", accept=".json", text="At most 4 MiB."),
        title="A long text",
    )


def _buttons() -> rx.Component:
    return card(
        rx.el.div(
            button("Primary", "primary", mark="plus"),
            button("Secondary", mark="refresh_cw"),
            button("Ghost", "ghost"),
            button("Delete Warehouse", "danger"),
            button("Remove", "danger-quiet", mark="trash_2"),
            button("Small", small=True),
            button("Small", "primary", small=True),
            button("Disabled", disabled=True),
            button("Busy", "primary", busy=rx.Var.create(value=True)),
            button_link("A link", "/styleguide"),
            copy_button("sample", "Copy as curl", show_label=True),
            icon_button("ellipsis", "More actions", "secondary", opens="more"),
            menu(
                "more",
                "More actions",
                menu_item("Pause", GuideState.hide, mark="pause"),
                menu_link("Open", "/styleguide", mark="external_link"),
                menu_rule(),
                menu_item("Delete", GuideState.hide, mark="trash_2", danger=True),
            ),
            class_name="hub-row",
        ),
        rx.el.div(
            only(SessionState.is_owner, button("Rename tenant"), "Owners can rename the tenant."),
            only_line("Customer admins can add endpoints."),
            class_name="hub-row hub-spaced",
        ),
        title="Buttons",
        note="and the role gate",
    )


def fields() -> list[rx.Component]:
    """The fields of the sample form."""
    return [
        text_field("name", "Name", value="Warehouse", of=GuideState),
        text_field("url", "URL", value="http://192.168.1.20/hook", of=GuideState, mono=True),
        tags_field(
            "events",
            "Events",
            value="task.*,invoice.paid",
            suggestions="task.created,task.updated,task.completed,invoice.paid,crm.sync.completed",
            text="Empty means all.",
            of=GuideState,
        ),
        rx.el.div(
            select_field("retry", "Retries", RETRIES, text="After 1, 2, 4, 8, 16 min.", of=GuideState),
            number_field("rate", "At most per second", value=50, minimum=1, of=GuideState),
            class_name="hub-grid-2",
        ),
    ]


def _form() -> rx.Component:
    return card(
        form(
            text_field(
                "title", "Title", placeholder="What it is called", text="Seen by everyone.", optional=True
            ),
            password_field("key", "Private key", text="Stored encrypted; it cannot be read back."),
            textarea_field("note", "Payload", value='{"id": "tsk_8812"}', mono=True, rows=3),
            switch_field("enabled", "Enabled", on=True, text="Off keeps its events waiting."),
            checks_field("scopes", "It may", rx.Var.create(SCOPES), of=GuideState),
            select_field("kind", "Authentication", [("none", "None"), ("key", "API key")]),
            when("kind", "key", text_field("header", "Header", value="Authorization", mono=True)),
            check_field("required", "Required", on=True),
            picks_field("action", "Actions", GuideState.picks, lambda row: row.name, of=GuideState),
            disclosure(
                "Advanced", text_field("header", "Header", mono=True), note="What few receivers ask for."
            ),
            rx.el.div(submit_button("Save"), class_name="hub-row"),
            on_submit=GuideState.delete,
            guard_changes=True,
        ),
        title="Form",
    )
