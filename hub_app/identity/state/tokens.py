"""API tokens: one's own, and for admins everyone's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.identity.schemas import RotateIn, TokenIn, TokenOut, TokenPatch
from hub_app.identity.service import tokens
from hub_app.kernel.actor import Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Invalid
from hub_app.kernel.scopes import all_scopes
from hub_app.kernel.validation import refusals
from hub_app.ui.forms import RowDialogState, confirmed, submits, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import is_on, read, read_id
from hub_app.ui.lists import PagedState
from hub_app.ui.page_address import PageAddress, parameter
from hub_app.ui.shown import shown_once

LIFETIMES = {"30": "30 days", "90": "90 days", "365": "1 year"}


@dataclass(frozen=True)
class TokenRow:
    id: str
    name: str
    hint: str
    owner: str
    scopes: str
    state: str
    expires_at: str
    last_used_at: str
    old_expires_at: str
    is_own: bool


@dataclass(frozen=True)
class TokensAddress(PageAddress):
    """Whose tokens are shown: one's own, or everyone's."""

    of: str = parameter(("everyone",))


class TokensState(RowDialogState, PagedState, rx.State):
    """One page of tokens. `made` is a new secret."""

    rows: rx.Field[list[TokenRow]] = rx.field(default_factory=list)
    whose: str = ""
    made: rx.Field[str] = shown_once()
    _address = TokensAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        await self._load()

    async def _load(self) -> None:
        actor, address = await current_actor(self), TokensAddress.at(self)
        everyone = address.of != "" and actor.may(Role.CUSTOMER_ADMIN)
        self.whose = "everyone" if everyone else ""
        found = await tokens.list_tokens(actor, self._page(), everyone=everyone)
        self.rows = [_row(t, is_own=t.user_id == actor.user_id) for t in found.items]
        self._turned(found, address)

    def _forget(self) -> None:
        self.made = ""

    def _about(self, dialog: str, row_id: str) -> Any:
        row: TokenRow = super()._about(dialog, row_id)
        self.values = {"name": row.name}
        return row

    @submits_data(Role.CUSTOMER_VIEWER)
    async def create(self, data: Mapping[str, Any]) -> None:
        """Make a token and show its secret, this once."""
        with refusals() as refused:
            expires_at = utcnow() + refused.part(lambda: _lifetime(data), timedelta())
            given = read(TokenIn, data, scopes=_chosen_scopes(data), expires_at=expires_at)
        made = await tokens.create_token(await current_actor(self), given)
        await self._load()
        self._open("made")
        self.subject_name, self.made = made.name, made.token

    @submits(Role.CUSTOMER_VIEWER, TokenPatch)
    async def rename(self, given: TokenPatch) -> str:
        await tokens.update_token(await current_actor(self), read_id(self.subject_id), given)
        await self._load()
        return "The token is renamed."

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def turn(self, token_id: str, on: bool) -> EventSpec:  # noqa: FBT001 - an event's argument
        given = TokenPatch(active=on is True)
        changed = await tokens.update_token(await current_actor(self), read_id(token_id), given)
        await self._load()
        words = "works again" if changed.active else "is refused until you turn it on again"
        return rx.toast.success(f"{changed.name} {words}.")

    @submits(Role.CUSTOMER_VIEWER, RotateIn)
    async def rotate(self, given: RotateIn) -> None:
        """Make a new secret and show it, this once."""
        made = await tokens.rotate_token(await current_actor(self), read_id(self.subject_id), given)
        await self._load()
        self._open("made")
        self.subject_name, self.made = made.name, made.token

    @confirmed(Role.CUSTOMER_VIEWER)
    async def revoke(self) -> str:
        await tokens.revoke_token(await current_actor(self), read_id(self.subject_id))
        await self._load()
        return f"{self.subject_name} is revoked."


def _chosen_scopes(data: Mapping[str, Any]) -> list[str]:
    """The boxes that are ticked: each one's name is its scope."""
    return [scope for scope in all_scopes() if is_on(data.get(scope))]


def _lifetime(data: Mapping[str, Any]) -> timedelta:
    days = str(data.get("lifetime", ""))
    if days not in LIFETIMES:
        raise Invalid.field("lifetime", f"must be one of {', '.join(LIFETIMES.values())}")
    return timedelta(days=int(days))


def _row(token: TokenOut, *, is_own: bool) -> TokenRow:
    return TokenRow(
        id=str(token.id),
        name=token.name,
        hint=f"{token.hint}…",
        owner=token.user_name,
        scopes=", ".join(token.scopes),
        state=_state(token),
        expires_at=token.expires_at.isoformat(),
        last_used_at=token.last_used_at.isoformat() if token.last_used_at else "",
        old_expires_at=_iso_if_ahead(token),
        is_own=is_own,
    )


def _state(token: TokenOut) -> str:
    if token.expires_at <= utcnow():
        return "expired"
    if not token.active:
        return "off"
    return "expires_soon" if token.expires_soon else "active"


def _iso_if_ahead(token: TokenOut) -> str:
    old = token.old_expires_at
    return old.isoformat() if old is not None and old > utcnow() else ""
