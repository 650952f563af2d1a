"""Reading an OpenAPI document from a screen: the proposal to choose from. Used by new connectors and by those there are."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import reflex as rx
from pydantic import JsonValue
from reflex.event import EventSpec

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.schemas.imports import ImportIn, ImportOut
from hub_app.connectors.service import imports
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import FieldError, Invalid
from hub_app.ui.guard import FormState, current_actor, guarded
from hub_app.ui.inputs import read


@dataclass(frozen=True)
class ProposedRow:
    """An action to choose: `key` is its id; `there` when the connector has one of that id already."""

    key: str
    method: str
    endpoint: str
    name: str
    on: bool
    there: bool = False


@dataclass(frozen=True)
class FindingRow:
    where: str
    message: str


class Importing(FormState, mixin=True):
    """A document on its way here, and what Hub proposes to make of it."""

    proposed: rx.Field[list[ProposedRow]] = rx.field(default_factory=list)
    findings: rx.Field[list[FindingRow]] = rx.field(default_factory=list)
    is_proposed: bool = False
    _pieces: rx.Field[list[str]] = rx.field(default_factory=list)
    _actions: rx.Field[list[dict[str, Any]]] = rx.field(default_factory=list)

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    def read_text(self) -> EventSpec:
        """Fetch what was pasted or chosen, piece by piece: it may be longer than one message."""
        self.busy, self.errors, self._pieces = True, {}, []
        return _fetch(type(self), 0)

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def receive(self, piece: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        """A piece is there: fetch the next one, or read the whole."""
        given = cast("Mapping[str, object]", piece if isinstance(piece, Mapping) else {})
        text, following, length = str(given.get("text", "")), given.get("next"), given.get("length")
        self._pieces.append(text)
        if sum(len(one) for one in self._pieces) > imports.MAX_BYTES:
            self._pieces = []
            raise Invalid.field("document", f"must have at most {imports.MAX_BYTES // 2**20} MiB")
        if isinstance(following, int) and isinstance(length, int) and text and following < length:
            yield _fetch(type(self), following)
            return
        whole, self._pieces = "".join(self._pieces), []
        if not whole.strip():
            raise Invalid.field("document", "must not be empty. Paste the document, or choose its file")
        async for one in self._read(ImportIn(document=whole)):
            yield one

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def read_url(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        self.busy, self.errors = True, {}
        yield None
        url = str(data.get("url", "")).strip() if isinstance(data, Mapping) else ""
        if not url:
            raise Invalid.field("url", "must not be empty")
        async for one in self._read(read(ImportIn, {"url": url})):
            yield one

    async def _read(self, given: ImportIn) -> AsyncIterator[EventSpec | None]:
        try:
            found = await imports.read_document(await current_actor(self), given)
        except Invalid as error:
            # Whatever part of the document is wrong: the form has one place for it.
            where = "document" if given.url is None else "url"
            raise Invalid([FieldError(where, one.message) for one in error.errors]) from None
        self.busy, self.is_proposed = False, True
        self.findings = [FindingRow(one.where, one.message) for one in found.findings]
        await self._propose(found)
        yield rx.call_script("window.scrollTo(0, 0)")

    async def _propose(self, found: ImportOut) -> None:
        self._offer(found.connector.actions)

    def _offer(self, actions: list[Action], there: frozenset[str] = frozenset()) -> None:
        """Show these actions to choose from; those that are `there` are not ticked."""
        self._actions = [one.model_dump(mode="json", by_alias=True) for one in actions]
        self.proposed = [
            ProposedRow(one.id, one.method, one.endpoint, one.name, one.id not in there, one.id in there)
            for one in actions
        ]

    def _drop(self) -> None:
        """Forget the document and the proposal."""
        self.busy, self.errors, self.is_proposed = False, {}, False
        self.proposed, self.findings, self._actions, self._pieces = [], [], [], []

    def _chosen(self, data: object) -> list[dict[str, JsonValue]]:
        """The proposed actions that are ticked in a form's data."""
        ticked = set(data) if isinstance(data, Mapping) else set[object]()
        return [one for one in self._actions if f"action:{one['id']}" in ticked]


def _fetch(state: Any, start: int) -> EventSpec:
    return rx.call_script(f"window.hub.piece('document', {start})", callback=state.receive)
