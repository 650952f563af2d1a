"""How it stands with the consent to each connection: giving it, renewing it, revoking it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from hub_app.governance.schemas.consents import ConsentIn, ConsentStatus
from hub_app.governance.service import consent_giving, consent_renewal, consent_status
from hub_app.governance.state.consent_address import ConsentsAddress, giver_of, kind_of, source_of, when
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Conflict, NotFound
from hub_app.ui.consent import agreed
from hub_app.ui.forms import DialogState, Next, confirmed, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id
from hub_app.ui.lists import PagedState
from hub_app.ui.session import SessionState

_NAMED = 20


@dataclass(frozen=True)
class StatusRow:
    """`id` is the connection's kind and id; `consent` the consent's id, "" while there is none. `mine` tells whether the
    person may do something about it.
    """

    id: str
    name: str
    kind: str
    terms: str
    page: str
    href: str
    state: str
    who: str
    source: str
    at: str
    version: str
    consent: str
    mine: bool


class ConsentStatusState(PagedState, DialogState, rx.State):
    """One page of connections, and the dialogs about one of them."""

    rows: rx.Field[list[StatusRow]] = rx.field(default_factory=list)
    tab: str = "status"
    outdated: rx.Field[list[str]] = rx.field(default_factory=list)
    """The names of what this person can renew all at once; of many the first ones, and how many more there are."""
    more_outdated: int = 0
    subject: str = ""
    subject_name: str = ""
    subject_kind: str = ""
    subject_terms: str = ""
    subject_consent: str = ""
    subject_state: str = ""
    _subject_page: str = ""
    _address = ConsentsAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        address = ConsentsAddress.at(self)
        self.tab = address.tab
        if address.tab != "status":
            return
        await self._load(address)
        if address.asked is not None:
            found = await consent_status.get_status(await current_actor(self), *address.asked)
            if found is not None and found.mine and found.state != "given":
                self._about("give", _row(found, address))

    async def _load(self, address: ConsentsAddress) -> None:
        actor = await current_actor(self)
        found = await consent_status.list_status(actor, self._page())
        self.rows = [_row(one, address) for one in found.items]
        names = [one.of.name for one in await consent_renewal.outdated(actor)]
        self.outdated, self.more_outdated = names[:_NAMED], max(0, len(names) - _NAMED)
        self._turned(found, address)

    def _about(self, dialog: str, row: StatusRow) -> None:
        self._open(dialog)
        self.subject, self.subject_name, self.subject_kind = row.id, row.name, row.kind
        self.subject_terms, self.subject_consent, self._subject_page = row.terms, row.consent, row.page
        self.subject_state = row.state

    @rx.event
    @guarded(Role.ENGINEER)
    def ask_about(self, dialog: str, row_id: str) -> None:
        """Open a dialog about this connection."""
        row = next((one for one in self.rows if one.id == row_id), None)
        if row is None:
            raise NotFound("This no longer exists. Reload the page.")
        self._about(dialog, row)

    @submits_data(Role.ENGINEER)
    async def give(self, data: Mapping[str, Any]) -> list[Next]:
        """Give consent to the connection that the dialog is about, or renew it."""
        agreed(data)
        kind, _, resource_id = self.subject.partition(".")
        if not resource_id:
            raise NotFound("This no longer exists. Reload the page.")
        given = ConsentIn(
            consent_type="THIRD_PARTY",
            resource_type=kind,
            resource_id=resource_id,
            description=self.subject_terms,
        )
        renews = read_id(self.subject_consent) if self.subject_state == "outdated" else None
        try:
            await consent_giving.give_consent(await current_actor(self), given, on_screen=True, renews=renews)
        except Conflict as error:
            return await self._changed_by_others(error.detail)
        said = rx.toast.success(f"You gave consent for {self.subject_name}.")
        if ConsentsAddress.at(self).give:
            # Whoever was sent here goes back to where nothing worked.
            return [said, rx.redirect(self._subject_page)]
        await self._load(ConsentsAddress.at(self))
        return [said, SessionState.load]

    @confirmed(Role.ENGINEER)
    async def revoke(self) -> list[Next]:
        """Revoke the consent to the connection that the dialog is about."""
        one = read_id(self.subject_consent)
        try:
            replaced = (await consent_giving.revoke_consent(await current_actor(self), one)).replaced_by
        except Conflict:
            replaced = one
        if replaced is not None:
            text = f"Someone gave consent for {self.subject_name} again in the meantime. Revoke the new consent instead."
            return await self._changed_by_others(text)
        await self._load(ConsentsAddress.at(self))
        text = f"Consent for {self.subject_name} was revoked. Hub no longer calls it."
        return [rx.toast.success(text), SessionState.load]

    async def _changed_by_others(self, said: str) -> list[Next]:
        """The dialog is about what is over: it closes, and the list shows what holds."""
        await self._load(ConsentsAddress.at(self))
        return [rx.toast.error(said), SessionState.load]

    @submits_data(Role.ENGINEER)
    async def renew_all(self, data: Mapping[str, Any]) -> list[Next]:
        """Renew what this person can renew."""
        agreed(data)
        count = (await consent_renewal.renew_all(await current_actor(self), on_screen=True)).renewed
        await self._load(ConsentsAddress.at(self))
        what = "1 consent was" if count == 1 else f"{count:,} consents were"
        return [rx.toast.success(f"{what} renewed."), SessionState.load]


def _row(one: ConsentStatus, address: ConsentsAddress) -> StatusRow:
    row_id, consent = f"{one.resource_type}.{one.resource_id}", one.consent
    return StatusRow(
        id=row_id,
        name=one.name,
        kind=kind_of(one.resource_type),
        terms=one.terms,
        page=one.href,
        href=one.href if consent is None else address.url(consent=str(consent.id)),
        state=one.state,
        who="" if consent is None else giver_of(consent),
        source="" if consent is None else source_of(consent),
        at="" if consent is None else when(consent),
        version="" if consent is None else str(consent.policy_version),
        consent="" if consent is None else str(consent.id),
        mine=one.mine,
    )
