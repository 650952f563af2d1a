"""The command palette (Ctrl/⌘-K): every page, what the page at hand offers, and things by their name."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from hub_app.kernel import search
from hub_app.kernel.actor import Role
from hub_app.kernel.navigation import NavEntry
from hub_app.ui import nav
from hub_app.ui.elements import Text
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.icons import icon


@dataclass(frozen=True)
class FoundRow:
    """A thing with a name, the address of its page, and what was typed when it was found."""

    name: str
    kind: str
    href: str
    typed: str


class FinderState(rx.State):
    """The things that match what was typed last."""

    found: rx.Field[list[FoundRow]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def search(self, text: str) -> None:
        things = await search.search(await current_actor(self), str(text))
        self.found = [FoundRow(one.name, one.kind, one.href, str(text)) for one in things]


def _option(entry: NavEntry, index: int) -> rx.Component:
    props: dict[str, Any] = {"reload_document": True} if entry.external else {}
    attributes = {"id": f"hub-palette-{index}"}
    option = _item(entry.icon, entry.label, entry.group, entry.href, custom_attrs=attributes, **props)
    return nav.shown_to(nav.entry_seen_by(entry), option)


def _found(row: rx.vars.ObjectVar[FoundRow], index: rx.Var[int]) -> rx.Component:
    attributes = {"id": f"hub-palette-found-{index}", "data-found": row.typed}
    return _item("arrow_right", row.name, row.kind, row.href, custom_attrs=attributes)


def _item(mark: str, label: Text, kind: Text, href: Text, **props: Any) -> rx.Component:
    return rx.el.a(
        icon(mark),
        rx.el.span(label),
        rx.el.small(kind),
        href=href,
        role="option",
        tab_index=-1,
        class_name="hub-palette-item",
        **props,
    )


@rx.memo
def palette() -> rx.Component:
    """The dialog; assets/hub/palette.js opens it, puts the page's actions on top, and walks through it."""
    entries = [entry for group in nav.groups() for entry in group.entries]
    field: dict[str, Any] = {
        "aria-label": "Search or jump to",
        "aria-controls": "hub-palette-list",
        "aria-expanded": "true",
        "aria-autocomplete": "list",
        "autoComplete": "off",
        "spellCheck": "false",
    }
    listed: dict[str, Any] = {"id": "hub-palette-list", "aria-label": "Pages and actions"}
    return rx.el.dialog(
        rx.el.div(
            icon("search"),
            rx.el.input(
                type="text",
                role="combobox",
                placeholder="Search or jump to…",
                on_change=FinderState.search.debounce(150),
                custom_attrs=field,
            ),
            rx.el.kbd("Esc", class_name="hub-kbd"),
            class_name="hub-palette-input",
        ),
        rx.el.div(
            rx.el.div(role="presentation", custom_attrs={"data-palette-actions": ""}),
            *(_option(entry, index) for index, entry in enumerate(entries)),
            rx.foreach(FinderState.found, _found),
            role="listbox",
            class_name="hub-palette-list",
            custom_attrs=listed,
        ),
        rx.el.div(
            "No results.",
            class_name="hub-palette-none",
            custom_attrs={"data-palette-none": ""},
        ),
        class_name="hub-palette",
        custom_attrs={"id": "hub-palette", "aria-label": "Search or jump to"},
    )
