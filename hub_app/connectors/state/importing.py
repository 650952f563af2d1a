"""Reading an OpenAPI document from a screen: the proposal to choose from, for a new connector or for one that is there."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx
from pydantic import JsonValue
from reflex.event import EventSpec

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.schemas.imports import ImportIn, ImportOut
from hub_app.connectors.service import actions, connectors, imports
from hub_app.connectors.state.address import ConnectorAddress
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Invalid
from hub_app.kernel.validation import renamed
from hub_app.ui.forms import Next, submits_data
from hub_app.ui.guard import FormState, current_actor, guarded
from hub_app.ui.inputs import form_of, read, ticked


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


class ImportingState(FormState, mixin=True):
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
        given = form_of(piece)
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
        done = await self._read(ImportIn(document=whole))
        self.busy = False
        yield done

    @submits_data(Role.CUSTOMER_ADMIN)
    async def read_url(self, data: Mapping[str, Any]) -> EventSpec:
        url = str(data.get("url", "")).strip()
        if not url:
            raise Invalid.field("url", "must not be empty")
        return await self._read(read(ImportIn, {"url": url}))

    async def _read(self, given: ImportIn) -> EventSpec:
        # Whatever part of the document is wrong: the form has one place for it.
        with renamed(lambda _: "document" if given.url is None else "url"):
            found = await imports.read_document(await current_actor(self), given)
        self.is_proposed = True
        self.findings = [FindingRow(one.where, one.message) for one in found.findings]
        await self._propose(found)
        return rx.call_script("window.scrollTo(0, 0)")

    async def _propose(self, found: ImportOut) -> None:
        self._offer(found.connector.actions)

    def _offer(self, proposed: list[Action], there: frozenset[str] = frozenset()) -> None:
        """Show these actions to choose from; those that are `there` are not ticked."""
        self._actions = [one.model_dump(mode="json", by_alias=True) for one in proposed]
        self.proposed = [
            ProposedRow(one.id, one.method, one.endpoint, one.name, one.id not in there, one.id in there)
            for one in proposed
        ]

    def _drop(self) -> None:
        """Forget the document and the proposal."""
        self.busy, self.errors, self.is_proposed = False, {}, False
        self.proposed, self.findings, self._actions, self._pieces = [], [], [], []

    def _chosen(self, data: object) -> list[dict[str, JsonValue]]:
        """The proposed actions that are ticked in a form's data."""
        chosen = set(ticked(data, "action"))
        return [one for one in self._actions if one["id"] in chosen]


class AddedActionsState(ImportingState, rx.State):
    """What a document offers a connector; `other_base` is the document's own base URL, when it is another one."""

    other_base: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def load(self) -> None:
        self._drop()

    async def _propose(self, found: ImportOut) -> None:
        there = await connectors.get_connector(await current_actor(self), ConnectorAddress.at(self).id)
        base = found.connector.oauth_config.base_url
        self.other_base = "" if base in {"", there.oauth_config.base_url} else base
        self._offer(found.connector.actions, frozenset(one.id for one in there.actions))

    @submits_data(Role.CUSTOMER_ADMIN)
    async def add(self, data: Mapping[str, Any]) -> list[Next]:
        """Add what is ticked; one of the same id takes the place of the one that is there."""
        chosen = self._chosen(data)
        if not chosen:
            raise Invalid.field("action", "must be chosen: tick at least one")
        given = [Action.model_validate(one) for one in chosen]
        address = ConnectorAddress.at(self)
        await actions.add_actions(await current_actor(self), address.id, given, replace=True)
        self._drop()
        what = "1 action is" if len(chosen) == 1 else f"{len(chosen)} actions are"
        return [rx.toast.success(f"{what} saved."), rx.redirect(address.path)]


def _fetch(state: Any, start: int) -> EventSpec:
    return rx.call_script(f"window.hub.piece('document', {start})", callback=state.receive)
