"""The question that stands wherever something is connected: whether there is consent to it."""

from typing import Any

import reflex as rx

from hub_app.ui.components.fields.frame import Of, below, invalid
from hub_app.ui.elements import Child, CustomElement

NAME = "consent"


def consent_field(*terms: Child, of: Of) -> rx.Component:
    """A box that must be ticked. `terms` is the sentence that is consented to: it names the outside system and what goes
    there. `ui/consent.py` reads it.

    consent_field(Catalogue.terms, of=Catalogue)
    """
    described: dict[str, Any] = {"aria-describedby": f"{NAME}-error", **invalid(NAME, of)}
    return rx.el.div(
        rx.el.label(
            rx.el.input(id=NAME, name=NAME, type="checkbox", class_name="hub-check", custom_attrs=described),
            rx.el.span(rx.el.span("I consent", id=f"{NAME}-label"), rx.el.small(*terms)),
            class_name="hub-consent",
        ),
        *below(NAME, "", of),
        class_name="hub-field",
    )


def host_in(field: str, otherwise: str) -> rx.Component:
    """The host of the URL that is in this field of the form, as it is typed; `otherwise` while it holds none.

    consent_field("Hub may call ", host_in("base_url", "this API"), ".", of=F)
    """
    attributes: dict[str, Any] = {"data-field": field, "data-otherwise": otherwise}
    return CustomElement.create(tag="host", class_name="hub-strong", custom_attrs=attributes)
