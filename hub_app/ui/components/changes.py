import reflex as rx

from hub_app.ui.elements import Rows
from hub_app.ui.icons import icon


def change_list(rows: Rows) -> rx.Component:
    """What a change did, field by field: a Var of rows with a `label`, and the texts `before` and `after`, "" for no value.

    change_list(row.changes)
    """
    return rx.el.ul(rx.foreach(rows, lambda one: rx.el.li(_change(one))), class_name="hub-changes")


def change_line(one: rx.vars.ObjectVar[object]) -> rx.Component:
    """A row of `change_list` by itself, such as an entry of `picks_field`.

    picks_field("field", "Fields", R.rows, change_line, of=R)
    """
    return rx.el.span(_change(one), class_name="hub-change")


def _change(one: rx.vars.ObjectVar[object]) -> rx.Component:
    return rx.fragment(
        rx.el.span(one.label, class_name="hub-text-2"),
        _side(one.before, "before:", "hub-change-before"),
        icon("arrow_right", size="small"),
        _side(one.after, "after:", "hub-change-after"),
    )


def _side(text: rx.Var[str], hidden: str, look: str) -> rx.Component:
    words = rx.cond(text != "", text, rx.el.span("empty", class_name="hub-faint"))
    return rx.el.span(rx.el.span(f"{hidden} ", class_name="hub-hidden"), words, class_name=look)
