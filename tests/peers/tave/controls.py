"""What tests in a browser and the demo do to the studio over HTTP: faults, and what people do."""

from dataclasses import asdict
from typing import cast

from aiohttp import web
from pydantic import JsonValue

from tests.peers.tave import store
from tests.peers.tave.answers import answer
from tests.peers.tave.store import Document
from tests.peers.tave.studio import Studio


class Controls:
    """`POST /_faults` takes a JSON object of `Faults`, `{}` to end them all; `POST /_people` what somebody does."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/_faults", self._set_faults)
        app.router.add_post("/_people", self._do)

    def _field(self, name: str) -> str:
        """The id of a custom field by what it is called."""
        fields = [self._studio.document(one) for one in self._studio.ids(store.CUSTOM_FIELD)]
        found = [one for one in fields if one["name"] == name and one["canApplyTo"] == "Contact"]
        return str(found[0]["id"])

    async def _set_faults(self, request: web.Request) -> web.Response:
        given = cast("dict[str, JsonValue]", await request.json())
        if not given:
            self._studio.faults.clear()
        self._studio.faults.set(given)
        return answer(asdict(self._studio.faults))

    async def _do(self, request: web.Request) -> web.Response:
        """`{"do": "edit", "id": …, "fields": {…}}`; also add, hide, delete, ids with `path`, and `replace_field` with the `name` of a
        contacts' custom field and what its successor is called (`to`)."""
        given = cast("Document", await request.json())
        document_id, path = str(given.get("id", "")), str(given.get("path", store.ADDRESS_BOOK))
        fields = cast("Document", given.get("fields", {}))
        match given["do"]:
            case "edit":
                self._studio.change(document_id, fields)
            case "add":
                document_id = self._studio.create(path, fields)
            case "hide":
                self._studio.hide(document_id)
            case "delete":
                self._studio.delete(document_id)
            case "replace_field":
                document_id = self._studio.move_field(self._field(str(given["name"])), str(given["to"]))
            case "ids":
                return answer({"ids": self._studio.ids(path)})
            case _:
                raise web.HTTPBadRequest
        return answer({"id": document_id})
