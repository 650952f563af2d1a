import reflex as rx

from hub_app.ui.elements import Child


def facts(*pairs: tuple[str, Child]) -> rx.Component:
    """A list of names and values.

    facts(("URL", Endpoint.url), ("Retries", "exponential"))
    """
    return rx.el.dl(
        *(rx.el.div(rx.el.dt(name), rx.el.dd(value)) for name, value in pairs), class_name="hub-facts"
    )
