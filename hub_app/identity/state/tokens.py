"""API tokens: one's own, and for admins everyone's."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import reflex as rx
from reflex.event import EventSpec

from hub_app.identity.schemas import RotateIn, TokenIn, TokenOut, TokenPatch
from hub_app.identity.service import tokens
from hub_app.kernel.actor import Role, all_scopes
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Invalid
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_id
from hub_app.ui.mixins import DialogState, PagedState
from hub_app.ui.shown import shown_once
from hub_app.ui.urls import query

_HERE = "/developers/tokens"
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


class Tokens(DialogState, PagedState, rx.State):
    """One page of tokens. `made` is a new secret."""

    rows: rx.Field[list[TokenRow]] = rx.field(default_factory=list)
    whose: str = ""
    subject_id: str = ""
    subject_name: str = ""
    made: rx.Field[str] = shown_once()

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        await self._load()

    async def _load(self) -> None:
        actor = await current_actor(self)
        everyone = query(self, "of", {"everyone"}) != "" and actor.may(Role.CUSTOMER_ADMIN)
        self.whose = "everyone" if everyone else ""
        found = await tokens.list_tokens(actor, self._page(), everyone=everyone)
        self.rows = [_row(t, is_own=t.user_id == actor.user_id) for t in found.items]
        self._turned(found, _HERE, of=self.whose)

    def _forget(self) -> None:
        self.made = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def ask_create(self) -> None:
        self._open("create")

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def create(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        """Make a token and show its secret, this once."""
        self.busy, self.errors = True, {}
        yield None
        expires_at = utcnow() + _lifetime(data)
        given = read(TokenIn, data, scopes=_chosen_scopes(data), expires_at=expires_at)
        made = await tokens.create_token(await current_actor(self), given)
        await self._load()
        self._open("made")
        self.subject_name, self.made = made.name, made.token

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def ask_rename(self, token_id: str) -> None:
        self._about(token_id, "rename")

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def rename(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        self.busy, self.errors = True, {}
        yield None
        await tokens.update_token(await current_actor(self), read_id(self.subject_id), read(TokenPatch, data))
        await self._load()
        self._open("")
        yield rx.toast.success("The token is renamed.")

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def turn(self, token_id: str, on: bool) -> EventSpec:  # noqa: FBT001 - an event's argument
        given = TokenPatch(active=on is True)
        changed = await tokens.update_token(await current_actor(self), read_id(token_id), given)
        await self._load()
        words = "works again" if changed.active else "is refused until you turn it on again"
        return rx.toast.success(f"{changed.name} {words}.")

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def ask_rotate(self, token_id: str) -> None:
        self._about(token_id, "rotate")

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def rotate(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        """Make a new secret and show it, this once."""
        self.busy, self.errors = True, {}
        yield None
        given = read(RotateIn, data)
        made = await tokens.rotate_token(await current_actor(self), read_id(self.subject_id), given)
        await self._load()
        self._open("made")
        self.subject_name, self.made = made.name, made.token

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def ask_revoke(self, token_id: str) -> None:
        self._about(token_id, "revoke")

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def revoke(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        del data
        self.busy = True
        yield None
        await tokens.revoke_token(await current_actor(self), read_id(self.subject_id))
        name = self.subject_name
        await self._load()
        self._open("")
        yield rx.toast.success(f"{name} is revoked.")

    def _about(self, token_id: str, dialog: str) -> None:
        subject = next((row for row in self.rows if row.id == token_id), None)
        if subject is None:
            return
        self._open(dialog)
        self.subject_id, self.subject_name = subject.id, subject.name


def _chosen_scopes(data: object) -> list[str]:
    """The boxes that are ticked: each one's name is its scope."""
    form = cast("Mapping[str, object]", data if isinstance(data, Mapping) else {})
    return [scope for scope in all_scopes() if form.get(scope) not in {None, False, ""}]


def _lifetime(data: object) -> timedelta:
    form = cast("Mapping[str, object]", data if isinstance(data, Mapping) else {})
    days = str(form.get("lifetime", ""))
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
