"""What the mapping that is being changed makes of some records of the CRM."""

import reflex as rx

from hub_app.crm.schemas.mappings import (
    Discovered,
    MappingPreview,
)
from hub_app.crm.service import mappings
from hub_app.crm.state import mapping_words as words
from hub_app.crm.state.mapping_address import MappingAddress
from hub_app.crm.state.mapping_lost import MappingLostState
from hub_app.crm.state.mapping_words import ResultRow
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import HubError
from hub_app.ui.guard import current_actor, guarded, sentence

_LONGEST = 100


class MappingSampleState(MappingLostState, mixin=True):
    """The draft, tried on a sample."""

    reading: bool = False
    sampled: bool = False
    """Whether records of the CRM were read."""
    none_seen: bool = False
    trouble: str = ""
    """Why no sample could be read."""
    records: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    record: str = ""
    results: rx.Field[list[ResultRow]] = rx.field(default_factory=list)
    refused: str = ""
    impact: str = ""
    slow: str = ""

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def read_samples(self) -> None:
        """Read some records of the CRM, and show what the mapping makes of them. Viewers are shown none: it is a call."""
        await self._read_samples(anew=False)

    @rx.event(background=True)
    @guarded(Role.ENGINEER)
    async def read_again(self) -> None:
        await self._read_samples(anew=True)

    async def _read_samples(self, *, anew: bool) -> None:
        actor = await current_actor(self)
        is_here = MappingAddress.at(self).tab == "mapping" and self.loaded
        if not is_here or not actor.role.includes(Role.ENGINEER):
            return
        async with self:
            self.reading, self.trouble = True, ""
            place, connection_id, resource = self.place, MappingAddress.at(self).id, self._resource()
        try:
            found = await mappings.discover_fields(actor, connection_id, resource, anew=anew)
            # Of the same sample.
            remaps = await mappings.propose_field_mappings(actor, connection_id, resource)
        except HubError as error:
            async with self:
                self.reading, self.trouble = False, error.detail
            return
        async with self:
            if self.place == place:
                self.reading = False
                self._proposed(remaps)
                self._discovered(found)
        await self._try(actor)

    @rx.event(background=True)
    @guarded(Role.ENGINEER)
    async def try_out(self) -> None:
        """Show what the draft makes of the sample."""
        await self._try(await current_actor(self))

    async def _try(self, actor: Actor) -> None:
        async with self:
            if self.trouble or not self._seen or self.place == "":
                return
            place, draft = self.place, [*self._draft]
            connection_id, given = MappingAddress.at(self).id, self._given()
        try:
            found = await mappings.preview_field_mappings(actor, connection_id, given)
        except HubError as error:
            async with self:
                self.impact, self.slow = "", sentence(error.detail)
            return
        async with self:
            # What was typed meanwhile is tried by an event of its own.
            if self.place == place and self._draft == draft:
                self._tried(found)

    @rx.event
    @guarded(Role.ENGINEER)
    def seek(self, text: str) -> None:
        """Show the fields that are left out and have these words in their name, path or sample."""
        self.sought = str(text)[:_LONGEST]
        self._show()

    def _forget_sample(self) -> None:
        self._remaps, self.lost_looked = [], False
        self._seen, self._suggested, self._warned, self._values = [], [], {}, {}
        self.records, self.results, self.impact, self.slow, self.refused = [], [], "", "", ""
        self.trouble, self.reading, self.sampled, self.sought = "", False, False, ""

    def _discovered(self, found: Discovered) -> None:
        self._seen = [one.model_dump(mode="json") for one in found.source_fields]
        self._suggested = [one.model_dump(mode="json") for one in found.suggestions]
        self.sampled, self.none_seen = True, not self._seen
        self._show()

    def _tried(self, found: MappingPreview) -> None:
        """Show what the draft makes of the sample, and of the chosen record of it."""
        self.records = [(one.external_id, one.name) for one in found.records]
        chosen = next((one for one in found.records if one.external_id == self.record), None)
        chosen = chosen or next(iter(found.records), None)
        fields = self._field_by_key()
        self._warned = words.warned_words(found)
        self._values = dict(chosen.values) if chosen else {}
        self.record = chosen.external_id if chosen else ""
        self.results = words.result_rows(chosen, self._given().field_mappings, fields) if chosen else []
        self.refused = (chosen.refused or "") if chosen else ""
        self.impact = words.impact_words(found, fields)
        milliseconds = found.microseconds_per_record / 1000
        self.slow = (
            f"This mapping takes {milliseconds:,.1f} ms for each record: an import will be slow. Use paths in place of expressions."
            if found.slow
            else ""
        )
        self._show()
