"""The tab of member mapping: who is who in the PSA, proposed by Hub and confirmed by the owner."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from hub_app.kernel.actor import Actor, Role
from hub_app.psa.schemas.members import MappingIn, MappingOut, MappingsIn, ProposalOut
from hub_app.psa.schemas.tickets import PsaList, PSAMember
from hub_app.psa.service import connections, mappings, tickets
from hub_app.psa.state.addresses import PsaAddress
from hub_app.psa.state.asking import asked, new_version
from hub_app.ui.forms import Next, submits_data
from hub_app.ui.guard import FormState, current_actor, guarded
from hub_app.ui.inputs import form_of, read_id

_PREFIX = "member:"
_HOW = {"email": "Same e-mail address", "name": "Same name", "manual": "Chosen by hand"}


@dataclass(frozen=True)
class PersonRow:
    """A member of the tenant. `field` is the name of the choice in the form, `chosen` the member of the PSA."""

    field: str
    name: str
    email: str
    chosen: str
    said: str
    note: str
    is_proposed: bool


class PsaMembersState(FormState, rx.State):
    """Everybody of the tenant, with who they are in the PSA. `version` changes when the form begins anew."""

    loaded: bool = False
    connected: bool = False
    problem: str = ""
    has_proposals: bool = False
    rows: rx.Field[list[PersonRow]] = rx.field(default_factory=list)
    options: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    version: str = ""

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        """Show who is mapped; then who there is to choose from, once the PSA has said so."""
        address = PsaAddress.at(self)
        async with self:
            self.loaded, self.problem, self.busy, self.errors = False, "", False, {}
        if address.tab != "members":
            return
        actor = await current_actor(self)
        is_connected = await connections.get_connection(actor) is not None
        found, problem = await asked(tickets.list_members(actor)) if is_connected else (None, "")
        rows = await _rows(actor)
        async with self:
            self.connected, self.problem, self.rows = is_connected, problem, rows
            self.has_proposals = False
            self.options = _options(found)
            self.loaded, self.version = True, new_version(self.version)

    @rx.event(background=True, temporal=True)
    @guarded(Role.OWNER)
    async def match(self) -> None:
        """Choose for everybody whom Hub takes them for. Nothing is saved before somebody confirms it."""
        actor = await current_actor(self)
        found, problem = await asked(mappings.propose(actor))
        rows = await _rows(actor)
        async with self:
            self.problem = problem
            proposals = {f"{_PREFIX}{one.user_id}": one for one in found.proposals} if found else {}
            self.rows = [_proposed(row, proposals.get(row.field)) for row in rows]
            self.has_proposals = any(one.is_proposed for one in self.rows)
            self.version = new_version(self.version)

    @submits_data(Role.OWNER)
    async def save(self, data: Mapping[str, Any]) -> list[Next]:
        given = [
            MappingIn(user_id=read_id(name.removeprefix(_PREFIX)), member_id=str(member))
            for name, member in form_of(data).items()
            if name.startswith(_PREFIX) and member
        ]
        actor = await current_actor(self)
        kept = await mappings.replace_mappings(actor, MappingsIn(mappings=given))
        self.rows, self.has_proposals = await _rows(actor), False
        self.version = new_version(self.version)
        return [rx.toast.success(f"{len(kept)} member{'' if len(kept) == 1 else 's'} mapped.")]


async def _rows(actor: Actor) -> list[PersonRow]:
    known = {one.user_id: one for one in await mappings.list_mappings(actor)}
    people = await mappings.people_of(actor)
    return [_row(one.user_id, one.name, one.email, known.get(one.user_id)) for one in people]


def _row(user_id: object, name: str, email: str, mapping: MappingOut | None) -> PersonRow:
    return PersonRow(
        field=f"{_PREFIX}{user_id}",
        name=name,
        email=email,
        chosen=mapping.member_id if mapping else "",
        said=f"{mapping.member_name} ({mapping.member_identifier})" if mapping else "",
        note=_HOW[mapping.matched_by] if mapping else "",
        is_proposed=False,
    )


def _proposed(row: PersonRow, proposal: ProposalOut | None) -> PersonRow:
    if proposal is None:
        return row
    return PersonRow(
        field=row.field,
        name=row.name,
        email=row.email,
        chosen=proposal.member_id or "",
        said=proposal.member_name,
        note=_HOW[proposal.matched_by] if proposal.member_id and proposal.matched_by else proposal.reason,
        is_proposed=proposal.member_id is not None,
    )


def _options(found: PsaList[PSAMember] | None) -> list[tuple[str, str]]:
    members = sorted(found.items, key=lambda one: one.name.casefold()) if found else []
    return [("", "Not mapped"), *((one.id, f"{one.name} ({one.identifier})") for one in members)]
