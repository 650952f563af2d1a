import reflex as rx


def skeleton(lines: int = 5, *, label: str = "Loading") -> rx.Component:
    """Grey lines where content will be.

    rx.cond(Session.ready, body, skeleton())
    """
    bars = (rx.el.span(class_name="hub-skeleton", custom_attrs={"aria-hidden": "true"}) for _ in range(lines))
    return rx.el.div(
        rx.el.span(label, class_name="hub-hidden"),
        *bars,
        class_name="hub-skeleton-lines",
        custom_attrs={"aria-busy": "true"},
    )
