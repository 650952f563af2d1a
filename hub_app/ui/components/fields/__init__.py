"""Form fields: label, control, help, and the server's message beside it."""

from hub_app.ui.components.fields.choice import (
    check_field,
    checks_field,
    picks_field,
    select_field,
    switch_field,
    tags_field,
)
from hub_app.ui.components.fields.frame import notes
from hub_app.ui.components.fields.text import (
    document_field,
    number_field,
    password_field,
    text_field,
    textarea_field,
)

__all__ = [
    "check_field",
    "checks_field",
    "document_field",
    "notes",
    "number_field",
    "password_field",
    "picks_field",
    "select_field",
    "switch_field",
    "tags_field",
    "text_field",
    "textarea_field",
]
