from collections.abc import Callable, Mapping
from typing import Any

import reflex as rx

from hub_app.ui.components.badge import Tone
from hub_app.ui.elements import Child, Flag, Rows, Text
from hub_app.ui.icons import icon


def stepper(  # noqa: PLR0913 - a component's arguments are its attributes
    label: str,
    rows: Rows,
    *,
    status: Callable[[Any], Text],
    looks: Mapping[str, tuple[str, Tone]],
    cell: Callable[[Any], Child],
    href: Callable[[Any], Text] | None = None,
    current: Callable[[Any], Flag] | None = None,
    number: Callable[[Any], Text] = lambda _: "",
    across: bool = False,
) -> rx.Component:
    """Steps one below the other, or `across` where there is room, each with a sign of how it stands. `looks` has an icon and a tone for each status;
    what a status means must stand in the cell as text; others show the step's `number`. With `href` a step is a link, as a row of a table is.

    stepper("Steps", Run.steps, status=lambda r: r.status, looks={"done": ("check", "success")}, cell=_step)
    """

    def step(row: Any) -> rx.Component:
        body = cell(row)
        if href is not None:
            body = rx.el.a(body, href=href(row), prevent_scroll_reset=True, class_name="hub-row-link")
        marked: dict[str, Any] = (
            {} if current is None else {"aria-current": rx.cond(current(row), "step", "false")}
        )
        return rx.el.li(_mark(status(row), looks, number(row)), rx.el.div(body), custom_attrs=marked)

    names: dict[str, Any] = {"aria-label": label}
    look = "hub-stepper hub-stepper-across" if across else "hub-stepper"
    return rx.el.ol(rx.foreach(rows, step), class_name=look, custom_attrs=names)


def _mark(status: Text, looks: Mapping[str, tuple[str, Tone]], number: Text) -> rx.Component:
    signs = (
        (name, rx.el.span(_icon(mark), class_name=f"hub-step hub-step-{tone}"))
        for name, (mark, tone) in looks.items()
    )
    plain = rx.el.span(number, class_name="hub-step hub-figures")
    return rx.fragment(rx.match(status, *signs, plain)) if looks else plain


def _icon(mark: str) -> rx.Component:
    return icon(mark, size="small", class_name="hub-spinner" if mark == "loader_circle" else "")
