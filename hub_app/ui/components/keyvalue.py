from collections.abc import Callable
from typing import Any

import reflex as rx

from hub_app.ui.elements import Child, Rows


def facts(*pairs: tuple[str, Child]) -> rx.Component:
    """A list of names and values.

    facts(("URL", Endpoint.url), ("Retries", "exponential"))
    """
    return rx.el.dl(
        *(rx.el.div(rx.el.dt(name), rx.el.dd(value)) for name, value in pairs), class_name="hub-facts"
    )


def facts_of(rows: Rows, value: Callable[[Any], Child]) -> rx.Component:
    """As `facts`, of a Var of rows with a `label`; `value` makes what stands beside it.

    facts_of(Client.details, lambda row: row.text)
    """

    def one(row: Any) -> rx.Component:
        return rx.el.div(rx.el.dt(row.label), rx.el.dd(value(row)))

    return rx.el.dl(rx.foreach(rows, one), class_name="hub-facts")
