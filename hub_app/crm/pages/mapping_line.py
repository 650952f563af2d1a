"""The forms of one line of a mapping, and of a new custom field."""

from typing import Any
from zoneinfo import available_timezones

import reflex as rx

from hub_app.crm.state import mapping_words as words
from hub_app.crm.state.mapping_line import MappingLineState, NewFieldState
from hub_app.crm.state.mapping_steps import StepRow
from hub_app.ui import components as ui

_ZONES = ["UTC", *sorted(one for one in available_timezones() if "/" in one and not one.startswith("Etc/"))]
_MARKS = [(".", "Point: 4,500.00"), (",", "Comma: 4.500,00")]


def line_form() -> rx.Component:
    of = MappingLineState
    return ui.form_dialog(
        of,
        "line",
        rx.fragment(
            ui.columns(
                ui.text_field(
                    "source",
                    "Field of the CRM",
                    of=of,
                    mono=True,
                    suggestions=of.sources,
                    text="A path such as address.city, or a JMESPath expression. Leave empty for a constant.",
                ),
                ui.select_field("target", "Field of Hub", of.targets, of=of),
            ),
            _steps(),
            _trial(),
            ui.columns(
                ui.select_field("direction", "Direction", [*words.DIRECTIONS.items()], of=of),
                ui.select_field("rule", "When both sides changed it", [*words.RULES.items()], of=of),
            ),
            ui.columns(
                ui.select_field("blanks", "When it is emptied", [*words.BLANKS.items()], of=of),
                ui.switch_field("required", "Required", of=of, text="Records without a value are set aside."),
            ),
            key=of.form,
        ),
        title=rx.cond(of.line == "", "Add line", "Edit line"),
        text="What fills a field of Hub, and what is done to the value on the way.",
        on_submit=of.put_line,
        on_change=of.look,
        submit=rx.cond(of.line == "", "Add line", "Apply"),
        size="wide",
    )


def _steps() -> rx.Component:
    of = MappingLineState
    kinds = [("", "Add a change…"), *words.TRANSFORMS.items()]
    choose = rx.el.select(
        *(rx.el.option(text, value=kind) for kind, text in kinds),
        value="",
        on_change=of.add_step,
        class_name="hub-select",
        custom_attrs={"aria-label": "Add a change"},
    )
    chain = ui.stepper(
        "Changes on the way",
        of.steps,
        status=lambda _: rx.Var.create("step"),
        looks={"wrong": ("triangle_alert", "danger")},
        cell=_step,
        number=lambda row: row.number,
    )
    return ui.group(
        "chain",
        "Changes on the way, one after the other",
        rx.cond(of.steps.length() > 0, chain),
        choose,
        of=of,
    )


def _step(row: rx.vars.ObjectVar[StepRow]) -> rx.Component:
    of = MappingLineState
    head = ui.row(
        rx.el.span(row.title, class_name="hub-strong"),
        rx.el.span(
            *ui.move_buttons(row, row.title, of.move_step),
            ui.icon_button("trash_2", f"Remove {row.title}", small=True, on_click=of.remove_step(row.id)),
            class_name="hub-row",
        ),
        apart=True,
    )
    settings: Any = rx.match(
        row.kind,
        ("phone", _phone(row)),
        ("date", _date(row)),
        ("number", _number(row)),
        ("boolean", _boolean(row)),
        ("split", _split(row)),
        ("lookup", _lookup(row)),
        ("constant", ui.text_field(_name(row, "value"), "Value", of=of)),
        rx.fragment(),
    )
    return rx.el.div(head, settings, key=row.id, class_name="hub-stack-tight")


def _name(row: Any, setting: str) -> Any:
    """What the field of a transform's setting is called."""
    return row.prefix + setting


def _phone(row: rx.vars.ObjectVar[StepRow]) -> rx.Component:
    return ui.text_field(
        _name(row, "region"),
        "Country of numbers without a country code",
        of=MappingLineState,
        optional=True,
        placeholder="GB",
        text="Two letters, such as GB.",
    )


def _date(row: rx.vars.ObjectVar[StepRow]) -> rx.Component:
    of = MappingLineState
    return rx.fragment(
        ui.columns(
            ui.text_field(
                _name(row, "formats"),
                "Formats",
                of=of,
                mono=True,
                optional=True,
                placeholder="%d.%m.%Y",
                text="Separated by commas. Without any, all usual spellings are read.",
            ),
            ui.text_field(
                _name(row, "time_zone"),
                "Time zone of times without one",
                of=of,
                suggestions=_ZONES,
                optional=True,
                placeholder="Europe/London",
            ),
        ),
        ui.check_field(
            _name(row, "day_first"),
            "3/4/2026 is 3 April",
            on=of.values.get(_name(row, "day_first"), "") != "",
        ),
    )


def _number(row: rx.vars.ObjectVar[StepRow]) -> rx.Component:
    of = MappingLineState
    return ui.columns(
        ui.select_field(_name(row, "decimal_mark"), "Decimal mark", _MARKS, of=of),
        ui.number_field(
            _name(row, "scale"),
            "Decimal places to move",
            of=of,
            minimum=0,
            maximum=9,
            text="With 2, 4500 becomes 45.00: cents become whole units.",
        ),
    )


def _boolean(row: rx.vars.ObjectVar[StepRow]) -> rx.Component:
    of = MappingLineState
    return ui.columns(
        ui.text_field(
            _name(row, "true_words"), "Words for yes", of=of, optional=True, placeholder="yes, booked"
        ),
        ui.text_field(
            _name(row, "false_words"), "Words for no", of=of, optional=True, placeholder="no, open"
        ),
    )


def _split(row: rx.vars.ObjectVar[StepRow]) -> rx.Component:
    of = MappingLineState
    return ui.columns(
        ui.text_field(_name(row, "separator"), "Separator", of=of),
        ui.text_field(
            _name(row, "index"),
            "Which part",
            of=of,
            optional=True,
            text="Counted from 0, from the end with -1. Leave empty for all parts.",
        ),
    )


def _lookup(row: rx.vars.ObjectVar[StepRow]) -> rx.Component:
    of = MappingLineState
    return rx.fragment(
        ui.textarea_field(
            _name(row, "table"),
            "Table",
            of=of,
            rows=4,
            mono=True,
            placeholder="ig = Instagram",
            text="One line for each word: the CRM's word = Hub's word.",
        ),
        ui.text_field(
            _name(row, "default"),
            "For other words",
            of=of,
            optional=True,
            text="Without it, other words are left out, with a warning.",
        ),
    )


def _trial() -> rx.Component:
    """What the line makes of the chosen record, while somebody types."""
    of = MappingLineState
    result = ui.facts(
        ("Result", rx.el.span(rx.cond(of.result != "", of.result, "—"), class_name="hub-strong hub-break")),
    )
    return rx.el.div(
        rx.cond(
            of.subject != "",
            rx.fragment(
                rx.el.p("Tried on ", rx.el.strong(of.subject), class_name="hub-small hub-text-2"),
                rx.cond(of.wrong != "", ui.callout(of.wrong, "warning"), result),
                rx.cond(of.others != "", rx.el.p(of.others, class_name="hub-small hub-text-warning")),
            ),
        ),
        role="status",
        class_name="hub-stack-tight",
    )


def field_form() -> rx.Component:
    of = NewFieldState
    return ui.form_dialog(
        of,
        "field",
        ui.text_field("label", "Name", of=of, auto_focus=True),
        ui.columns(
            ui.select_field("type", "Type", [*words.TYPES.items()], of=of),
            ui.text_field(
                "key",
                "Key",
                of=of,
                mono=True,
                optional=True,
                text="What programs call it. It never changes. Leave empty to have it made of the name.",
            ),
        ),
        title="New custom field",
        text=rx.cond(
            of.path != "",
            f"It is filled by {of.source}. Every connection can fill it.",
            "Every record of this kind gets it, and every connection can fill it.",
        ),
        on_submit=of.put_field,
        submit="Add field",
    )
