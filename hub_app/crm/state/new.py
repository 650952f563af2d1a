"""Connecting a CRM, step by step: choose it, enter the account, see what it says, import for the first time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.schemas.integrations import IntegrationIn, IntegrationOut, IntegrationPatch, ProviderOut
from hub_app.crm.schemas.jobs import SyncIn
from hub_app.crm.service import consent, gallery, integrations, limits, syncs
from hub_app.crm.state.accounts import (
    AccountField,
    abilities,
    account_fields,
    directions_of,
    entered_account,
    field_of,
    listed,
    require_entered,
)
from hub_app.crm.state.connection import ConnectionAddress
from hub_app.crm.state.connections import HERE, NEW, logo_of
from hub_app.governance.schemas.consents import Agreement
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Conflict, Invalid, LimitReached, NotFound
from hub_app.kernel.validation import refusals, renamed
from hub_app.ui.consent import agreed
from hub_app.ui.forms import Next, submits_data
from hub_app.ui.guard import FormState, current_actor, guarded
from hub_app.ui.inputs import is_on, read, read_id
from hub_app.ui.page_address import PageAddress, parameter

STEPS = (
    ("choose", "Choose a CRM"),
    ("account", "Account"),
    ("test", "Test"),
    ("import", "First import"),
)


@dataclass(frozen=True)
class WizardAddress(PageAddress):
    """The chosen provider; once it is connected the connection, and whether the first import is next."""

    provider: str = parameter(longest=64)
    connection: str = parameter(longest=64)
    step: str = parameter(("import",))


@dataclass(frozen=True)
class ProviderCard:
    id: str
    name: str
    about: str
    can: str
    logo: str
    href: str


@dataclass(frozen=True)
class WizardStep:
    number: str
    name: str
    status: str
    note: str
    href: str
    is_current: bool


class NewConnectionState(FormState, rx.State):
    """Where the wizard is. `refused` says why no more can be connected."""

    loaded: bool = False
    missing: bool = False
    refused: str = ""
    step: str = "choose"
    steps: rx.Field[list[WizardStep]] = rx.field(default_factory=list)
    cards: rx.Field[list[ProviderCard]] = rx.field(default_factory=list)
    provider: str = ""
    provider_name: str = ""
    about: str = ""
    can: str = ""
    logo: str = ""
    limits: rx.Field[list[str]] = rx.field(default_factory=list)
    fields: rx.Field[list[AccountField]] = rx.field(default_factory=list)
    directions: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    terms: str = ""
    connection: str = ""
    name: str = ""
    status: str = ""
    account: str = ""
    reason: str = ""
    kinds: str = ""
    imports: bool = True
    next_step: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor, address = await current_actor(self), WizardAddress.at(self)
        known = {one.id: one for one in gallery.list_providers(actor).providers}
        self.errors, self.busy, self.missing, self.refused = {}, False, False, ""
        self.provider, self.connection = "", ""
        if address.connection:
            await self._show_connection(actor, address, known)
        else:
            self.refused = await limits.refusal_of(actor)
            self.cards = [] if address.provider in known else [card_of(one) for one in known.values()]
            self.step = "choose"
            if address.provider in known:
                self.step = "account"
                self._show_provider(known[address.provider])
                self.values = {"connection_name": "", "sync_direction": "import_only"}
        self.steps = _steps(self.step, address, self.status)
        self.loaded = True

    def _show_provider(self, one: ProviderOut) -> None:
        self.provider, self.provider_name, self.logo = one.id, one.name, logo_of(one.id)
        self.about, self.can, self.limits = one.description, abilities(one), one.limits
        self.fields, self.directions = account_fields(one), directions_of(one)
        self.terms, self.status = consent.terms(one.id, "in"), ""
        self.kinds = listed(one.supported_features)

    async def _show_connection(
        self, actor: Actor, address: WizardAddress, known: Mapping[str, ProviderOut]
    ) -> None:
        try:
            one = await integrations.get_integration(actor, read_id(address.connection))
        except NotFound:
            self.missing, self.step = True, "test"
            return
        if one.crm_provider in known:
            self._show_provider(known[one.crm_provider])
        self._show(one, known.get(one.crm_provider))
        self.step = "import" if address.step and self.status != "error" else "test"
        self.next_step = address.url(step="import")

    def _show(self, one: IntegrationOut, provider: ProviderOut | None) -> None:
        self.connection, self.name, self.account = str(one.id), one.connection_name, one.account_name
        self.status, self.reason = one.connection_status, one.sync_error_details or ""
        self.imports = (
            provider is not None
            and provider.capabilities["read"]
            and one.sync_config.sync_direction != "export_only"
        )
        if provider is not None:
            self.fields = account_fields(provider, one.auth_config, one.auth_hints)

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def choose_direction(self, direction: str) -> None:
        """Say what is consented to for this direction."""
        self.terms = consent.terms(self.provider, "in" if direction == "import_only" else "both")

    @submits_data(Role.CUSTOMER_ADMIN)
    async def create(self, data: Mapping[str, Any]) -> Next:
        """Connect the CRM; the next step shows what it said."""
        with renamed(field_of), refusals() as refused:
            agreement = refused.part(lambda: agreed(data), Agreement("screen"))
            config = {
                "sync_direction": data.get("sync_direction") or "import_only",
                "import_historical_data": is_on(data.get("import_historical_data")),
            }
            require_entered(refused, data, self.fields)
            given = read(
                IntegrationIn,
                {"connection_name": data.get("connection_name", "")},
                crm_provider=self.provider,
                auth_config=entered_account(data, self.fields),
                sync_config=config,
            )
        try:
            with renamed(field_of):
                made = await integrations.create_integration(await current_actor(self), given, agreement)
        except LimitReached as error:
            self.refused = error.detail
            raise
        except Conflict as error:
            raise Invalid.field("connection_name", error.detail) from None
        return rx.redirect(WizardAddress(NEW).url(connection=str(made.integration.id)))

    @submits_data(Role.CUSTOMER_ADMIN)
    async def try_again(self, data: Mapping[str, Any]) -> list[Next]:
        """Test the account once more, with what was corrected."""
        actor, one = await current_actor(self), read_id(self.connection)
        given = IntegrationPatch(auth_config=entered_account(data, self.fields))
        tested = await integrations.update_integration(actor, one, given)
        if tested.connection_status == "error":
            return [rx.toast.error("The test failed again."), NewConnectionState.load]
        return [rx.toast.success(f"{tested.connection_name} is connected."), NewConnectionState.load]

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def begin(self, preview: bool) -> EventSpec:  # noqa: FBT001 - an event's argument
        """Start the first import, or a preview of it, and look at it."""
        actor, one = await current_actor(self), read_id(self.connection)
        job = await syncs.start_sync(actor, one, SyncIn(job_type="full_import"), dry_run=preview is True)
        return rx.redirect(ConnectionAddress(f"{HERE}/{one}").of_job(job.id))


def card_of(one: ProviderOut) -> ProviderCard:
    """A provider in the gallery."""
    return ProviderCard(
        id=one.id,
        name=one.name,
        about=one.description,
        can=abilities(one),
        logo=logo_of(one.id),
        href=WizardAddress(NEW).url(provider=one.id),
    )


def _steps(current: str, address: WizardAddress, status: str) -> list[WizardStep]:
    """The wizard's steps, each with how it stands. One can go back to those that change nothing."""
    names = [name for name, _ in STEPS]
    at = names.index(current)
    links = {"choose": "" if address.connection else NEW, "test": address.url(step="")}
    made: list[WizardStep] = []
    for number, (name, words) in enumerate(STEPS):
        has_failed = name == "test" and status == "error"
        state = "failed" if has_failed else "done" if number < at else "now" if number == at else "later"
        notes = {"failed": "Failed", "done": "Done", "now": "You are here", "later": "Later"}
        href = links.get(name, "") if number < at else ""
        made.append(WizardStep(str(number + 1), words, state, notes[state], href, number == at))
    return made
