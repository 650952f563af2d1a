"""Connecting a CRM that Hub has no provider of: a connector, what its API has, trying that, and then the connection."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx
from pydantic import ValidationError

from hub_app.crm.schemas.integrations import IntegrationIn, ResourceTried, SourceIn, SourceTryIn
from hub_app.crm.service import consent, custom, integrations
from hub_app.crm.state.accounts import DIRECTIONS, field_of
from hub_app.crm.state.connections import NEW
from hub_app.crm.state.new import WizardAddress
from hub_app.governance.schemas.consents import Agreement
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Conflict, Forbidden, Invalid, LimitReached
from hub_app.kernel.validation import field_errors, refusals, renamed
from hub_app.ui.consent import agreed
from hub_app.ui.forms import Next, submits_data
from hub_app.ui.guard import FormState, current_actor, guarded
from hub_app.ui.inputs import is_on, read, read_id

_LONGEST_ROW = 4_000
STARTER = """{
  "requests_per_minute": 60,
  "resources": [
    {
      "name": "clients",
      "path": "/contacts",
      "pagination": {"type": "page", "items": "items", "size_parameter": "per_page"},
      "id": "id",
      "modified": "updated_at",
      "total": "meta.total"
    }
  ]
}"""


@dataclass(frozen=True)
class TriedList:
    """What the first page of a list held, in words. `row` is the first one, as JSON."""

    name: str
    found: str
    id: str
    modified: str
    total: str
    row: str
    problem: str


class CustomSourceState(FormState, rx.State):
    """The form of a declaration, what came of trying it, and the form that connects it once it works."""

    loaded: bool = False
    refused: str = ""
    connectors: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    tried: rx.Field[list[TriedList]] = rx.field(default_factory=list)
    works: bool = False
    directions: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    terms: str = ""
    _connector: str = ""
    _source: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self.errors, self.busy, self.loaded, self.refused = {}, False, False, ""
        if WizardAddress.at(self).provider != custom.PROVIDER:
            return
        self.tried, self.works, self.values = [], False, {"source": STARTER, "connector_id": ""}
        try:
            found = await custom.list_connectors(await current_actor(self))
        except Forbidden as error:
            self.refused = error.detail
            found = ()
        self.connectors = [(str(one.id), one.name) for one in found]
        self.terms = consent.terms(custom.PROVIDER, "in")
        self.loaded = True

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def choose_direction(self, direction: str) -> None:
        """Say what is consented to for this direction."""
        self.terms = consent.terms(custom.PROVIDER, "in" if direction == "import_only" else "both")

    @submits_data(Role.CUSTOMER_ADMIN)
    async def try_it(self, data: Mapping[str, Any]) -> list[Next]:
        """Read the first page of each list that is declared, and show what was found. Nothing is kept."""
        self.works, self.tried = False, []
        chosen, text = str(data.get("connector_id", "")), str(data.get("source", ""))
        with refusals() as refused:
            if not chosen:
                refused.add("connector_id", "is required")
            source = refused.part(lambda: source_of(text), None)
        if source is None:
            return []
        given = SourceTryIn(connector_id=read_id(chosen), source=source)
        found = (await custom.try_source(await current_actor(self), given)).resources
        self.tried = [_row(one) for one in found]
        self.works = not any(one.problem for one in found)
        self._connector, self._source = chosen, text
        self.directions = [
            (name, words) for name, words in DIRECTIONS.items() if name == "import_only" or source.writes
        ]
        if not self.works:
            return [rx.toast.error("Some lists cannot be read yet. The page says why.")]
        return [rx.toast.success("Every list can be read. Connect it below.")]

    @submits_data(Role.CUSTOMER_ADMIN)
    async def create(self, data: Mapping[str, Any]) -> Next:
        """Connect what was tried last."""
        with renamed(field_of), refusals() as refused:
            agreement = refused.part(lambda: agreed(data), Agreement("screen"))
            given = read(
                IntegrationIn,
                {"connection_name": data.get("connection_name", "")},
                crm_provider=custom.PROVIDER,
                auth_config={"connector_id": self._connector},
                source=source_of(self._source),
                sync_config={
                    "sync_direction": data.get("sync_direction") or "import_only",
                    "import_historical_data": is_on(data.get("import_historical_data")),
                },
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


def source_of(text: str) -> SourceIn:
    """A declaration as it was typed. Invalid, naming `source` and in it what is wrong."""
    try:
        return SourceIn.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Invalid.field("source", f"is not valid JSON: {error.msg} at {where}") from None
    except ValidationError as error:
        found = field_errors(error.errors(include_url=False, include_input=False))
        said = "; ".join(f"{one.field} {one.message}" if one.field else one.message for one in found[:5])
        raise Invalid.field("source", f"does not fit: {said}") from None


def _row(one: ResourceTried) -> TriedList:
    rows = "1 row" if one.rows == 1 else f"{one.rows:,} rows"
    text = json.dumps(one.first_row, indent=2, ensure_ascii=False) if one.first_row is not None else ""
    return TriedList(
        name=one.resource.capitalize(),
        found=f"{rows} on the first page, and there are more pages" if one.more else f"{rows}, on one page",
        id=one.first_id or "Not found",
        modified=one.first_modified.isoformat() if one.first_modified else "Not declared, or empty",
        total=f"{one.total:,}" if one.total is not None else "Not stated",
        row=text[:_LONGEST_ROW],
        problem=one.problem,
    )
