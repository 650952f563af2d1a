from typing import Any

import reflex as rx

from hub_app.ui.components.button import button, icon_button
from hub_app.ui.components.fields.frame import Of, labelled, named, start
from hub_app.ui.components.menu import menu, menu_item
from hub_app.ui.elements import Child, CustomElement, Flag, Rows, Text, join

_MARKS = (
    ("bold", "bold", "Bold (Ctrl+B)", True),
    ("italic", "italic", "Italic (Ctrl+I)", False),
    ("heading", "heading", "Heading", False),
    ("list", "list", "List", True),
    ("numbers", "list_ordered", "Numbered list", False),
    ("steps", "list_checks", "Checklist", True),
    ("quote", "quote", "Quote", False),
    ("code", "code", "Code", False),
    ("link", "link", "Link", False),
)


def markdown_field(  # noqa: PLR0913 - a component's arguments are its attributes
    name: str,
    label: Text,
    *,
    preview: Text,
    of: Of = None,
    value: Text | None = None,
    text: Text = "",
    rows: int = 10,
    toolbar: Text = "full",
    theme: Text = "auto",
    snippets: Rows = None,
    as_note: bool = False,
    tall: bool = False,
) -> rx.Component:
    """A text in Markdown, with buttons and a preview that REST makes at `preview`: as HTML, or `as_note` the plain text that others get.
    `toolbar` is "full" or "basic", `theme` "auto", "light" or "dark"; `snippets` a Var of rows with a `name` and a `text`.

    markdown_field("body", "Notes", of=F, preview="/api/v1/sessions/markdown", snippets=F.snippets)
    """
    area = rx.el.textarea(
        default_value=start(name, of, value),
        rows=str(rows),
        spell_check=True,
        class_name="hub-textarea hub-mono",
        **named(name, of),
    )
    shown: dict[str, Any] = {"data-url": preview, "data-show": "note" if as_note else "html"}
    if not as_note:
        shown["data-editable"] = ""
    look = join("hub-editor", "hub-editor-tall" if tall else "")
    editor = rx.el.div(
        rx.el.div(
            rx.el.div(*_buttons(toolbar), *_snippets(name, snippets), class_name="hub-editor-marks"),
            rx.el.div(
                _view("write", "Write", pressed="true"),
                _view("preview", "Preview", pressed="false"),
                class_name="hub-editor-views",
            ),
            class_name="hub-editor-bar",
        ),
        area,
        CustomElement.create(
            tag="markdown", tab_index=0, role="region", class_name="hub-markdown", custom_attrs=shown
        ),
        class_name=rx.match(theme, ("dark", f"{look} dark"), ("light", f"{look} light"), look),
    )
    return labelled(name, label, editor, text=text, of=of)


def markdown(html: Text) -> rx.Component:
    """Markdown that the server has made HTML of, without anything that acts (hub_app/psa/markdown.py).

    markdown(Session.html)
    """
    return rx.el.div(rx.html(html), class_name="hub-markdown")


def autosaved_form(*children: Child, url: Text, etag: Text, fields: str, key: Text) -> rx.Component:
    """A form that saves itself while someone types (assets/hub/autosave.js): REST at `url` takes the `fields`, separated by spaces, by
    PATCH. `etag` is that of what they begin with; with another `key` it is another form.

    autosaved_form(text_field("title", "Title", of=S), url=S.url, etag=S.etag, fields="title", key=S.id)
    """
    attributes: dict[str, Any] = {"data-url": url, "data-etag": etag, "data-fields": fields}
    return rx.el.form(
        *children,
        CustomElement.create(tag="autosave", class_name="hub-row", custom_attrs=attributes),
        class_name="hub-form",
        key=key,
    )


def worked(seconds: Text, since: Text) -> rx.Component:
    """How long somebody has worked: so many seconds, and what has passed `since` a clock runs, "" while it does not.

    worked(Session.seconds, Session.since)
    """
    attributes: dict[str, Any] = {"data-seconds": seconds, "data-since": since}
    return CustomElement.create(tag="worked", class_name="hub-figures", custom_attrs=attributes)


def _buttons(toolbar: Text) -> list[Child]:
    is_full: Flag = toolbar == "full"

    def one(mark: str, icon: str, label: str) -> rx.Component:
        return icon_button(icon, label, small=True, attributes={"data-mark": mark})

    return [
        one(mark, icon, label) if is_basic else rx.cond(is_full, one(mark, icon, label))
        for mark, icon, label, is_basic in _MARKS
    ]


def _snippets(name: str, snippets: Rows) -> list[Child]:
    if snippets is None:
        return []
    place = f"{name}-snippets"

    def one(row: Any) -> rx.Component:
        attributes: dict[str, Any] = {"data-insert": row.text}
        return menu_item(row.name, rx.noop(), attributes=attributes)

    opener = icon_button("text_cursor_input", "Insert a snippet", small=True, opens=place)
    return [
        rx.cond(
            snippets.length() > 0,
            rx.fragment(opener, menu(place, "Snippets", rx.foreach(snippets, one))),
        )
    ]


def _view(view: str, label: str, *, pressed: str) -> rx.Component:
    attributes: dict[str, Any] = {"data-editor-view": view, "aria-pressed": pressed}
    return button(label, "ghost", small=True, attributes=attributes)
