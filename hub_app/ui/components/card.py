import reflex as rx

from hub_app.ui.elements import Child, Text


def card(
    *body: Child,
    title: Text = "",
    title_href: Text = "",
    note: Text = "",
    actions: tuple[Child, ...] = (),
    foot: Child = "",
    flush: bool = False,
) -> rx.Component:
    """A panel. `flush` leaves out the padding, for a table or a list inside; `title_href` is the page of what the title names, ""
    for none.

    card(table(...), title="Deliveries", note="per hour", flush=True)
    """
    has_note = isinstance(note, rx.Var) or note
    head = rx.el.div(
        rx.el.h2(_title(title, title_href), class_name="hub-h2"),
        *([rx.el.p(note)] if has_note else []),
        *([rx.el.div(*actions, class_name="hub-actions")] if actions else []),
        class_name="hub-card-head",
    )
    return rx.el.section(
        *([head] if isinstance(title, rx.Var) or title else []),
        *(body if flush else [rx.el.div(*body, class_name="hub-card-body")]),
        *(
            [rx.el.div(foot, class_name="hub-card-foot")]
            if isinstance(foot, rx.Component | rx.Var) or foot
            else []
        ),
        class_name="hub-card",
    )


def _title(title: Text, href: Text) -> Child:
    if not isinstance(href, rx.Var) and not href:
        return title
    return rx.cond(href != "", rx.el.a(title, href=href, class_name="hub-link"), title)
