import reflex as rx

from hub_app.ui.elements import Text


def tabs(label: str, current: Text, *entries: tuple[str, str, Text]) -> rx.Component:
    """Tabs of a page, each a link with its own address. An entry is (key, words, address).

    tabs("Endpoint", Endpoint.tab, ("overview", "Overview", Endpoint.href), ("deliveries", "Deliveries", …))
    """
    return rx.el.nav(
        *(
            rx.el.a(
                words,
                href=href,
                prevent_scroll_reset=True,
                custom_attrs={"aria-current": rx.cond(current == key, "page", "false")},
            )
            for key, words, href in entries
        ),
        class_name="hub-tabs",
        custom_attrs={"aria-label": label},
    )
