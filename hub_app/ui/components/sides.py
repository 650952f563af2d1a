from collections.abc import Sequence
from typing import Any

import reflex as rx

from hub_app.ui.components.fields.frame import below
from hub_app.ui.elements import Child, Flag, Rows, Text
from hub_app.ui.guard import FormState
from hub_app.ui.icons import icon


def sides(
    rows: Rows,
    *,
    heads: Sequence[tuple[str, Text, str]],
    before: Text = "",
    own: Text = "",
    of: type[FormState],
    may_choose: Flag,
) -> rx.Component:
    """Two versions of a thing, field by field, of which one is chosen for each. `heads` names both, as (value, words, key to
    press); `before` what both agreed on, `own` what stands for neither. Goes into a form.

    A row has a `key`, a `label`, its values as pieces with `text` and `differs` in `first` and `second`, `before`, which value
    is `chosen` ("" for none), whether it is still `open`, and what tells this state of it from others in `seen`; with `own`
    also the `control` that a value of one's own is entered with ("" for none), and what that starts with in `entered`.

    The choice arrives as `take:<key>`, one's own value as `value:<key>`, and `seen:<key>` along with them.

    sides(C.fields, heads=[("hub", "In Hub", "h"), ("crm", C.in_crm, "c")], before="Last agreed", own="Another value", of=C,
        may_choose=Session.is_engineer)
    """
    has_before = isinstance(before, rx.Var) or before != ""
    has_own = isinstance(own, rx.Var) or own != ""

    def one(row: Any) -> rx.Component:
        choosing = row.open & may_choose
        said = [_said(before, rx.cond(row.before != "", row.before, _nothing()), "hub-sides-before")]
        cells = [
            rx.cond(choosing, _choice(row, head, pieces), _fixed(row, head, pieces))
            for head, pieces in zip(heads, (row.first, row.second), strict=True)
        ]
        name: dict[str, Any] = {"aria-labelledby": f"side-{row.key}"}
        return rx.el.div(
            rx.el.div(row.label, class_name="hub-sides-name", id=f"side-{row.key}"),
            *(said if has_before else []),
            *cells,
            *([rx.cond(choosing & (row.control != ""), _own(row, own, of))] if has_own else []),
            rx.cond(choosing, rx.el.input(type="hidden", name=f"seen:{row.key}", value=row.seen)),
            role=rx.cond(choosing, "radiogroup", "group"),
            class_name="hub-sides-row",
            # A field that changed is another one: what was chosen for its former values is forgotten.
            key=f"{row.key} {row.seen} {row.chosen}",
            custom_attrs=name,
        )

    titles = ["Field", *([before] if has_before else []), *(words for _, words, _ in heads)]
    hidden: dict[str, Any] = {"aria-hidden": "true"}
    return rx.el.div(
        rx.el.div(
            *(rx.el.span(title) for title in titles), class_name="hub-sides-heads", custom_attrs=hidden
        ),
        rx.foreach(rows, one),
        class_name="hub-sides" if has_before else "hub-sides hub-sides-two",
    )


def _pieces(pieces: Any) -> rx.Component:
    """A text in pieces, with what differs marked; a word for an empty one."""
    marked = rx.foreach(
        pieces, lambda piece: rx.cond(piece.differs, rx.el.mark(piece.text), rx.el.span(piece.text))
    )
    return rx.cond(pieces.length() > 0, rx.el.span(marked, class_name="hub-sides-text"), _nothing())


def key(name: str) -> rx.Component:
    """A key to press.

    key("Enter")
    """
    return rx.el.kbd(name, class_name="hub-kbd")


def _nothing() -> rx.Component:
    return rx.el.span("empty", class_name="hub-faint hub-sides-empty")


def _head(words: Text) -> rx.Component:
    return rx.el.span(words, class_name="hub-sides-head")


def _said(head: Text, content: Child, look: str) -> rx.Component:
    return rx.el.div(_head(head), rx.el.span(content), class_name=look)


def _choice(row: Any, head: tuple[str, Text, str], pieces: Any) -> rx.Component:
    value, words, key = head
    keyed: dict[str, Any] = {"data-key": key}
    return rx.el.label(
        rx.el.input(
            type="radio",
            name=f"take:{row.key}",
            value=value,
            default_checked=row.chosen == value,
            class_name="hub-radio",
            custom_attrs=keyed,
        ),
        rx.el.span(_head(words), _pieces(pieces)),
        class_name="hub-side",
    )


def _fixed(row: Any, head: tuple[str, Text, str], pieces: Any) -> rx.Component:
    value, words, _ = head
    is_chosen = (row.chosen == value) & ~row.open
    sign = rx.el.span(icon("check", size="small"), rx.el.span("Chosen", class_name="hub-hidden"))
    return rx.el.div(
        rx.cond(is_chosen, sign),
        rx.el.span(_head(words), _pieces(pieces)),
        class_name=rx.cond(is_chosen, "hub-side hub-side-chosen", "hub-side"),
    )


def _own(row: Any, words: Text, of: type[FormState]) -> rx.Component:
    name = f"value:{row.key}"
    described: dict[str, Any] = {
        "aria-label": f"{words}: {row.label}",
        "aria-describedby": f"{name}-error",
        "aria-invalid": rx.cond(of.errors.get(name, "") != "", "true", "false"),
    }
    same: dict[str, Any] = {
        "name": name,
        "id": name,
        "default_value": row.entered,
        "custom_attrs": described,
    }
    field = rx.cond(
        row.control == "multiline",
        rx.el.textarea(class_name="hub-input hub-textarea", rows="3", **same),
        rx.el.input(type=row.control, class_name="hub-input", auto_complete="off", **same),
    )
    return rx.el.div(
        rx.el.label(
            rx.el.input(type="radio", name=f"take:{row.key}", value="value", class_name="hub-radio"),
            rx.el.span(words),
            class_name="hub-side-own-row",
        ),
        rx.el.div(field, *below(name, "", of), class_name="hub-side-own-field"),
        class_name="hub-side-own",
    )
