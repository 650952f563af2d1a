import reflex as rx

from hub_app.ui.components.button import button, icon_button
from hub_app.ui.components.callout import callout
from hub_app.ui.components.copy import copy_button, copyable
from hub_app.ui.elements import Action, Text


def secret(value: Text, *, hint: Text, on_reveal: Action, on_hide: Action) -> rx.Component:
    """A secret that the server gives out only when asked, and then writes it to the audit log.

    `value` is "" until `on_reveal` has filled it; `hint` is what may always be seen.

    secret(Endpoint.secret, hint="whsec_…4f9c", on_reveal=Endpoint.reveal, on_hide=Endpoint.hide)
    """
    return rx.el.div(
        rx.el.code(rx.cond(value != "", value, hint), class_name="hub-mono"),
        rx.cond(
            value != "",
            rx.fragment(
                copy_button(value, "Copy the secret", small=True),
                icon_button("eye_off", "Hide the secret", on_click=on_hide, small=True),
            ),
            button("Reveal", "ghost", mark="eye", on_click=on_reveal, small=True),
        ),
        class_name="hub-secret",
    )


def new_secret(value: Text, *, what: str) -> rx.Component:
    """A secret right after it was made: shown this once.

    new_secret(Tokens.created, what="API token")
    """
    return rx.el.div(
        callout(
            "Copy it now and keep it safe. Hub stores no readable copy and cannot show it again.",
            "warning",
            title=f"This {what} is shown only once",
        ),
        copyable(value, f"Copy the {what}"),
        class_name="hub-stack",
    )
