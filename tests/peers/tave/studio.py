"""The studio's data, and what people and programs do to them."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from tests.peers.tave import store
from tests.peers.tave.faults import Faults
from tests.peers.tave.made import Maker
from tests.peers.tave.store import Collection, Document, Row
from tests.peers.tave.writing import written


class Studio:
    """Everything that the API shows. Each change moves `modified`, by the clock of `now`."""

    def __init__(self, *, contacts: int, jobs: int, seed: int, faults: Faults) -> None:
        self.collections = Maker(seed).studio(contacts, jobs)
        self.faults = faults
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._chance = random.Random(f"{seed} later")  # noqa: S311 - ids of what is added

    def find(self, path: str, document_id: str) -> Document | None:
        row = self.collections[path].rows.get(document_id)
        return None if row is None else row.document()

    def ids(self, path: str = store.ADDRESS_BOOK, *, hidden: bool = True, kind: str = "") -> list[str]:
        """Of all documents of a path, hidden ones too unless told otherwise; of contacts also those of one kind."""
        rows = (row for row in self.collections[path].rows.values() if hidden or not row.hidden)
        return [row.id for row in rows if not kind or row.document(full=False)["kind"] == kind]

    def document(self, document_id: str) -> Document:
        """Any one, as it is now."""
        return self._row(document_id)[1].document()

    def edit(self, document_id: str, *, at: datetime | None = None, **fields: JsonValue) -> Document:
        """What a person does to a document; as it is then."""
        return self.change(document_id, fields, at)

    def change(self, document_id: str, fields: Document, at: datetime | None = None) -> Document:
        collection, row = self._row(document_id)
        return self._put(collection, {**row.document(), **fields}, at or self.now())

    def hide(self, document_id: str) -> None:
        self.edit(document_id, hidden=True)

    def delete(self, document_id: str) -> None:
        self._row(document_id)[0].remove(document_id)

    def add(self, *, at: datetime | None = None, **fields: JsonValue) -> str:
        """A new person, or another contact where `kind` says so; its id."""
        return self.create(store.ADDRESS_BOOK, {"kind": "person", **fields}, at)

    def create(self, path: str, fields: Document, at: datetime | None = None) -> str:
        """What `POST` does; the id of what it made."""
        moment = at or self.now()
        document_id = store.ulid(moment, self._chance)
        links: JsonValue = {"self": {"href": f"https://tave.io/v2{path}/{document_id}"}}
        made: Document = {"links": links, "id": document_id, "created": store.stamp(moment)}
        self._put(self.collections[path], {**written(path, fields, None, self.find), **made}, moment)
        return document_id

    def replace(self, path: str, document_id: str, sent: JsonValue) -> Document:
        """What `PUT` does."""
        collection, row = self._row(document_id)
        return self._put(collection, written(path, sent, row.document(), self.find), self.now())

    def same_second(self, count: int, path: str = store.ADDRESS_BOOK) -> list[str]:
        """Change so many documents in one second, as an import or a bulk edit does; their ids."""
        moment, ids = self.now(), self.ids(path)[:count]
        for one in ids:
            self.edit(one, at=moment)
        return ids

    def move_field(self, field_id: str, name: str) -> str:
        """What an account does that replaces a custom field of its contacts: another one is made, all values are taken over, and the
        first one is deleted. The id of the new one. No contact is modified by it.
        """
        old = self.document(field_id)
        kept: Document = {one: old[one] for one in ("canApplyTo", "kind") if one in old}
        made = self.create(store.CUSTOM_FIELD, {**kept, "name": name})
        self.delete(field_id)

        def moved(one: JsonValue) -> JsonValue:
            is_it = isinstance(one, dict) and one["fieldId"] == field_id
            return {**one, "fieldId": made} if is_it and isinstance(one, dict) else one

        self.rewrite(lambda row: {**row, "customFields": [moved(one) for one in _list(row["customFields"])]})
        return made

    def rewrite(self, change: Callable[[Document], Document]) -> None:
        """What a new release of the CRM's API does to all contacts. None is modified by it."""
        collection = self.collections[store.ADDRESS_BOOK]
        for row in list(collection.rows.values()):
            collection.put(store.row_of({**change(row.document()), "modified": row.modified}))

    def reveal(self) -> None:
        """Lists show what was withheld from them."""
        self.faults.late = False
        for collection in self.collections.values():
            for row in collection.rows.values():
                row.withheld = False
            collection.changed()

    def age(self, by: timedelta, path: str = store.ADDRESS_BOOK) -> None:
        """Let all changes of a path have been made so much earlier."""
        collection = self.collections[path]
        for row in list(collection.rows.values()):
            self.edit(row.id, at=datetime.fromisoformat(row.modified) - by)

    def _row(self, document_id: str) -> tuple[Collection, Row]:
        for collection in self.collections.values():
            if document_id in collection.rows:
                return collection, collection.rows[document_id]
        raise KeyError(document_id)

    def _put(self, collection: Collection, document: Document, moment: datetime) -> Document:
        whole = {**document, "modified": store.stamp(moment)}
        row = store.row_of(whole)
        row.withheld = self.faults.late
        collection.put(row)
        return whole


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
