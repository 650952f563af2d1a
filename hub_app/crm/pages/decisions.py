"""A list of what somebody has to decide, and the chosen one beside it: conflicts, possible duplicates."""

from typing import Any

import reflex as rx

from hub_app.crm.state.decisions import DecisionsState
from hub_app.ui import components as ui
from hub_app.ui.elements import Text


def decisions(
    state: type[DecisionsState],
    title: str,
    *above: rx.Component,
    rows: Any,
    entry: Any,
    chosen: rx.Component,
    lost: rx.Component,
    nothing: rx.Component,
) -> rx.Component:
    """The list with the `chosen` one, what stands `above` that, and `nothing` where none waits."""
    beside = ui.side_list(
        title,
        rows,
        *above,
        rx.cond(state.lost, lost, chosen),
        entry=entry,
        href=lambda row: row.href,
        current=lambda row: row.id == state.selected,
        pager=ui.Pager(previous=state.previous, next=state.next),
    )
    alone = ui.stack(*above, chosen) if above else chosen
    shown = rx.cond(
        rows.length() > 0,
        beside,
        rx.cond(state.selected != "", alone, rx.fragment(*above, nothing)),
    )
    return rx.cond(state.loaded, shown, ui.skeleton(6, label=f"Loading {title.lower()}"))


def nothing_waits(
    state: type[DecisionsState],
    mark: str,
    title: str,
    text: Text,
    *,
    things: str,
    none: str,
    back: rx.Component,
) -> rx.Component:
    """In place of an empty list: what it is for, or that the filters leave nothing."""
    filtered = ui.empty(
        mark, f"No matching {things}", f"No {none} matches these filters. Change or clear them.", back
    )
    return ui.card(rx.cond(state.filtered, filtered, ui.empty(mark, title, text)), flush=True)
