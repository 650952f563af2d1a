"""The fields of an account, as the provider declares them."""

from typing import Any

import reflex as rx

from hub_app.crm.state.accounts import AccountField
from hub_app.ui import components as ui
from hub_app.ui.elements import Flag, Rows


def account_inputs(fields: Rows, of: Any, *, folds: Flag) -> rx.Component:
    """A field for each of a Var of AccountFields; secrets are hidden, and where it `folds` what most people leave as it is is folded
    away.
    """

    def one(row: rx.vars.ObjectVar[AccountField]) -> rx.Component:
        kept = rx.cond(row.hint != "", f"Leave empty to keep {row.hint}", "")
        secret = ui.password_field(
            row.name,
            row.label,
            text=row.text,
            of=of,
            auto_complete="off",
            placeholder=kept,
            optional=row.is_optional,
        )
        plain = ui.text_field(
            row.name, row.label, value=row.value, text=row.text, of=of, optional=row.is_optional
        )
        return rx.el.div(rx.cond(row.is_secret, secret, plain), key=row.name)

    usual = rx.foreach(fields, lambda row: rx.cond(row.is_advanced, rx.fragment(), one(row)))
    advanced = rx.foreach(fields, lambda row: rx.cond(row.is_advanced, one(row), rx.fragment()))
    folded = ui.disclosure("How its pages are read", rx.el.div(advanced, class_name="hub-form"))
    return rx.fragment(usual, rx.cond(folds, folded, rx.fragment()))
