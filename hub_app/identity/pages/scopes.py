"""The scope picker: a box for reading and one for writing, for each family. A box's name is its scope."""

from typing import Any

import reflex as rx

from hub_app.kernel.scopes import all_scopes, families
from hub_app.ui import components as ui
from hub_app.ui.guard import FormState
from hub_app.ui.session import SessionState


def scope_picker(state: type[FormState]) -> rx.Component:
    """What a new token may do. Viewers see only what they can give."""
    return ui.group(
        "scopes",
        "Permissions",
        rx.el.div(
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th("What", scope="col"),
                        rx.el.th("Read", scope="col"),
                        _when_writing(rx.el.th("Write", scope="col")),
                    )
                ),
                rx.el.tbody(
                    _row("Everything", "*"),
                    *(_row(_capital(one.what), name, one.write or "") for name, one in families().items()),
                ),
                class_name="hub-table",
            ),
            class_name="hub-table-region",
            tab_index=0,
            role="region",
            custom_attrs={"aria-label": "Scopes"},
        ),
        _when_writing(_box("admin:*", words="Administer: manage tokens and everything above")),
        of=state,
    )


def _when_writing(content: rx.Component) -> rx.Component:
    return rx.cond(SessionState.is_engineer, content)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _row(what: str, family: str, write: str = "") -> rx.Component:
    """`write` says what writing is where it is not to create, change and delete."""
    told = rx.el.span(f"Write: {write}", class_name="hub-sub")
    return rx.el.tr(
        rx.el.th(what, *([_when_writing(told)] if write else []), scope="row"),
        rx.el.td(_box(f"read:{family}")),
        _when_writing(rx.el.td(_box(f"write:{family}") if f"write:{family}" in all_scopes() else "")),
    )


def _box(scope: str, *, words: str = "") -> rx.Component:
    """A checkbox; where no words stand beside it, the scope's description names it."""
    attributes: dict[str, Any] = {} if words else {"aria-label": all_scopes()[scope]}
    box = rx.el.input(
        type="checkbox", name=scope, class_name="hub-checkbox", title=scope, custom_attrs=attributes
    )
    return rx.el.label(box, rx.el.span(words), class_name="hub-row") if words else box
