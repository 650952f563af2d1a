"""Reading the question for consent (`components/fields/consent.py`)."""

from hub_app.governance.schemas.consents import Agreement
from hub_app.kernel.errors import Invalid
from hub_app.ui.components.fields.consent import NAME
from hub_app.ui.inputs import form_of, is_on


def agreed(data: object) -> Agreement:
    """The consent that a form's data holds. Raises Invalid, by the field's name, while its box is not ticked."""
    if not is_on(form_of(data).get(NAME)):
        raise Invalid.field(NAME, "must be ticked. Hub connects nothing without consent")
    return Agreement("screen")
