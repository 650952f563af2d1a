"""One tenant, for the operator: what it uses, its settings, suspending and deleting it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.identity.schemas.operator import (
    DeleteTenantIn,
    OperatedTenantDetail,
    OperatedTenantPatch,
    OwnerIn,
    TenantUsage,
)
from hub_app.identity.service import operated, operator_usage, suspending
from hub_app.identity.state.operator import TIER_NAMES, operator, tenant_of
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Forbidden, Invalid, NotFound
from hub_app.ui import words
from hub_app.ui.edits import EditState, Form, saved
from hub_app.ui.forms import DialogState, Next, confirmed, submits, submits_data
from hub_app.ui.guard import guarded
from hub_app.ui.inputs import read
from hub_app.ui.session import SessionState
from hub_app.ui.shown import shown_once
from hub_app.ui.urls import own_origin, url_with

_PARTS = {"identity": "Members", "oauth": "OAuth"}
_MEMBERS = ("identity", "members")


@dataclass(frozen=True)
class CountRow:
    """So many things of a kind that a capability has."""

    of: str
    what: str
    count: str


class OperatedTenantState(EditState, DialogState, rx.State):
    """What the operator's page of a tenant shows. `missing` when there is none, and for people who do not run this Hub."""

    loaded: bool = False
    missing: bool = False
    name: str = ""
    tenant_id: str = ""
    state: str = ""
    tier: str = ""
    since: str = ""
    suspended_at: str = ""
    delete_at: str = ""
    members: str = ""
    owners: int = 0
    invited: str = ""
    invitation_ends: str = ""
    counts: rx.Field[list[CountRow]] = rx.field(default_factory=list)
    days: rx.Field[list[dict[str, str | int]]] = rx.field(default_factory=list)
    requests: str = ""
    errors_of_calls: str = ""
    losses: str = ""
    goes_at: str = ""
    queues: str = ""
    log: str = ""
    """The addresses of the tenant's work in the queues, and of what the installation's log holds about it."""
    link: rx.Field[str] = shown_once()

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        try:
            actor = await operator(self)
            self._show(await operated.get_tenant(actor, tenant_of(self)))
            self._show_usage(await operator_usage.of_tenant(actor, tenant_of(self)))
            self.values = dict(self._begin(await self._now()))
        except (Forbidden, NotFound) as error:
            # Others than operators are not told whether there is one.
            self.reset()
            self.name = "No such tenant" if isinstance(error, NotFound) else "Tenant"
            self.missing = self.loaded = True

    def _show(self, tenant: OperatedTenantDetail) -> None:
        self.missing, self.loaded = False, True
        self.name, self.tenant_id, self.state = tenant.name, str(tenant.id), tenant.state.value
        self.tier, self.since = TIER_NAMES[tenant.tier], words.iso(tenant.created_at)
        self.suspended_at, self.delete_at = words.iso(tenant.suspended_at), words.iso(tenant.delete_at)
        self.members, self.owners = f"{tenant.members:,}", tenant.owners
        self.queues = url_with("/operator/queues", tenant=self.tenant_id)
        self.log = url_with("/operator/audit", target=self.tenant_id)
        self.invited = tenant.invitation.email if tenant.invitation else ""
        self.invitation_ends = words.iso(tenant.invitation.expires_at) if tenant.invitation else ""

    def _show_usage(self, usage: TenantUsage) -> None:
        self.counts = [
            CountRow(_PARTS.get(of, of.capitalize()), _capital(_in_words(kind)), f"{count:,}")
            for of, kinds in usage.counts.items()
            for kind, count in kinds.items()
        ]
        called = sum(one.requests for one in usage.calls)
        refused = sum(one.errors for one in usage.calls)
        self.requests, self.errors_of_calls = f"{called:,}", f"{refused:,}"
        self.days = [
            {
                "at": words.iso(datetime.combine(one.day, time(12), UTC)),
                "succeeded": one.requests - one.errors,
                "errors": one.errors,
            }
            for one in (usage.calls if called else [])
        ]

    def _forget(self) -> None:
        self.link = ""

    async def _now(self) -> Form:
        tenant = await operated.get_tenant(await operator(self), tenant_of(self))
        return Form(tenant.version, {"name": tenant.name, "tier": tenant.tier})

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        given = read(OperatedTenantPatch, data)
        if given.name is None:
            raise Invalid.field("name", "must not be empty")
        return {"name": given.name, "tier": given.tier}

    def _said(self, setting: str, form: Form) -> str:
        text = super()._said(setting, form)
        return {str(tier): name for tier, name in TIER_NAMES.items()}.get(text, text)

    @submits_data(Role.CUSTOMER_VIEWER)
    async def save(self, data: Mapping[str, Any]) -> list[Next]:
        """Save what was changed of name and tier."""
        actor = await operator(self)
        changes = self._changes(data)
        if changes:
            given, expected = read(OperatedTenantPatch, changes), self._as_opened()
            self._show(await operated.update_tenant(actor, tenant_of(self), given, expected=expected))
            self._begin(await self._now())
        return [saved(changes, self.name), SessionState.load]

    @submits(Role.CUSTOMER_VIEWER, OwnerIn)
    async def invite_owner(self, given: OwnerIn) -> None:
        """Make another link for the first owner and show it, this once."""
        tenant, secret = await operated.invite_owner(await operator(self), tenant_of(self), given)
        self._show(tenant)
        self._open("link")
        self.link = f"{own_origin(self)}/invite/{secret}"

    @confirmed(Role.CUSTOMER_VIEWER)
    async def suspend(self) -> str | EventSpec:
        actor = await operator(self)
        self._show(await suspending.suspend(actor, tenant_of(self)))
        return self._closed(actor, f"{self.name} is suspended.")

    def _closed(self, actor: Actor, said: str) -> str | EventSpec:
        """What the operator is told; whose own tenant it was is in another one now, and the page with them."""
        return rx.call_script("window.location.reload()") if str(actor.tenant_id) == self.tenant_id else said

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def resume(self) -> EventSpec:
        self._show(await suspending.resume(await operator(self), tenant_of(self)))
        return rx.toast.success(f"{self.name} is active again. Its work continues where it stopped.")

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def ask_delete(self) -> None:
        actor = await operator(self)
        usage = await operator_usage.of_tenant(actor, tenant_of(self))
        self._show_usage(usage)
        self._open("delete")
        self.losses = _losses(usage)
        self.goes_at = words.iso(utcnow() + suspending.GRACE)

    @submits_data(Role.CUSTOMER_VIEWER)
    async def delete(self, data: Mapping[str, Any]) -> str | EventSpec:
        given = read(DeleteTenantIn, {"name": data.get("confirmation", "")})
        actor = await operator(self)
        self._show(await suspending.delete_tenant(actor, tenant_of(self), given))
        return self._closed(actor, f"{self.name} is suspended, and will be deleted in 7 days.")

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def restore(self) -> EventSpec:
        self._show(await suspending.restore(await operator(self), tenant_of(self)))
        as_before = "active again" if self.state == "active" else "suspended, as before"
        return rx.toast.success(f"{self.name} will not be deleted. It is {as_before}.")


def _losses(usage: TenantUsage) -> str:
    """What goes with the tenant, in numbers."""
    has = [
        _so_many(count, _in_words(kind))
        for of, kinds in usage.counts.items()
        for kind, count in kinds.items()
        # `endpoints` counts those of `endpoints_failing` too.
        if count and not any(kind.startswith(f"{other}_") for other in kinds) and (of, kind) != _MEMBERS
    ]
    *others, last = has or [""]
    things = f", including {', '.join(others)}{' and ' if others else ''}{last}" if has else ""
    are = "that is in no other tenant is" if usage.accounts == 1 else "that are in no other tenant are"
    accounts = f" {_so_many(usage.accounts, 'accounts')} {are} deleted too." if usage.accounts else ""
    lose = "loses" if usage.members == 1 else "lose"
    return (
        f"{_so_many(usage.members, 'members')} {lose} access immediately. After 7 days, everything the tenant has is"
        f" deleted{things}.{accounts} The audit log is kept."
    )


def _in_words(kind: str) -> str:
    """`api_tokens` is "API tokens"."""
    return kind.replace("_", " ").replace("api ", "API ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _so_many(count: int, things: str) -> str:
    return f"{count:,} {things.removesuffix('s') if count == 1 else things}"
