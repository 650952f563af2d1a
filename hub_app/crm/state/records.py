"""Lists of records: clients, projects and what else CRMs hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from hub_app.crm.schemas.records import FieldOut, RecordOut
from hub_app.crm.service import integrations, records
from hub_app.crm.state.record_address import COLUMNS, HERE, KINDS, ONE, OWN, RecordsAddress
from hub_app.crm.state.record_words import cell, day, figure
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import MAX_LIMIT, PageRequest, Slice
from hub_app.ui import words
from hub_app.ui.cells import Cell, Heading
from hub_app.ui.forms import DialogState, Next, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import ticked
from hub_app.ui.lists import PagedState, page_of
from hub_app.ui.live import follow

_LABELS = {
    "email": "Email",
    "phone": "Phone",
    "date": "Date",
    "status": "Status",
    "value": "Value",
    "crm": "CRM",
    "updated_at": "Changed",
    "created_at": "Added",
}
_ON_PHONES = 1
"""Columns beside the name for which a phone has room."""


@dataclass(frozen=True)
class RecordRow:
    href: str
    name: str
    cells: list[Cell]


@dataclass(frozen=True)
class ColumnChoice:
    """A column to choose."""

    key: str
    label: str
    on: bool


@dataclass(frozen=True)
class Shown:
    """A page of a list, with what its columns and filters are made of."""

    page: Slice[RecordOut]
    fields: Sequence[FieldOut]
    statuses: Sequence[str]
    crms: Mapping[str, str]


class RecordsState(PagedState, DialogState, rx.State):
    """One page of a list of records."""

    rows: rx.Field[list[RecordRow]] = rx.field(default_factory=list)
    by_name: rx.Field[Heading] = rx.field(default_factory=lambda: Heading("Name"))
    headings: rx.Field[list[Heading]] = rx.field(default_factory=list)
    kinds: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    of: str = "clients"
    title: str = "Clients"
    one: str = "client"
    text: str = ""
    status: str = ""
    statuses: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    since: str = ""
    until: str = ""
    crm: str = ""
    crms: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    archived: str = ""
    filtered: bool = False
    connected: bool = False
    unfiltered: str = ""
    as_csv: str = ""
    choices: rx.Field[list[ColumnChoice]] = rx.field(default_factory=list)
    _address = RecordsAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        address = RecordsAddress.at(self)
        self._show(await _look(await current_actor(self), address), address)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes, at most once a second. Reflex ends this when the page is left or its address changes."""
        address = RecordsAddress.at(self)
        topic = f"sync_records:{(await current_actor(self)).tenant_id}"

        async def show(found: Shown) -> None:
            self._show(found, address)

        await follow(self, topic, lambda actor: _look(actor, address), show)

    @submits_data(Role.CUSTOMER_VIEWER)
    async def choose_columns(self, data: Mapping[str, Any]) -> Next:
        """Show these columns."""
        chosen = set(ticked(data, "column"))
        names = [one.key for one in self.choices if one.key in chosen]
        return rx.redirect(RecordsAddress.at(self).url(columns=",".join(names) or "none"))

    def _show(self, found: Shown, address: RecordsAddress) -> None:
        columns = [one for one in address.chosen_columns if one in _known(found.fields)]
        self.of, self.title, self.one = address.of, KINDS[address.of], ONE[address.of]
        self.kinds = {kind: address.kind(kind) for kind in KINDS}
        self.text, self.status, self.archived = address.q, address.status, address.archived
        self.since, self.until, self.crm = address.since, address.until, address.crm
        self.statuses = [("", "All"), *((one, one) for one in found.statuses)]
        self.crms = [("", "All"), *found.crms.items()]
        self.connected, self.filtered = bool(found.crms), address.is_filtered
        self.unfiltered = address.kind(address.of)
        self.as_csv = address.export()
        labels = _labels(found.fields)
        self.by_name = _heading("name", labels, address, place=0)
        self.headings = [_heading(one, labels, address, place=n) for n, one in enumerate(columns)]
        self.choices = [
            ColumnChoice(key, label, key in columns) for key, label in labels.items() if key != "name"
        ]
        self.rows = [_row(one, columns, found) for one in found.page.items]
        self._turned(found.page, address)


async def _look(actor: Actor, address: RecordsAddress) -> Shown:
    query = address.query()
    connections = await integrations.list_integrations(actor, PageRequest(MAX_LIMIT))
    try:
        page = await records.list_records(actor, query, page_of(address))
    except NotFound:  # The address names a connection that is gone.
        page = Slice[RecordOut]([])
    return Shown(
        page,
        await records.fields_of(actor, query.resource),
        await records.statuses(actor, query.resource),
        {str(one.id): one.connection_name for one in connections.items},
    )


def _columns_of(fields: Sequence[FieldOut]) -> dict[str, FieldOut]:
    """The field that feeds each column of a list, by the column."""
    return {one.column: one for one in reversed(fields) if one.column is not None}


def _known(fields: Sequence[FieldOut]) -> set[str]:
    return _labels(fields).keys() - {"name"}


def _labels(fields: Sequence[FieldOut]) -> dict[str, str]:
    """What a list can show, in order: its own columns, under the names of the fields that feed them, then the other fields."""
    feeding = _columns_of(fields)
    names = {key: feeding[key].label for key in OWN if key in feeding}
    fed = {one.key for one in feeding.values()}
    others = {one.key: one.label for one in fields if one.key not in fed and one.type != "reference"}
    usual = {key: names.get(key, _LABELS[key]) for key in COLUMNS if key in names or key not in OWN}
    times = {key: _LABELS[key] for key in ("updated_at", "created_at")}
    # What a list shows by itself goes before a field of the same key.
    return {"name": "Name"} | usual | times | {k: v for k, v in others.items() if k not in _LABELS}


def _heading(key: str, labels: Mapping[str, str], address: RecordsAddress, *, place: int) -> Heading:
    is_sortable = key == "name" or (key in _LABELS and key != "crm")
    href, sort = address.sorted_by(key) if is_sortable else ("", "none")
    return Heading(labels[key], href, sort, end=key == "value", phone=place < _ON_PHONES)


def _row(one: RecordOut, columns: Sequence[str], found: Shown) -> RecordRow:
    fields = {field.key: field for field in found.fields}
    cells = [_cell(one, key, fields, found, phone=n < _ON_PHONES) for n, key in enumerate(columns)]
    return RecordRow(f"{HERE}/{one.id}", one.name or "(no name)", cells)


def _cell(one: RecordOut, key: str, fields: Mapping[str, FieldOut], found: Shown, *, phone: bool) -> Cell:
    match key:
        case "value":
            return Cell(figure(one.value) if one.value else "", "figure", phone)
        case "status":
            return Cell(one.status, "badge", phone)
        case "email" | "phone" | "date":
            return Cell(day(_as_written(one, key, found.fields)), "text", phone)
        case "crm":
            names = [found.crms[str(id_)] for id_ in one.integration_ids if str(id_) in found.crms]
            return Cell(", ".join(names), "text", phone)
        case "updated_at" | "created_at":
            return Cell(words.iso(getattr(one, key)), "time", phone)
        case _:
            return cell(fields[key], one.fields.get(key), phone=phone)


def _as_written(one: RecordOut, column: str, fields: Sequence[FieldOut]) -> str:
    """What feeds a column, as it was written: lists search in lowercase and digits alone."""
    field = _columns_of(fields).get(column)
    value = one.fields.get(field.key) if field is not None else None
    return value if isinstance(value, str) and value else str(getattr(one, column))
