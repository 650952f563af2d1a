"""The form of a record: a field for each of its own, and up to four for each of its people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import reflex as rx

from hub_app.crm.schemas.records import FieldOut, RecordDetail
from hub_app.crm.service import records
from hub_app.crm.state.record import RecordState
from hub_app.crm.state.record_address import RecordAddress
from hub_app.crm.state.record_words import words
from hub_app.kernel.actor import Role
from hub_app.kernel.edits import Version
from hub_app.kernel.errors import FieldError, NotFound
from hub_app.kernel.validation import renamed
from hub_app.ui.edits import EditState, Form, saved
from hub_app.ui.forms import Next, submits_data
from hub_app.ui.guard import current_actor, guarded

PEOPLE = "people"
_PARTS = ("name", "role", "emails", "phones")
_SPARE = 1
_MOST_PEOPLE = 20
_CONTROLS = {
    "multiline": "lines",
    "list": "words",
    "date": "date",
    "email": "email",
    "phone": "tel",
    "boolean": "choice",
}
_HELP = {
    "list": "One per line.",
    "datetime": "As 2026-01-31T12:00:00Z.",
    "number": "A number, such as 4500.50.",
    "money": "A number, such as 4500.50.",
}


@dataclass(frozen=True)
class RecordField:
    """A field of the form. `control` says which."""

    name: str
    label: str
    control: str
    help: str
    custom: bool


@dataclass(frozen=True)
class Slot:
    """The fields of one person, by their names in the form."""

    label: str
    name: str
    role: str
    emails: str
    phones: str


class RecordFormState(EditState, rx.State):
    """What the form of a record starts with. `version` changes with each save, so that it begins anew."""

    loaded: bool = False
    fields: rx.Field[list[RecordField]] = rx.field(default_factory=list)
    slots: rx.Field[list[Slot]] = rx.field(default_factory=list)
    has_people: bool = False
    has_references: bool = False
    has_custom: bool = False
    version: str = ""
    # As they were read: the form shows less of a person than there may be.
    _people: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each tab

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self.errors, self.busy, self.loaded, self.slots = {}, False, False, []
        self._forget_form()
        if RecordAddress.at(self).tab == "edit":
            await self._load()

    async def _load(self) -> None:
        try:
            self.values = dict(self._begin(await self._now()))
        except NotFound:
            return  # The page says so.
        self.version = Version(self._as_opened().fields).etag
        self.loaded = True

    async def _now(self) -> Form:
        found = await records.get_record(await current_actor(self), RecordAddress.at(self).id)
        kinds = {one.type for one in found.known_fields}
        self.has_people, self.has_references = PEOPLE in kinds, "reference" in kinds
        self.fields = [field_of(one) for one in found.known_fields if one.type not in {"people", "reference"}]
        self._people = cast("list[dict[str, Any]]", found.fields.get(PEOPLE) or [])
        self.has_custom = any(one.custom for one in self.fields)
        # Never fewer than before: a form that is open has them.
        count = min(_MOST_PEOPLE, max(len(self.slots), len(self._people) + _SPARE))
        self.slots = [_slot(n) for n in range(count)] if self.has_people else []
        return Form(found.version, _texts(found, count))

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        settings: dict[str, object] = {one.name: read_field(one, data.get(one.name)) for one in self.fields}
        if self.has_people:
            found = [self._person(n, slot, data) for n, slot in enumerate(self.slots)]
            settings[PEOPLE] = [one for one in found if one] or None
        return settings

    def _person(self, number: int, slot: Slot, data: Mapping[str, object]) -> dict[str, object]:
        """The person of a slot. One whose name stays keeps the parts that it was made of."""
        was = self._people[number] if number < len(self._people) else {}
        name = str(data.get(slot.name) or "").strip()
        made: dict[str, object] = {"name": name}
        if name and name == _name(was):
            made = {part: was[part] for part in ("name", "first_name", "last_name") if part in was}
        made["role"] = str(data.get(slot.role) or "").strip()
        for part, text in (("emails", data.get(slot.emails)), ("phones", data.get(slot.phones))):
            made[part] = [one.strip() for one in str(text or "").split(",") if one.strip()]
        return {part: one for part, one in made.items() if one}

    def _fields_of(self, setting: str) -> tuple[str, ...]:
        if setting != PEOPLE:
            return (setting,)
        return (PEOPLE, *(getattr(slot, part) for slot in self.slots for part in _PARTS))

    @submits_data(Role.ENGINEER)
    async def save(self, data: Mapping[str, Any]) -> list[Next]:
        """Save what was changed. CRMs that take changes get it at the next sync."""
        actor, record_id = await current_actor(self), RecordAddress.at(self).id
        changes = self._changes(data)
        if changes:
            with renamed(name_of):
                await records.update_record(actor, record_id, changes, expected=self._as_opened())
        await self._load()
        return [saved(changes, "The record"), RecordState.refresh]


def name_of(error: FieldError) -> str:
    """The field of the form that an error of the service is about."""
    return error.field.removeprefix("fields.")


def field_of(one: FieldOut) -> RecordField:
    """A field as the form shows it."""
    return RecordField(
        one.key, one.label, _CONTROLS.get(one.type, "text"), _HELP.get(one.type, ""), one.custom
    )


def _slot(number: int) -> Slot:
    return Slot(f"Person {number + 1}", *(f"person-{number}-{part}" for part in _PARTS))


def _name(person: Mapping[str, Any]) -> str:
    parts = [person[part] for part in ("first_name", "last_name") if person.get(part)]
    return str(person.get("name") or " ".join(parts))


def _texts(found: RecordDetail, slots: int) -> dict[str, str]:
    """What the form's fields hold, by their names."""
    texts = {
        one.key: _text(found.fields.get(one.key))
        for one in found.known_fields
        if one.type not in {"people", "reference"}
    }
    people: Sequence[Mapping[str, Any]] = found.fields.get(PEOPLE) or []
    for number in range(slots):
        person = people[number] if number < len(people) else {}
        slot = _slot(number)
        texts[slot.name], texts[slot.role] = _name(person), person.get("role", "")
        texts[slot.emails] = ", ".join(person.get("emails", ()))
        texts[slot.phones] = ", ".join(person.get("phones", ()))
    # For those who choose between two people's changes.
    return {**texts, PEOPLE: words("people", found.fields.get(PEOPLE))}


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return "\n".join(str(one) for one in cast("list[Any]", value))
        case float() | int():
            return f"{value:.15g}"
        case _:
            return str(value)


def read_field(field: RecordField, given: object) -> object:
    """What a field of the form says, as the service takes it; None for nothing."""
    text = str(given or "").replace("\r\n", "\n").strip()
    if not text:
        return None
    return [line.strip() for line in text.split("\n") if line.strip()] if field.control == "words" else text
