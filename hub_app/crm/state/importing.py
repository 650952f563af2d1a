"""Importing a file into a connection: what was found in it, what its columns feed, and starting the job."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.schemas.importing import ColumnOut, ExaminedOut, ImportIn, LayoutIn
from hub_app.crm.service import gallery, importing, integrations
from hub_app.crm.state.connection import ConnectionAddress
from hub_app.crm.state.connections import HERE
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Conflict, NotFound
from hub_app.kernel.validation import renamed
from hub_app.ui.forms import submits_data
from hub_app.ui.guard import FormState, current_actor, guarded
from hub_app.ui.inputs import is_on, read, read_id
from hub_app.ui.page_address import PageAddress, parameter

KINDS = [("clients", "Clients: one row for each"), ("projects", "Projects: one row for each")]
DELIMITERS = [(",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Vertical bar")]
ENCODINGS = [
    ("utf-8", "UTF-8"),
    ("cp1252", "Windows, Western Europe"),
    ("cp1250", "Windows, Central Europe"),
    ("utf-16-le", "UTF-16"),
    ("utf-16-be", "UTF-16, big endian"),
    ("mac_roman", "Mac, Western Europe"),
    ("iso-8859-15", "ISO 8859-15"),
]
_FORMATS = {
    "day_first": "Day first: 24/06/2023",
    "month_first": "Month first: 06/24/2023",
    ".": "1,500.00 with a point for the decimals",
    ",": "1.500,00 with a comma for the decimals",
}
_HOW = {
    "remembered": "As you chose last time",
    "exact": "Recognized",
    "guessed": "Guessed",
    "suggested": "Not sure: please choose",
    "none": "Not recognized",
}
_NO_FIELD = ("", "Do not import")


@dataclass(frozen=True)
class ImportAddress(PageAddress):
    """The file that was uploaded."""

    file: str = parameter(longest=64)

    @property
    def id(self) -> UUID:
        return read_id(self.path.rsplit("/", 2)[1])


@dataclass(frozen=True)
class ColumnRow:
    """A column: what is in it, and what it feeds. `formats` are the ways in which its values can be read."""

    header: str
    examples: str
    how: str
    is_sure: bool
    field: str
    field_name: str
    format: str
    format_name: str
    formats: list[tuple[str, str]]


class ImportState(FormState, rx.State):
    """The file. `gone` when it is no longer kept."""

    loaded: bool = False
    missing: bool = False
    gone: bool = False
    file: str = ""
    name: str = ""
    about: str = ""
    connection: str = ""
    provider: str = ""
    here: str = ""
    action: str = ""
    then: str = ""
    limits: rx.Field[list[str]] = rx.field(default_factory=list)
    rows: rx.Field[list[ColumnRow]] = rx.field(default_factory=list)
    targets: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    delimiter: str = ","
    encoding: str = "utf-8"
    header_line: int = 1
    resource: str = "clients"
    version: str = "0"

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor, address = await current_actor(self), ImportAddress.at(self)
        self.errors, self.busy, self.gone, self.missing, self.file = {}, False, False, False, ""
        try:
            one = await integrations.get_integration(actor, address.id)
        except NotFound:
            self.missing, self.loaded = True, True
            return
        provider = gallery.get_provider(one.crm_provider)
        self.connection, self.provider = one.connection_name, provider.name if provider else one.crm_provider
        self.limits = provider.limits if provider else []
        self.here = f"{HERE}/{one.id}"
        self.action, self.then = f"/api/crm/integrations/{one.id}/import/examine", f"{address.path}?file="
        if address.file:
            await self._find(actor, address)
        self.loaded = True

    async def _find(self, actor: Actor, address: ImportAddress) -> None:
        try:
            self._show(await importing.get_file(actor, address.id, read_id(address.file)))
        except (Conflict, NotFound):
            self.gone = True

    def _show(self, found: ExaminedOut) -> None:
        self.file, self.name, self.resource = str(found.file_id), found.name, found.resource
        self.delimiter, self.encoding, self.header_line = (
            found.delimiter,
            found.encoding,
            found.header_line,
        )
        labels = {one.key: one.label for one in found.fields}
        self.targets = [_NO_FIELD, *labels.items()]
        self.rows = [_row(at, one) for at, one in enumerate(found.columns)]
        words = {**dict(DELIMITERS), **dict(ENCODINGS)}
        line = f"headers on line {found.header_line}" if found.header_line else "no headers"
        self.about = (
            f"{max(1, round(found.size / 1024)):,} KB · {len(found.columns)} columns, separated by"
            f" {words[found.delimiter].lower()} · {words[found.encoding]} · {line}"
        )
        self.version = str(int(self.version) + 1)

    @submits_data(Role.ENGINEER)
    async def start(self, data: Mapping[str, Any]) -> EventSpec:
        """Start the import, or a preview of it, and look at it."""
        address = ImportAddress.at(self)
        mapping = {
            row.header: {
                "field": str(data.get(row.field_name) or ""),
                "format": data.get(row.format_name) or None,
            }
            for row in self.rows
            if _is_changed(row, data)
        }
        numbers = {row.header: str(at) for at, row in enumerate(self.rows)}
        with renamed(lambda error: _field_of(error.field, numbers)):
            given = read(ImportIn, {}, mapping=mapping, dry_run=is_on(data.get("dry_run")))
            actor = await current_actor(self)
            job = await importing.start_import(actor, address.id, read_id(self.file), given)
        return rx.redirect(ConnectionAddress(self.here).of_job(job.id))

    @submits_data(Role.ENGINEER)
    async def correct(self, data: Mapping[str, Any]) -> str:
        """Look at the file once more, as somebody says that it is laid out."""
        given = read(
            LayoutIn,
            {name: data.get(name) for name in ("encoding", "delimiter", "resource")},
            header_line=int(data.get("header_line") or 0),
        )
        address = ImportAddress.at(self)
        actor = await current_actor(self)
        self._show(await importing.correct_layout(actor, address.id, read_id(self.file), given))
        return "The file was read again."


def _row(at: int, one: ColumnOut) -> ColumnRow:
    formats = [(choice, _FORMATS.get(choice, choice)) for choice in one.choices]
    return ColumnRow(
        header=one.header,
        examples=" · ".join(one.examples) or "No values in the first rows",
        how=_HOW[one.how] if one.field or one.how != "remembered" else "Left out last time",
        is_sure=one.how in {"remembered", "exact"},
        field=one.field or "",
        field_name=f"field-{at}",
        format=one.format,
        format_name=f"format-{at}",
        formats=[("", "Please choose"), *formats] if formats else [],
    )


def _is_changed(row: ColumnRow, data: Mapping[str, Any]) -> bool:
    """Whether a person chose something else than was found."""
    chosen = data.get(row.field_name)
    return (chosen is not None and chosen != row.field) or bool(data.get(row.format_name))


def _field_of(field: str, numbers: Mapping[str, str]) -> str:
    """The field of the form that a message is about."""
    header = field.removeprefix("mapping.")
    if header in numbers:
        return f"field-{numbers[header]}"
    inner = header.removesuffix(".format")
    return f"format-{numbers[inner]}" if inner in numbers else "dry_run"
