"""The document's operations, each an action."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from hub_app.apiclient import urls
from hub_app.connectors.openapi import bodies, pages, parameters, security, servers
from hub_app.connectors.openapi.document import Document, Misshapen, Node, one_line, shortened
from hub_app.connectors.schemas.actions import MAX_ACTIONS, Action, Parameter
from hub_app.kernel.errors import Invalid
from hub_app.kernel.validation import validated

_METHODS = ("get", "post", "put", "patch", "delete")
_OTHER_METHODS = ("head", "options", "trace", "query")
_MAX_BROKEN = 20
MAX_SLUG = 64
_WORDS_MEET = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OTHERS = re.compile(r"[^a-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Found:
    """An operation where it was found."""

    method: str
    path: str
    path_item: Node
    node: Node


class Reading:
    """Makes actions of the document's operations. `broken` are the parts that are not what OpenAPI says."""

    def __init__(self, doc: Document, base_url: str) -> None:
        self.actions: list[Action] = []
        self.needs: list[security.Need] = []
        self.broken: list[Misshapen] = []
        self._doc = doc
        self._base_url = base_url
        self._ids = Ids()

    def read(self) -> None:
        left = 0
        for found in self._operations():
            if len(self.actions) >= MAX_ACTIONS:
                left += 1
                continue
            try:
                self._take(found)
            except Misshapen as error:
                self.broken.append(error)
                if len(self.broken) >= _MAX_BROKEN:
                    return
        if left:
            self._doc.note(
                "/paths", f"A connector has at most {MAX_ACTIONS} actions: {left} operations are left out."
            )

    def _operations(self) -> Iterator[Found]:
        for path, item in self._doc.root.members_of("paths").items():
            if path.startswith("x-"):
                continue
            try:
                yield from self._of_path(path, item)
            except Misshapen as error:
                self.broken.append(error)
                if len(self.broken) >= _MAX_BROKEN:
                    return

    def _of_path(self, path: str, item: Node) -> Iterator[Found]:
        self._doc.spend()
        node = self._doc.follow(item)
        if node is None:
            return
        said = node.object()
        for method in _OTHER_METHODS:
            if method in said:
                self._doc.note(node.at(method), f"Left out: actions do not use {method.upper()}.")
        for method in _METHODS:
            if method in said:
                # Where it stands in `paths`, also when the path's item is a reference.
                yield Found(method.upper(), path, node, item.below(said[method], method))

    def _take(self, found: Found) -> None:
        doc, node = self._doc, found.node
        node.object()
        why = self._objection(found)
        if why:
            doc.note(node.where, f"Left out: {why}.")
            return
        declared = parameters.declared(doc, found.path_item, node)
        usable = parameters.usable(doc, declared, urls.names(found.path))
        template: JsonValue = None
        if found.method != "GET":
            try:
                body = bodies.read(doc, node, {*(one.name for one in usable), *urls.names(found.path)})
            except bodies.Unsendable as error:
                doc.note(node.where, f"Left out: {error}.")
                return
            usable, template = usable + body.parameters, body.template
        elif node.get("requestBody") is not None:
            doc.note(node.at("requestBody"), "Left out: Hub sends no body with GET.")
        if node.get("callbacks") is not None:
            doc.note(node.at("callbacks"), "Left out: callbacks are calls to you. Hub makes calls only.")
        self._add(found, parameters.within_limit(doc, node.where, usable), template)

    def _objection(self, found: Found) -> str:
        """Why Hub cannot call this path; empty when it can."""
        try:
            urls.checked_endpoint(found.path)
        except urls.UrlOutsideBase as error:
            return f"its path {error}"
        for owner in (found.node, found.path_item):
            if owner.get("servers") is not None:
                other = servers.base_url(self._doc, owner)
                return "" if other == self._base_url else "it is on another server than the rest"
        return ""

    def _add(self, found: Found, usable: list[Parameter], template: JsonValue) -> None:
        doc, node = self._doc, found.node
        shown = f"{found.method} {found.path}"
        said = one_line(node.words("operationId", 200), 100)
        paging = pages.guess(doc, node, usable) if found.method == "GET" else pages.Pagination()
        deprecated = "Deprecated. " if node.flag("deprecated") else ""
        try:
            action = validated(
                Action,
                {
                    "id": slug(said or shown, "call"),
                    "name": one_line(node.words("summary", 200), 100) or said or one_line(shown, 100),
                    "description": shortened(deprecated + node.words("description", 1000), 1000),
                    "method": found.method,
                    "endpoint": found.path,
                    "parameters": [one.model_dump(by_alias=True) for one in usable],
                    "body": template,
                    "pagination": paging.model_dump(),
                },
            )
        except Invalid as error:
            why = shortened(error.errors[0].message, 200)
            doc.note(node.where, f"Left out: no action can be made from it ({why}).")
            return
        if paging.type != "none":
            how = (
                "the response's Link header" if paging.type == "link" else f"the cursor {paging.parameter!r}"
            )
            doc.note(node.where, f"Guessed: the list is read page by page, by {how}.")
        # Taken last, so that an operation that was left out takes no id.
        action = action.model_copy(update={"id": self._ids.take(action.id)})
        self.needs.append(security.need_of(doc, action.id, node))
        self.actions.append(action)


def slug(text: str, otherwise: str) -> str:
    """`listItems` → `list_items`, `GET /items/{id}` → `get_items_id`; `otherwise` when nothing usable is left."""
    plain = unicodedata.normalize("NFKD", text[:500]).encode("ascii", "ignore").decode()
    made = _OTHERS.sub("_", _WORDS_MEET.sub("_", plain).lower())
    made = re.sub("_{2,}", "_", made).strip("_-")
    if made and not made[0].isalpha():
        made = f"{otherwise}_{made}"
    return made[:MAX_SLUG].rstrip("_-") or otherwise


class Ids:
    """Gives each id once: `get_item`, `get_item_2`."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._counted: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        made = wanted
        while made in self._taken:
            number = self._counted.get(wanted, 1) + 1
            self._counted[wanted] = number
            ending = f"_{number}"
            made = wanted[: MAX_SLUG - len(ending)] + ending
        self._taken.add(made)
        return made
