"""The dialog that adds a client by hand."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from hub_app.crm.schemas.records import RecordIn
from hub_app.crm.service import records
from hub_app.crm.state.record_address import HERE
from hub_app.crm.state.record_form import RecordField, field_of, name_of, read_field
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import FieldError, Invalid
from hub_app.kernel.validation import renamed
from hub_app.ui.forms import DialogState, Next, submits_data
from hub_app.ui.guard import current_actor, guarded

_DIALOG = "new"
_BY_WHICH_ONE_FINDS = ("name", "first_name", "last_name", "email", "phone")
_ELSEWHERE = {"people", "reference"}


class NewClientState(DialogState, rx.State):
    """The fields of the form."""

    fields: rx.Field[list[RecordField]] = rx.field(default_factory=list)
    has_custom: bool = False

    @rx.event
    @guarded(Role.ENGINEER)
    async def ask_new(self) -> None:
        """Open the form."""
        found = await records.fields_of(await current_actor(self), "clients")
        self.fields = [field_of(one) for one in found if one.type not in _ELSEWHERE]
        self.has_custom = any(one.custom for one in self.fields)
        self._open(_DIALOG)

    @submits_data(Role.ENGINEER)
    async def create(self, data: Mapping[str, Any]) -> list[Next]:
        """Make the client, and go to its page."""
        given = {one.name: read_field(one, data.get(one.name)) for one in self.fields}
        values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if not any(name in values for name in _BY_WHICH_ONE_FINDS):
            raise Invalid([FieldError("name", "must be given, or an email address or phone number")])
        with renamed(name_of):
            made = await records.create_record(await current_actor(self), RecordIn(fields=values))
        said = f"{made.name or 'The client'} is added."
        return [rx.toast.success(said), rx.redirect(f"{HERE}/{made.id}")]
