"""The page of the PSA connection: connecting, changing, testing and disconnecting it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.governance.schemas.consents import Agreement
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Invalid
from hub_app.kernel.validation import refusals
from hub_app.psa.schemas.connections import (
    NAMED,
    PsaConnectionIn,
    PsaConnectionOut,
    PsaConnectionPatch,
    PsaProviderOut,
)
from hub_app.psa.service import connections, consent, gallery
from hub_app.psa.state.addresses import PSA, PsaAddress
from hub_app.ui import words
from hub_app.ui.consent import agreed
from hub_app.ui.edits import EditState, Form, saved
from hub_app.ui.forms import DialogState, Next, confirmed, submits_data
from hub_app.ui.guard import FormState, current_actor, guarded
from hub_app.ui.inputs import read


@dataclass(frozen=True)
class Field:
    """What the PSA asks for. A secret shows a `hint` of what is kept, and its field starts empty."""

    name: str
    label: str
    text: str
    placeholder: str
    is_secret: bool
    is_optional: bool
    value: str
    hint: str


@dataclass(frozen=True)
class ProviderCard:
    id: str
    name: str
    about: str
    href: str
    is_chosen: bool


@dataclass(frozen=True)
class Fact:
    label: str
    text: str
    is_mono: bool = False


class PsaConnectionState(EditState, DialogState, rx.State):
    """The one connection of the tenant, and its form. `result` is what the last test said, "" before one."""

    loaded: bool = False
    connected: bool = False
    is_active: bool = False
    name: str = ""
    provider: str = ""
    provider_name: str = ""
    error: str = ""
    validated_at: str = ""
    version: str = ""
    facts: rx.Field[list[Fact]] = rx.field(default_factory=list)
    fields: rx.Field[list[Field]] = rx.field(default_factory=list)
    tab: str = "connection"
    tab_hrefs: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    result: str = ""
    result_ok: bool = False
    testing: bool = False
    losses: str = ""
    _id: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        self.result, self.testing, self.loaded = "", False, False
        await self._look()

    async def _look(self) -> None:
        address = PsaAddress.at(self)
        self.tab = address.tab
        self.tab_hrefs = {one: PsaAddress(PSA, tab=one).url() for one in ("connection", "members", "posts")}
        found = await connections.get_connection(await current_actor(self))
        self.connected, self._id = found is not None, str(found.id) if found else ""
        if found is not None:
            self._show(found)
        self.loaded = True

    def _show(self, one: PsaConnectionOut) -> None:
        self.name, self.provider, self.is_active = one.display_name, one.provider, one.is_active
        self.error, self.version = one.error or "", one.server_version or ""
        self.validated_at = words.iso(one.last_validated_at)
        known = gallery.get_provider(one.provider)
        self.provider_name = known.name if known else one.provider
        self.facts = _facts(one, known)

    def _forget(self) -> None:
        self._forget_form()

    async def _found(self) -> PsaConnectionOut:
        return await connections.require_connection(await current_actor(self))

    async def _now(self) -> Form:
        one = await self._found()
        known = gallery.get_provider(one.provider)
        self.fields = _fields(known, one) if known else []
        values = {each.name: each.value for each in self.fields if not each.is_secret}
        return Form(one.version, {"display_name": one.display_name, **values})

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        name = {"display_name": str(data.get("display_name", "")).strip()}
        with refusals() as refused:
            given = refused.part(lambda: read(PsaConnectionPatch, name), PsaConnectionPatch())
            found = {one.name: str(data.get(one.name, "")).strip() for one in self.fields}
        secrets = {one.name for one in self.fields if one.is_secret}
        # A secret that is left empty stays as it is.
        kept = {key: text for key, text in found.items() if text or key not in secrets}
        return {"display_name": given.display_name, **kept}

    @rx.event
    @guarded(Role.OWNER)
    async def ask_edit(self) -> None:
        self._open("edit")
        self.values = dict(self._begin(await self._now()))

    @submits_data(Role.OWNER)
    async def save(self, data: Mapping[str, Any]) -> list[Next]:
        changes = self._changes(data)
        if changes:
            actor, one = await current_actor(self), await self._found()
            await connections.update_connection(actor, one.id, _patch(changes), expected=self._as_opened())
        await self._look()
        return [saved(changes, "The connection")]

    @rx.event(temporal=True)
    @guarded(Role.OWNER)
    async def switch(self) -> EventSpec:
        """Switch the connection off, so that nothing is called, or on again."""
        actor, one = await current_actor(self), await self._found()
        await connections.update_connection(actor, one.id, PsaConnectionPatch(is_active=not one.is_active))
        await self._look()
        return rx.toast.success("The connection is off." if one.is_active else "The connection is on.")

    @rx.event(background=True, temporal=True)
    @guarded(Role.OWNER)
    async def test(self) -> None:
        """Ask the PSA whether the account works. It may take a while: the page can be used in between."""
        actor = await current_actor(self)
        one = await connections.require_connection(actor)
        async with self:
            self.testing, self.result = True, ""
        try:
            tested = await connections.test_connection(actor, one.id)
            async with self:
                self.result, self.result_ok = tested.message, tested.success
        finally:
            async with self:
                self.testing = False
                await self._look()

    @rx.event
    @guarded(Role.OWNER)
    async def ask_delete(self) -> None:
        one = await self._found()
        lost = await connections.losses(await current_actor(self), one.id)
        self._open("delete")
        self.losses = (
            f"{_count(lost.sessions, 'work session')} will be unlinked and stay."
            f" {_count(lost.member_mappings, 'member mapping')} and {_count(lost.note_templates, 'note template')} are deleted."
            " The history of posts stays."
        )

    @confirmed(Role.OWNER)
    async def delete(self) -> list[Next]:
        one = await self._found()
        await connections.delete_connection(await current_actor(self), one.id)
        return [rx.toast.success(f"{one.display_name} is disconnected."), rx.redirect(PSA)]


class PsaSetUpState(FormState, rx.State):
    """Connecting a PSA for the first time: which one, and what it asks for."""

    cards: rx.Field[list[ProviderCard]] = rx.field(default_factory=list)
    provider: str = ""
    provider_name: str = ""
    fields: rx.Field[list[Field]] = rx.field(default_factory=list)
    terms: str = ""
    problem: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self.errors, self.values, self.busy, self.problem = {}, {}, False, ""
        known = (await gallery.list_providers(await current_actor(self))).providers
        wanted = PsaAddress.at(self).provider
        chosen = next((one for one in known if one.id == wanted), known[0])
        self.provider, self.provider_name, self.terms = chosen.id, chosen.name, consent.terms(chosen.id)
        self.fields = _fields(chosen, None)
        self.cards = [
            ProviderCard(
                one.id, one.name, one.description, PsaAddress(PSA, provider=one.id).url(), one.id == chosen.id
            )
            for one in known
        ]

    @submits_data(Role.OWNER)
    async def connect(self, data: Mapping[str, Any]) -> list[Next]:
        """Connect it: the account is tested first, and the form stays as it is when that fails."""
        entered = {one.name: str(data.get(one.name, "")).strip() for one in self.fields}
        missing = [one.name for one in self.fields if not entered[one.name] and not one.is_optional]
        own = {name: text for name, text in entered.items() if name in NAMED and text}
        with refusals() as refused:
            agreement = refused.part(lambda: agreed(data), Agreement("screen"))
            for name in missing:
                refused.errors += Invalid.field(name, "must not be empty").errors
            given = read(
                PsaConnectionIn,
                {"display_name": data.get("display_name", ""), "site_url": "-", **own},
                provider=self.provider,
                credentials={name: text for name, text in entered.items() if name not in NAMED},
            )
        self.problem = ""
        try:
            await connections.create_connection(await current_actor(self), given, agreement)
        except Invalid as error:
            if error.errors:
                raise
            self.problem = error.detail
            return []
        told = rx.toast.success(f"{given.display_name} is connected.")
        return [told, PsaConnectionState.load]


def _patch(changes: Mapping[str, object]) -> PsaConnectionPatch:
    own = {name: value for name, value in changes.items() if name in PsaConnectionPatch.model_fields}
    more = {name: value for name, value in changes.items() if name not in own}
    return read(PsaConnectionPatch, own | ({"credentials": more} if more else {}))


def _fields(provider: PsaProviderOut, one: PsaConnectionOut | None) -> list[Field]:
    """The fields of an account: for a new one with their defaults, else with what is kept."""
    known: dict[str, str] = {}
    if one is not None:
        hints = {
            name: str(getattr(one, f"{name}_hint")) for name in ("public_key", "private_key", "client_id")
        }
        known = {**one.credentials, **hints, "site_url": one.site_url, "company_id": one.company_id}
    return [
        Field(
            name=each.key,
            label=each.label,
            text=each.help,
            placeholder=each.placeholder,
            is_secret=each.secret,
            is_optional=each.optional or (each.secret and one is not None),
            value="" if each.secret else known.get(each.key, each.default),
            hint=known.get(each.key, "") if each.secret else "",
        )
        for each in provider.fields
    ]


def _facts(one: PsaConnectionOut, known: PsaProviderOut | None) -> list[Fact]:
    if known is None:
        return [Fact("Site", one.site_url)]
    return [Fact(each.label, each.hint or each.value or "—", is_mono=True) for each in _fields(known, one)]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
