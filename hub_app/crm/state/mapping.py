"""The tab of a connection's mapping: opening it, changing its lines, saving and applying it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.schemas.mappings import (
    ApplyMappingsIn,
    FieldMappingsOut,
    ResourceMappingOut,
    SourceFieldOut,
)
from hub_app.crm.service import integrations, mappings
from hub_app.crm.state.mapping_address import WORDS, MappingAddress
from hub_app.crm.state.mapping_draft import dumped, index_of
from hub_app.crm.state.mapping_sample import MappingSampleState
from hub_app.kernel.actor import Role
from hub_app.kernel.edits import AsOpened
from hub_app.kernel.errors import EditConflict, Invalid, NotFound
from hub_app.kernel.validation import validated
from hub_app.ui.guard import current_actor, guarded


class FieldMappingState(MappingSampleState, rx.State):
    """The mapping of one kind of record."""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> Any:
        address = MappingAddress.at(self)
        if address.tab != "mapping":
            return None
        actor = await current_actor(self)
        self._arrived(address)
        try:
            one = await integrations.get_integration(actor, address.id)
            found = await mappings.get_field_mappings(actor, address.id)
        except NotFound:  # The page says so.
            self.loaded = False
            return None
        self.reads = one.sync_config.sync_direction != "export_only"
        self.resources = [(two.resource, WORDS[two.resource]) for two in found.resources]
        now = _of(found, address.resource)
        self.resource, self.record = now.resource, address.record
        here = f"{address.path}?{now.resource}"
        if self.place != here or not self.changed:
            self._keep_draft()
            if self.place != here:
                self._forget_sample()
            self.place = here
            self._know(found, now)
            kept = self._others.pop(here, None)
            if kept is None:
                self._put(self._saved)
            else:
                self._saved, self._version, self._added = kept.saved, kept.version, kept.added
                self._put(kept.draft)
        self._show()
        self.loaded = True
        # Not beside this handler: it begins with what is shown by now.
        return FieldMappingState.read_samples

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def map_to(self, path: str, target: str) -> Any:
        """Have a field of the CRM fill this one."""
        seen = next((one for one in self._seen if one["path"] == path), None)
        field = self._field_by_key().get(str(target))
        if seen is None or field is None:
            raise NotFound("This field no longer exists. Reload the page.")
        made = mappings.proposed_mapping(SourceFieldOut.model_validate(seen), field)
        self._put([*self._draft, dumped(made)])
        return [
            rx.toast.success(f"{seen['label']} fills {field.label}. Save the mapping to keep it."),
            FieldMappingState.try_out,
        ]

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def take_proposal(self, row: str) -> Any:
        """Read a field that was lost from where it may be now."""
        label = self._take(str(row))
        return [
            rx.toast.success(f"{label} is read from another field. Save the mapping to keep it."),
            FieldMappingState.try_out,
        ]

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def match_rest(self) -> Any:
        """Map all fields that are surely alike."""
        taken = {one["target"] for one in self._draft}
        sure = [one["field_mapping"] for one in self._suggested if one["sure"]]
        new = [one for one in sure if one["target"] not in taken]
        if not new:
            return rx.toast.info("No other field is surely alike. Choose a field for each that you need.")
        self._put([*self._draft, *new])
        what = "1 field is mapped" if len(new) == 1 else f"{len(new):,} fields are mapped"
        return [rx.toast.success(f"{what}. Check them, then save."), FieldMappingState.try_out]

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def remove(self, line: str) -> EventSpec | Any:
        at = index_of(self._draft, line)
        self._put([*self._draft[:at], *self._draft[at + 1 :]])
        return FieldMappingState.try_out

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def discard(self) -> Any:
        """Go back to the mapping that is saved."""
        address = MappingAddress.at(self)
        found = await mappings.get_field_mappings(await current_actor(self), address.id)
        self._know(found, _of(found, self.resource))
        self._put(self._saved)
        return FieldMappingState.try_out

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def save(self) -> AsyncIterator[Any]:
        """Save the mapping of this kind of record, unless someone else changed it meanwhile."""
        self.busy, self.failure = True, ""
        yield None
        actor, address = await current_actor(self), MappingAddress.at(self)
        expected = AsOpened({self.resource: self._version})
        try:
            found = await mappings.replace_field_mappings(actor, address.id, self._given(), expected=expected)
        except Invalid as error:
            self._refuse(error)
            return
        self._know(found, _of(found, self.resource))
        self._put(self._saved)
        yield rx.toast.success("The mapping is saved.")
        yield FieldMappingState.try_out

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def apply(self, preview: bool) -> Any:  # noqa: FBT001 - an event's argument
        """Look at all records of this kind again, or tell what that would change."""
        given = validated(ApplyMappingsIn, {"resources": [self._resource()], "dry_run": preview is True})
        address = MappingAddress.at(self)
        job = await mappings.apply_field_mappings(await current_actor(self), address.id, given)
        said = "The preview has started." if preview is True else "The records are looked at again."
        return [rx.toast.success(said), rx.redirect(f"{address.path}?tab=jobs&job={job.id}")]

    async def _offer_theirs(self, conflict: EditConflict) -> EventSpec:
        del conflict  # The mapping of a kind of record is saved as a whole.
        found = await mappings.get_field_mappings(await current_actor(self), MappingAddress.at(self).id)
        now = _of(found, self.resource)
        self._theirs = [dumped(one) for one in now.field_mappings]
        self._their_version = found.version.fields[now.resource]
        self.meanwhile, self.busy = _difference(self._saved, self._theirs), False
        return rx.call_script("window.hub.focusChoice()")

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def keep_mine(self) -> None:
        """Let the next save overwrite what someone else made of the mapping, as long as it is still that."""
        if self.meanwhile:
            self._saved, self._version, self.meanwhile = self._theirs, self._their_version, ""
            self.changed = self._is_changed()


def _of(found: FieldMappingsOut, resource: str) -> ResourceMappingOut:
    """That of the resource, or of the first one."""
    return next((one for one in found.resources if one.resource == resource), found.resources[0])


def _difference(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> str:
    """What became of the mapping, naming each field: `Changed: email. Added: notes.`"""

    def by_target(lines: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
        found: dict[str, list[Mapping[str, Any]]] = {}
        for one in lines:
            found.setdefault(str(one["target"]), []).append(one)
        return found

    old, new = by_target(before), by_target(now)
    told = {
        "Changed": [name for name in new if name in old and new[name] != old[name]],
        "Added": [name for name in new if name not in old],
        "Removed": [name for name in old if name not in new],
    }
    said = [f"{what}: {', '.join(names)}." for what, names in told.items() if names]
    return " ".join(said) or "It was changed and then changed back."
