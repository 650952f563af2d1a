"""The form of one action, with the call that it would make beside it."""

import reflex as rx

from hub_app.connectors.pages.parts import method_badge
from hub_app.connectors.state.action import ActionForm
from hub_app.connectors.state.connector import Connector
from hub_app.connectors.state.drafts import PAGE_NAMES, PARAMETERS, ParameterRow
from hub_app.ui.components import (
    Column,
    beside,
    button,
    button_link,
    callout,
    card,
    check_field,
    code,
    disclosure,
    empty,
    form,
    icon_button,
    notes,
    number_field,
    only_line,
    select_field,
    submit_button,
    table,
    text_field,
    textarea_field,
    when,
)
from hub_app.ui.session import Session

_METHODS = [(name, name) for name in ("GET", "POST", "PUT", "PATCH", "DELETE")]
_PLACES = [("", "By itself"), ("path", "Path"), ("query", "Query"), ("header", "Header"), ("body", "Body")]
_TYPES = [
    ("string", "Text"),
    ("integer", "Whole number"),
    ("number", "Number"),
    ("boolean", "Yes or no"),
    ("array", "List"),
    ("object", "Object"),
]
_V = ActionForm.values
_E = beside(ActionForm)


def action_form() -> rx.Component:
    missing = card(
        empty(
            "square_terminal",
            "There is no such action",
            "Someone may have deleted it, or given it another id.",
            button_link("All actions", Connector.here, "primary"),
        )
    )
    return rx.cond(
        ActionForm.missing,
        missing,
        rx.el.div(
            rx.el.div(
                rx.el.h2(ActionForm.title, class_name="hub-h2"),
                button_link("All actions", Connector.here, mark="arrow_left", small=True),
                class_name="hub-row hub-row-between",
            ),
            rx.el.div(
                rx.cond(Session.is_admin, _form(), _facts()),
                _preview(),
                class_name="hub-grid-live",
            ),
            class_name="hub-stack",
        ),
    )


def _form() -> rx.Component:
    return form(
        card(rx.el.div(*_what(), class_name="hub-form"), title="Call"),
        card(
            rx.el.div(
                rx.foreach(ActionForm.rows, _parameter),
                notes(PARAMETERS, "Parameters", errors=_E),
                rx.el.div(
                    button(
                        "Add parameter",
                        mark="plus",
                        small=True,
                        on_click=ActionForm.add_row,
                        attributes={"id": "add-parameter"},
                    )
                ),
                class_name="hub-form",
            ),
            title="Parameters",
            note="what a caller gives; defaults are sent when nothing is given",
        ),
        card(rx.el.div(*_more(), class_name="hub-form"), title="Request and answer"),
        rx.el.div(
            submit_button("Save action", busy=ActionForm.busy),
            button_link("Cancel", Connector.here),
            class_name="hub-row",
        ),
        on_submit=ActionForm.save,
        on_change=ActionForm.look,
        guard_changes=True,
        # Another action's form is another one: nothing typed is carried over.
        key=f"{ActionForm.mode}-{_V['id']}",
    )


def _facts() -> rx.Component:
    """What a caller gives, for those who cannot change it."""
    return rx.el.div(
        rx.cond(_V["description"] != "", card(rx.el.p(_V["description"]))),
        card(
            table(
                "Parameters",
                [
                    Column(label="Name", cell=_named),
                    Column(label="Goes in", cell=lambda row: row.place, quiet=True),
                    Column(label="Type", cell=lambda row: row.type, quiet=True, phone=False),
                    Column(label="Default", cell=_default),
                ],
                ActionForm.rows,
                empty=empty(
                    "parentheses", "No parameters", "A caller gives nothing: the call is always the same."
                ),
            ),
            flush=True,
        ),
        card(only_line("Customer admins can change actions.")),
        class_name="hub-stack",
    )


def _named(row: rx.vars.ObjectVar[ParameterRow]) -> rx.Component:
    return rx.fragment(
        rx.el.span(row.name, class_name="hub-mono"),
        rx.cond(row.required, rx.el.span(" required", class_name="hub-small hub-text-2")),
        rx.cond(row.description != "", rx.el.span(row.description, class_name="hub-sub")),
    )


def _default(row: rx.vars.ObjectVar[ParameterRow]) -> rx.Component:
    return rx.fragment(
        rx.el.span(row.default, class_name="hub-mono"),
        rx.cond(
            row.api_default != "",
            rx.el.span("The API's own: ", row.api_default, class_name="hub-sub hub-break"),
        ),
    )


def _what() -> tuple[rx.Component, ...]:
    return (
        rx.el.div(
            text_field(
                "action_name",
                "Name",
                value=_V["action_name"],
                errors=_E,
                auto_focus=ActionForm.mode == "new",
                placeholder="List items",
            ),
            text_field(
                "id",
                "Id",
                value=_V["id"],
                errors=_E,
                mono=True,
                optional=True,
                placeholder="list_items",
                text="How programs and plans name it.",
            ),
            class_name="hub-grid-2",
        ),
        rx.el.div(
            select_field("method", "Method", _METHODS, value=_V["method"], errors=_E),
            text_field(
                "endpoint",
                "Path",
                value=_V["endpoint"],
                errors=_E,
                mono=True,
                placeholder="/items/{id}",
                text="Below the base URL. {id} becomes a parameter.",
            ),
            class_name="hub-grid-method",
        ),
        textarea_field(
            "description", "Description", value=_V["description"], errors=_E, rows=2, optional=True
        ),
    )


def _parameter(row: rx.vars.ObjectVar[ParameterRow]) -> rx.Component:
    key = row.key
    return rx.el.fieldset(
        rx.el.legend(
            rx.cond(row.name != "", f"Parameter {row.name}", "New parameter"), class_name="hub-hidden"
        ),
        rx.el.div(
            text_field(f"{key}_name", "Name", value=row.name, errors=ActionForm.errors, mono=True),
            select_field(f"{key}_place", "Goes in", _PLACES, value=row.place, errors=ActionForm.errors),
            select_field(f"{key}_type", "Type", _TYPES, value=row.type, errors=ActionForm.errors),
            text_field(
                f"{key}_default",
                "Default",
                value=row.default,
                errors=ActionForm.errors,
                mono=True,
                optional=True,
            ),
            class_name="hub-grid-parameter",
        ),
        rx.el.div(
            text_field(
                f"{key}_description",
                "Description",
                value=row.description,
                errors=ActionForm.errors,
                optional=True,
            ),
            check_field(f"{key}_required", "Required", on=row.required),
            icon_button(
                "trash_2",
                rx.cond(row.name != "", f"Remove {row.name}", "Remove this parameter"),
                on_click=ActionForm.remove_row(key),
                small=True,
            ),
            class_name="hub-row-fields",
        ),
        rx.cond(row.api_default != "", _api_default(row)),
        class_name="hub-parameter",
        key=key,
    )


def _api_default(row: rx.vars.ObjectVar[ParameterRow]) -> rx.Component:
    return rx.el.p(
        "When it is left out, the API takes its own default: ",
        rx.el.span(row.api_default, class_name="hub-mono hub-break"),
        rx.el.input(type="hidden", name=f"{row.key}_api_default", default_value=row.api_default),
        class_name="hub-help",
    )


def _more() -> tuple[rx.Component, ...]:
    return (
        when("method", "POST PUT PATCH DELETE", _body()),
        text_field(
            "response",
            "What matters of the answer",
            value=_V["response"],
            errors=_E,
            mono=True,
            optional=True,
            placeholder="items[].{id: id, title: title}",
            text="A JMESPath expression. Empty means the whole answer.",
        ),
        select_field("page_type", "Pages", list(PAGE_NAMES.items()), value=_V["page_type"], errors=_E),
        when("page_type", "page cursor", _paging_parameter()),
        when(
            "page_type",
            "cursor",
            text_field(
                "page_next",
                "Where the next cursor is",
                value=_V["page_next"],
                errors=_E,
                mono=True,
                placeholder="meta.next_cursor",
                text="A JMESPath expression. When it finds nothing, that was the last page.",
            ),
        ),
        when("page_type", "page cursor link", *_paging_rest()),
        when(
            "method",
            "GET",
            number_field(
                "cache_seconds",
                "Keep the answer for",
                value=_V["cache_seconds"],
                errors=_E,
                minimum=0,
                maximum=86_400,
                text="Seconds in which Hub answers without asking again. 0 always asks.",
            ),
        ),
    )


def _body() -> rx.Component:
    return textarea_field(
        "body",
        "Body template",
        value=_V["body"],
        errors=_E,
        rows=5,
        mono=True,
        optional=True,
        placeholder='{"item": {"title": "{{ title }}"}}',
        text="JSON in which {{ name }} stands for a body parameter. Without it they make an object.",
    )


def _paging_parameter() -> rx.Component:
    return rx.el.div(
        text_field(
            "page_parameter", "Query parameter of the page", value=_V["page_parameter"], errors=_E, mono=True
        ),
        when(
            "page_type",
            "page",
            number_field("page_start", "First page", value=_V["page_start"], errors=_E, minimum=0),
        ),
        class_name="hub-grid-2",
    )


def _paging_rest() -> tuple[rx.Component, ...]:
    return (
        text_field(
            "page_items",
            "Where a page's rows are",
            value=_V["page_items"],
            errors=_E,
            mono=True,
            optional=True,
            placeholder="items",
            text="A JMESPath expression. Empty means that the answer is the list.",
        ),
        disclosure(
            "Sizes and limits",
            rx.el.div(
                text_field(
                    "page_size_parameter",
                    "Query parameter of the size",
                    value=_V["page_size_parameter"],
                    errors=_E,
                    mono=True,
                    optional=True,
                ),
                number_field("page_size", "Rows per page", value=_V["page_size"], errors=_E, minimum=1),
                number_field(
                    "page_max_pages", "At most pages", value=_V["page_max_pages"], errors=_E, minimum=1
                ),
                number_field(
                    "page_max_items", "At most rows", value=_V["page_max_items"], errors=_E, minimum=1
                ),
                class_name="hub-grid-2",
            ),
        ),
    )


def _preview() -> rx.Component:
    return rx.el.aside(
        card(
            rx.el.div(
                rx.cond(
                    ActionForm.is_stale,
                    callout(
                        "Something in the form is not right yet. This is the call before that.", "warning"
                    ),
                ),
                rx.el.div(
                    method_badge(ActionForm.method),
                    rx.el.span(ActionForm.url, class_name="hub-mono hub-break"),
                    class_name="hub-row",
                ),
                rx.cond(ActionForm.headers != "", code(ActionForm.headers, label="Headers")),
                rx.cond(ActionForm.body != "", code(ActionForm.body, label="Body", language="json")),
                code(ActionForm.curl, label="As curl"),
                rx.cond(
                    ActionForm.left_out != "",
                    rx.el.p("Only when given: ", ActionForm.left_out, class_name="hub-help hub-break"),
                ),
                class_name="hub-stack",
            ),
            title="The call",
            note="with defaults; {…} is what a caller gives",
        ),
        class_name="hub-sticky",
        custom_attrs={"aria-label": "Preview of the call", "aria-live": "off"},
    )
