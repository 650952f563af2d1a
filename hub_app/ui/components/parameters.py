"""The fields that declared parameters make."""

from typing import Any

import reflex as rx

from hub_app.ui.components.fields.choice import check_field, select_field
from hub_app.ui.components.fields.frame import Of
from hub_app.ui.components.fields.text import number_field, text_field, textarea_field
from hub_app.ui.elements import Rows
from hub_app.ui.parameters.fields import ParameterField


def parameter_fields(fields: Rows, of: Of) -> rx.Component:
    """A field for each of a Var of ParameterFields."""

    def one(row: rx.vars.ObjectVar[ParameterField]) -> rx.Component:
        same: dict[str, Any] = {
            "value": row.value,
            "text": row.text,
            "of": of,
            "optional": row.optional,
        }
        boxes = rx.el.div(
            rx.cond(row.omit != "", check_field(row.omit, f"Omit {row.label}", on=row.is_omitted)),
            rx.cond(row.null != "", check_field(row.null, f"Send {row.label} as null", on=row.is_null)),
            class_name="hub-row",
        )
        return rx.el.div(
            rx.match(
                row.control,
                ("number", number_field(row.name, row.label, **same)),
                ("choice", select_field(row.name, row.label, row.options, **same)),
                ("json", textarea_field(row.name, row.label, rows=4, mono=True, **same)),
                text_field(row.name, row.label, **same),
            ),
            rx.cond((row.omit != "") | (row.null != ""), boxes),
            key=row.key,
        )

    return rx.foreach(fields, one)
