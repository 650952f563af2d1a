"""The form of one action, new or there already, with the call that it would make."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import reflex as rx
from reflex.event import EventSpec

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.schemas.connectors import ConnectorOut
from hub_app.connectors.service import actions, connectors
from hub_app.connectors.service.previews import Preview, preview
from hub_app.connectors.state import action_form
from hub_app.connectors.state.address import ConnectorAddress
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Invalid, NotFound
from hub_app.ui.edits import EditState, Form
from hub_app.ui.forms import Next, submits_data
from hub_app.ui.guard import current_actor, guarded, sentence
from hub_app.ui.inputs import header_lines
from hub_app.ui.words import pretty

_MOST_ROWS = 100
_STARTS = {"action_name": "New action", "endpoint": "/"}
_NOTHING = Preview("", "", {}, "", "", [])


class ActionFormState(EditState, rx.State):
    """What the form starts with. `mode` is `new` or `edit`, "" when the list is shown instead."""

    mode: str = ""
    missing: bool = False
    title: str = ""
    rows: rx.Field[list[action_form.ParameterRow]] = rx.field(default_factory=list)
    method: str = ""
    url: str = ""
    headers: str = ""
    body: str = ""
    curl: str = ""
    left_out: str = ""
    is_stale: bool = False
    has_other_rows: bool = False
    """Whether rows were added or removed since the form was opened."""
    _slug: str = ""
    """The id of the action that is changed, as it was when the form was opened."""
    _their_rows: list[action_form.ParameterRow] = []  # noqa: RUF012 - Reflex makes a copy for each tab
    _typed: rx.Field[dict[str, Any]] = rx.field(default_factory=dict)
    _count: int = 0

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        address = ConnectorAddress.at(self)
        self.errors, self.busy, self.missing = {}, False, False
        self._forget_form()
        self.mode = "edit" if address.action else "new" if address.new else ""
        if address.tab != "actions":
            self.mode = ""
        if not self.mode:
            return
        try:
            found = await connectors.get_connector(await current_actor(self), ConnectorAddress.at(self).id)
        except NotFound:
            self.mode = ""
            return  # The page says so.
        await self._fill(found, address.action or address.copy)

    async def _fill(self, found: ConnectorOut, slug: str) -> None:
        action = next((one for one in found.actions if one.id == slug), None)
        self.missing = self.mode == "edit" and action is None
        self._slug = action.id if action and self.mode == "edit" else ""
        if self._slug:
            self._begin(await self._now())
        self.values = action_form.values_of(action)
        self.rows, self.has_other_rows = action_form.rows_of(action) if action else [], False
        self._count = len(self.rows)
        self.title = action.name if action and self.mode == "edit" else "New action"
        if action and self.mode == "new":
            ids = {one.id for one in found.actions}
            self.values |= {"id": _free(action.id, ids), "action_name": f"{action.name} (copy)"[:100]}
        self._typed = {**self.values, **_fields(self.rows)}
        self._show(_NOTHING)
        await self._look()

    async def _now(self) -> Form:
        found = await connectors.get_connector(await current_actor(self), ConnectorAddress.at(self).id)
        action = next((one for one in found.actions if one.id == self._slug), None)
        if action is None:
            raise NotFound("Someone deleted this action in the meantime, or changed its ID.")
        self._their_rows = action_form.rows_of(action)
        return Form(actions.version_of(action), action_form.values_of(action) | _fields(self._their_rows))

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        return dict(actions.document_of(action_form.action_of(data, action_form.keys_in(data))))

    def _fields_of(self, setting: str) -> tuple[str, ...]:
        return action_form.fields_of(setting, is_get=self._typed.get("method") == "GET")

    def _said(self, setting: str, form: Form) -> str:
        return action_form.in_words(setting, form.texts, self._their_rows) or super()._said(setting, form)

    def _take(self, field: str, texts: Mapping[str, str]) -> EventSpec:
        if field != action_form.PARAMETERS:
            return super()._take(field, texts)
        # Rows of their own: what was typed into others of the same place is not carried over.
        self.rows = [replace(row, key=f"p{self._count + n}") for n, row in enumerate(self._their_rows)]
        self._count += len(self.rows)
        self.has_other_rows = True
        self._typed = {**self._typed, **_fields(self.rows)}
        return rx.call_script("window.hub.focus('add-parameter')")

    async def _preview(self, action: Action) -> None:
        with action_form.beside_parameters(self.rows, self._typed):
            self._show(await preview(await current_actor(self), ConnectorAddress.at(self).id, action))

    def _show(self, shown: Preview) -> None:
        self.method, self.url, self.curl = shown.method, shown.url, shown.curl
        self.body = pretty(shown.body) if shown.body else ""
        self.headers, self.left_out = header_lines(shown.headers), ", ".join(shown.left_out)
        self.is_stale = False

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def look(self, data: dict[str, Any]) -> None:
        """Show the call that the form describes now, or what of it is not right yet."""
        typed = dict(data) if isinstance(data, dict) else {}
        # A box that is not ticked is not sent.
        fields = typed.keys() | {name for name in self._typed if name.endswith("_required")}
        if any(self._typed.get(name) != typed.get(name) for name in fields):
            # Else it was saved while this was on its way: what was said of it stays.
            self._typed = typed
            await self._look()

    async def _look(self) -> None:
        self.errors = {}
        # A call can be shown before it has a name, or a path.
        named = {name: self._typed.get(name) or start for name, start in _STARTS.items()}
        try:
            await self._preview(action_form.action_of(self._typed | named, [row.key for row in self.rows]))
        except Invalid as error:
            # Nobody is told off for a field that they have not come to yet.
            typed = {one.field: one.message for one in error.errors if self._typed.get(one.field)}
            self.errors = {name: sentence(message) for name, message in typed.items()}
            self.is_stale = True

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def add_row(self) -> EventSpec | None:
        """One more parameter, with the focus in its name."""
        if len(self.rows) >= _MOST_ROWS:
            return rx.toast.error(f"An action has at most {_MOST_ROWS} parameters.")
        key = f"p{self._count}"
        self._count += 1
        self.rows, self.has_other_rows = [*self.rows, action_form.ParameterRow(key=key)], True
        return rx.call_script(f"window.hub.focus('{key}_name')")

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def remove_row(self, key: str) -> EventSpec:
        self.rows, self.has_other_rows = [row for row in self.rows if row.key != key], True
        await self._look()
        return rx.call_script("window.hub.focus('add-parameter')")

    @submits_data(Role.CUSTOMER_ADMIN)
    async def save(self, data: Mapping[str, Any]) -> list[Next]:
        action = action_form.action_of(data, action_form.keys_in(data))
        self._typed = dict(data)
        await self._preview(action)
        actor, one = await current_actor(self), ConnectorAddress.at(self).id
        if self.mode != "edit":
            await actions.add_actions(actor, one, [action])
        elif changes := self._changes(data):
            with action_form.beside_fields(data):
                expected = self._as_opened()
                await actions.change_action(actor, one, self._slug, changes, expected=expected)
        self._forget_form()
        self.has_other_rows = False
        return [rx.toast.success(f"{action.name} is saved."), rx.redirect(ConnectorAddress.at(self).path)]


def _fields(rows: list[action_form.ParameterRow]) -> dict[str, str]:
    """The rows' fields as the browser would send them."""
    parts = ("name", "place", "type", "default", "api_default", "description")
    sent = {f"{row.key}_{part}": cast("str", getattr(row, part)) for row in rows for part in parts}
    return sent | {f"{row.key}_required": "on" for row in rows if row.required}


def _free(slug: str, ids: set[str]) -> str:
    """An id like this one that no action has."""
    tries = (f"{slug[:60]}_{n}" for n in range(2, len(ids) + 3))
    return next(one for one in tries if one not in ids)
