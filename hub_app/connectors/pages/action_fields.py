"""The fields of an action's form: the call, its parameters, and what is made of the response."""

import reflex as rx

from hub_app.connectors.state.action import ActionFormState
from hub_app.connectors.state.action_form import PAGE_NAMES, ParameterRow
from hub_app.ui import components as ui

METHODS = [(name, name) for name in ("GET", "POST", "PUT", "PATCH", "DELETE")]
PLACES = [("", "Automatic"), ("path", "Path"), ("query", "Query"), ("header", "Header"), ("body", "Body")]
TYPES = [
    ("string", "Text"),
    ("integer", "Whole number"),
    ("number", "Number"),
    ("boolean", "True or false"),
    ("array", "List"),
    ("object", "Object"),
]


def call_fields() -> tuple[rx.Component, ...]:
    return (
        ui.columns(
            ui.text_field(
                "action_name",
                "Name",
                of=ActionFormState,
                auto_focus=ActionFormState.mode == "new",
                placeholder="List items",
            ),
            ui.text_field(
                "id",
                "ID",
                of=ActionFormState,
                mono=True,
                optional=True,
                placeholder="list_items",
                text="Programs and plans use it to refer to the action.",
            ),
        ),
        rx.el.div(
            ui.select_field("method", "Method", METHODS, of=ActionFormState),
            ui.text_field(
                "endpoint",
                "Path",
                of=ActionFormState,
                mono=True,
                placeholder="/items/{id}",
                text="Relative to the base URL. {id} becomes a parameter.",
            ),
            class_name="hub-grid-method",
        ),
        ui.textarea_field("description", "Description", of=ActionFormState, rows=2, optional=True),
    )


def parameter_row(row: rx.vars.ObjectVar[ParameterRow]) -> rx.Component:
    key = row.key
    return rx.el.fieldset(
        rx.el.legend(
            rx.cond(row.name != "", f"Parameter {row.name}", "New parameter"), class_name="hub-hidden"
        ),
        rx.el.div(
            ui.text_field(f"{key}_name", "Name", value=row.name, of=ActionFormState, mono=True),
            ui.select_field(f"{key}_place", "Goes in", PLACES, value=row.place, of=ActionFormState),
            ui.select_field(f"{key}_type", "Type", TYPES, value=row.type, of=ActionFormState),
            ui.text_field(
                f"{key}_default", "Default", value=row.default, of=ActionFormState, mono=True, optional=True
            ),
            class_name="hub-grid-parameter",
        ),
        rx.el.div(
            ui.text_field(
                f"{key}_description", "Description", value=row.description, of=ActionFormState, optional=True
            ),
            ui.check_field(f"{key}_required", "Required", on=row.required),
            ui.icon_button(
                "trash_2",
                rx.cond(row.name != "", f"Remove {row.name}", "Remove this parameter"),
                on_click=ActionFormState.remove_row(key),
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
        "If the parameter is not sent, the API uses its own default: ",
        rx.el.span(row.api_default, class_name="hub-mono hub-break"),
        rx.el.input(type="hidden", name=f"{row.key}_api_default", default_value=row.api_default),
        class_name="hub-help",
    )


def response_fields() -> tuple[rx.Component, ...]:
    """What the call sends as its body, and what is made of the response."""
    return (
        ui.when("method", "POST PUT PATCH DELETE", _body()),
        _jmespath(
            "response",
            "Part of the response to return",
            "Leave empty to return the whole response.",
            "items[].{id: id, title: title}",
            optional=True,
        ),
        ui.select_field("page_type", "Pagination", list(PAGE_NAMES.items()), of=ActionFormState),
        ui.when("page_type", "page cursor", _page_parameter()),
        ui.when(
            "page_type",
            "cursor",
            _jmespath(
                "page_next",
                "Where the next cursor is",
                "When it finds nothing, there are no more pages.",
                "meta.next_cursor",
            ),
        ),
        ui.when("page_type", "page cursor link", *_page_items()),
        ui.when(
            "method",
            "GET",
            ui.number_field(
                "cache_seconds",
                "Cache responses for",
                of=ActionFormState,
                minimum=0,
                maximum=86_400,
                text="Seconds during which Hub returns the same response without calling the API. 0 turns caching off.",
            ),
        ),
    )


def _jmespath(name: str, label: str, text: str, example: str, *, optional: bool = False) -> rx.Component:
    return ui.text_field(
        name,
        label,
        of=ActionFormState,
        mono=True,
        optional=optional,
        placeholder=example,
        text=f"A JMESPath expression. {text}",
    )


def _body() -> rx.Component:
    return ui.textarea_field(
        "body",
        "Body template",
        of=ActionFormState,
        rows=5,
        mono=True,
        optional=True,
        placeholder='{"item": {"title": "{{ title }}"}}',
        text="JSON in which {{ name }} stands for a body parameter. Without a template, the parameters form an object.",
    )


def _page_parameter() -> rx.Component:
    return ui.columns(
        ui.text_field("page_parameter", "Query parameter for the page", of=ActionFormState, mono=True),
        ui.when(
            "page_type", "page", ui.number_field("page_start", "First page", of=ActionFormState, minimum=0)
        ),
    )


def _page_items() -> tuple[rx.Component, ...]:
    return (
        _jmespath(
            "page_items",
            "Where the rows of a page are",
            "Leave empty if the response itself is the list.",
            "items",
            optional=True,
        ),
        ui.disclosure(
            "Sizes and limits",
            ui.columns(
                ui.text_field(
                    "page_size_parameter",
                    "Query parameter for the size",
                    of=ActionFormState,
                    mono=True,
                    optional=True,
                ),
                ui.number_field("page_size", "Rows per page", of=ActionFormState, minimum=1),
                ui.number_field("page_max_pages", "Maximum pages", of=ActionFormState, minimum=1),
                ui.number_field("page_max_items", "Maximum rows", of=ActionFormState, minimum=1),
            ),
        ),
    )
