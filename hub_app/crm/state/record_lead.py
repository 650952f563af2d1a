"""Sending the client of a page to a CRM as a lead."""

from dataclasses import dataclass

import reflex as rx

from hub_app.crm.schemas.leads import LeadsIn
from hub_app.crm.service import leads
from hub_app.crm.state.record_address import RecordAddress
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import NotFound
from hub_app.ui.forms import RowDialogState, confirmed
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id


@dataclass(frozen=True)
class TargetRow:
    """A connection to which the client can be sent."""

    id: str
    name: str


class RecordLeadState(RowDialogState, rx.State):
    """Where the client can be sent, and was not yet."""

    rows: rx.Field[list[TargetRow]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        actor = await current_actor(self)
        self.rows = []
        if not actor.role.includes(Role.ENGINEER):
            return
        try:
            found = await leads.targets(actor, RecordAddress.at(self).id)
        except NotFound:  # The page says so.
            return
        self.rows = [TargetRow(str(one.id), one.name) for one in found]

    @confirmed(Role.ENGINEER)
    async def send(self) -> str:
        """Send the client there, once."""
        target = read_id(self.subject_id)
        given = LeadsIn(record_ids=[RecordAddress.at(self).id])
        await leads.send_leads(await current_actor(self), target, given)
        self.rows = [one for one in self.rows if one.id != self.subject_id]
        return f"The client is being sent to {self.subject_name}."
