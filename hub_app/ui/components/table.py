from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from hub_app.ui.components.badge import badge
from hub_app.ui.components.button import button
from hub_app.ui.components.callout import callout
from hub_app.ui.components.skeleton import skeleton
from hub_app.ui.components.time import time
from hub_app.ui.elements import Action, Child, Flag, Rows, Text, join
from hub_app.ui.icons import icon


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column. `cell` makes a row's cell; `end` for figures; `tight` takes no more room than needed. `sort` is a Var of the `Heading`
    (ui/cells.py) by which the list is sorted.

    Column(label="When", cell=lambda row: time(row.at), end=True, quiet=True, phone=False)
    """

    label: str
    cell: Callable[[Any], Child]
    end: bool = False
    quiet: bool = False
    tight: bool = False
    phone: bool = True
    hide_label: bool = False
    sort: rx.Var[Any] | Any = None

    @property
    def look(self) -> str:
        return join(
            "hub-cell-end" if self.end else "",
            "hub-cell-quiet" if self.quiet else "",
            "hub-cell-tight" if self.tight else "",
            "" if self.phone else "hub-wide-only",
        )


@dataclass(frozen=True, kw_only=True)
class More:
    """Columns that the server chooses, after the others: a Var of `Heading`s, and what takes a row's `Cell`s (ui/cells.py)."""

    headings: Rows
    cells: Callable[[Any], Rows]


@dataclass(frozen=True, kw_only=True)
class Pager:
    """Below a table: addresses of the previous and the next page ("" for none), and a word on how many there are."""

    previous: Text
    next: Text
    summary: Text = ""


def table(  # noqa: PLR0913 - a component's arguments are its attributes
    label: str,
    columns: Sequence[Column],
    rows: Rows,
    *,
    loaded: Flag = True,
    empty: Child,
    error: Text = "",
    on_retry: Action | None = None,
    href: Callable[[Any], Text] | None = None,
    keep_scroll: bool = False,
    selected: Callable[[Any], Flag] | None = None,
    pager: Pager | None = None,
    more: More | None = None,
) -> rx.Component:
    """A list that the server pages. `rows` is a Var of a list; the first column heads each row and carries its link.

    Cells with controls of their own need the class `hub-above`, to lie over the row's link. `keep_scroll` for links
    that open a drawer on the same page. Goes into `card(..., flush=True)`.

    table("Endpoints", [Column(label="Name", cell=lambda r: r.name)], L.rows, loaded=L.loaded, empty=empty(…))
    """
    body = rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    *(_header(column) for column in columns),
                    *([] if more is None else [rx.foreach(more.headings, _heading)]),
                )
            ),
            rx.el.tbody(
                rx.foreach(
                    rows, lambda row: _row(row, columns, href, selected, more, keep_scroll=keep_scroll)
                )
            ),
            class_name="hub-table",
        ),
        class_name="hub-table-region",
        tab_index=0,
        role="region",
        custom_attrs={"aria-label": label},
    )
    shown = rx.cond(
        rows.length() > 0, rx.fragment(body, *([] if pager is None else [steps(label, pager)])), empty
    )
    content = rx.cond(loaded, shown, skeleton(6, label=f"Loading {label.lower()}"))
    return rx.cond(error != "", _failed(error, on_retry), content) if isinstance(error, rx.Var) else content


def _header(column: Column) -> rx.Component:
    if column.sort is not None:
        return _heading(column.sort)
    label = rx.el.span(column.label, class_name="hub-hidden") if column.hide_label else column.label
    return rx.el.th(label, scope="col", class_name=column.look)


def _heading(one: Any) -> rx.Component:
    """A head by which the list can be sorted: a link, with an arrow while it is."""
    arrow = rx.match(
        one.sort,
        ("ascending", icon("arrow_up", size="small")),
        ("descending", icon("arrow_down", size="small")),
        icon("chevrons_up_down", size="small", class_name="hub-faint"),
    )
    link = rx.el.a(one.label, arrow, href=one.href, prevent_scroll_reset=True, class_name="hub-sort")
    sorted_by: dict[str, Any] = {"aria-sort": one.sort}
    return rx.el.th(
        rx.cond(one.href != "", link, one.label),
        scope="col",
        class_name=_look(one.end, one.phone),
        custom_attrs=sorted_by,
    )


def _look(end: Flag, phone: Flag) -> rx.Var[str]:
    figure = rx.cond(phone, "hub-cell-end", "hub-cell-end hub-wide-only")
    return rx.cond(end, figure, rx.cond(phone, "", "hub-wide-only"))


def _cell(one: Any) -> rx.Component:
    shown = rx.match(
        one.kind,
        ("badge", rx.cond(one.text != "", badge(one.text, dot=False), rx.fragment())),
        ("time", time(one.text)),
        rx.el.span(one.text),
    )
    return rx.el.td(shown, class_name=_look(one.kind == "figure", one.phone))


def _row(
    row: Any,
    columns: Sequence[Column],
    href: Callable[[Any], Text] | None,
    selected: Callable[[Any], Flag] | None,
    more: More | None,
    *,
    keep_scroll: bool,
) -> rx.Component:
    first, *others = columns
    head = first.cell(row)
    if href is not None:
        head = rx.el.a(head, href=href(row), prevent_scroll_reset=keep_scroll, class_name="hub-row-link")
    marked: dict[str, Any] = (
        {} if selected is None else {"aria-current": rx.cond(selected(row), "true", "false")}
    )
    return rx.el.tr(
        rx.el.th(head, scope="row", class_name=first.look),
        *(rx.el.td(column.cell(row), class_name=column.look) for column in others),
        *([] if more is None else [rx.foreach(more.cells(row), _cell)]),
        custom_attrs=marked,
    )


def steps(label: str, pager: Pager) -> rx.Component:
    """The foot of a list that the server pages; nothing where there is nowhere to go and nothing to say."""
    anywhere_to_go = (rx.Var.create(pager.previous) != "") | (rx.Var.create(pager.next) != "")
    has_foot = anywhere_to_go | (rx.Var.create(pager.summary) != "")
    return rx.cond(has_foot, _steps(label, pager), rx.fragment())


def _steps(label: str, pager: Pager) -> rx.Component:
    return rx.el.div(
        rx.el.span(pager.summary),
        rx.el.nav(
            _step("Previous", pager.previous),
            _step("Next", pager.next),
            class_name="hub-pager",
            custom_attrs={"aria-label": f"Pages of {label.lower()}"},
        ),
        class_name="hub-card-foot",
    )


def _step(words: str, href: Text) -> rx.Component:
    return rx.cond(href != "", rx.el.a(words, href=href), rx.el.span(words))


def _failed(error: Text, on_retry: Action | None) -> rx.Component:
    retry = "" if on_retry is None else button("Retry", small=True, on_click=on_retry)
    return rx.el.div(callout(error, "danger", action=retry, alert=True), class_name="hub-card-body")
