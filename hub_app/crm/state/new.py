"""Connecting a CRM, step by step: choose it, enter the account, see what it says, import for the first time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.schemas.integrations import IntegrationIn, IntegrationOut, IntegrationPatch, ProviderOut
from hub_app.crm.schemas.jobs import SyncIn
from hub_app.crm.service import authorizing, consent, gallery, integrations, limits, syncs
from hub_app.crm.state.accounts import (
    AccountFieldsState,
    abilities,
    account_fields,
    directions_of,
    entered_account,
    field_of,
    listed,
    require_entered,
    ways_of,
)
from hub_app.crm.state.connection import ConnectionAddress
from hub_app.crm.state.connections import HERE, NEW, logo_of
from hub_app.governance.schemas.consents import Agreement
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Conflict, Invalid, LimitReached, NotFound
from hub_app.kernel.validation import refusals, renamed
from hub_app.oauth.service import outcomes
from hub_app.ui.consent import agreed
from hub_app.ui.forms import Next, submits_data
from hub_app.ui.guard import FormState, current_actor, guarded
from hub_app.ui.inputs import is_on, read, read_id
from hub_app.ui.page_address import PageAddress, parameter
from hub_app.ui.urls import leave_for, own_origin

STEPS = (
    ("choose", "Choose a CRM"),
    ("account", "Account"),
    ("test", "Test"),
    ("import", "First import"),
)


@dataclass(frozen=True)
class WizardAddress(PageAddress):
    """The chosen provider; once it is connected the connection, and whether the first import is next. Who comes back from an
    authorization has its `outcome`, and the `flow` that tells more of it.
    """

    provider: str = parameter(longest=64)
    connection: str = parameter(longest=64)
    step: str = parameter(("import",))
    outcome: str = parameter(longest=32)
    flow: str = parameter(longest=64)


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


class NewConnectionState(AccountFieldsState, FormState, rx.State):
    """Where the wizard is. `refused` says why no more can be connected, `told` how an authorization went that did not end well.
    `way` is how the CRM is connected (`auth_type`), `ways` are those that there are.
    """

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
    directions: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    terms: str = ""
    way: str = ""
    ways: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    unready: bool = False
    """Whether the operator has to set its API up before it can be used."""
    told: str = ""
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
        known = {one.id: one for one in (await gallery.list_providers(actor)).providers}
        self.errors, self.busy, self.missing, self.refused = {}, False, False, ""
        self.provider, self.connection, self.told = "", "", ""
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
        self.ways, self.unready = ways_of(one), one.auth_type == "oauth2" and not one.auth_url
        self.way = self.ways[0][0] if self.ways else ""
        self._ask_for(account_fields(one, self.way))
        self.directions = directions_of(one)
        self.terms, self.status = consent.terms(one.id, "in", self.way), ""
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
        waits = self.status in {"error", "pending_auth"}
        self.step = "import" if address.step and not waits else "test"
        if waits and address.outcome not in {"", "connected", "reconnected"}:
            flow = read_id(address.flow) if address.flow else None
            self.told = await outcomes.explain(actor, address.outcome, flow)
        self.next_step = address.url(step="import")

    def _show(self, one: IntegrationOut, provider: ProviderOut | None) -> None:
        self.connection, self.name, self.account = str(one.id), one.connection_name, one.account_name
        self.status, self.reason = one.connection_status, one.sync_error_details or ""
        self.way = one.auth_type
        self.imports = (
            provider is not None
            and provider.capabilities["read"]
            and one.auth_type != "file"
            and one.sync_config.sync_direction != "export_only"
        )
        if provider is not None:
            self._ask_for(account_fields(provider, one.auth_type, one.auth_config, one.auth_hints))

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def choose_way(self, way: str) -> None:
        """Ask for what this way to connect needs."""
        known = {one.id: one for one in (await gallery.list_providers(await current_actor(self))).providers}
        if self.provider in known and way in dict(self.ways):
            self.way = way
            self._ask_for(account_fields(known[self.provider], way))
            self.terms = consent.terms(self.provider, "in", way)

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def choose_direction(self, direction: str) -> None:
        """Say what is consented to for this direction."""
        self.terms = consent.terms(self.provider, "in" if direction == "import_only" else "both", self.way)

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
                auth_type=self.way or None,
                auth_config=entered_account(data, self.fields),
                sync_config=config,
            )
        try:
            with renamed(field_of):
                actor, origin = await current_actor(self), own_origin(self)
                made = await integrations.create_integration(actor, given, agreement, origin=origin)
        except LimitReached as error:
            self.refused = error.detail
            raise
        except Conflict as error:
            raise Invalid.field("connection_name", error.detail) from None
        if made.auth_url:
            return leave_for(made.auth_url)
        return rx.redirect(WizardAddress(NEW).url(connection=str(made.integration.id)))

    @submits_data(Role.CUSTOMER_ADMIN)
    async def authorize(self, data: Mapping[str, Any]) -> Next:
        """Send the browser to the CRM, for the first time or again."""
        actor, one = await current_actor(self), read_id(self.connection)
        return leave_for(await authorizing.begin(actor, one, origin=own_origin(self), agreement=agreed(data)))

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
