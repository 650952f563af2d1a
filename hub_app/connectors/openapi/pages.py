"""How an operation's list is read page by page, where the document leaves no doubt."""

import re

from hub_app.apiclient.declarations import Pagination
from hub_app.connectors.openapi.document import Document, Node
from hub_app.connectors.openapi.shapes import Shape, shape
from hub_app.connectors.schemas.actions import Parameter

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


def guess(doc: Document, operation: Node, parameters: list[Parameter]) -> Pagination:
    """By the answer's Link header, or by a cursor: a query parameter `x` and in the answer `next_x` or `nextX`.

    And only where the answer is a list, or has exactly one; otherwise none.
    """
    answer = _success(doc, operation)
    rows = _schema(doc, answer) if answer is not None else None
    items = _items(doc, rows) if rows is not None else None
    if answer is None or rows is None or items is None:
        return Pagination()
    headers = answer.get("headers")
    if headers is not None and any(name.lower() == "link" for name in headers.object()):
        return Pagination(type="link", items=items)
    for one in parameters:
        if one.place == "query" and one.type == "string":
            name = next((n for n in _next_of(one.name) if n in rows.properties), None)
            if name is not None:
                return Pagination(type="cursor", parameter=one.name, next=name, items=items)
    return Pagination()


def _next_of(name: str) -> list[str]:
    if not _PLAIN.fullmatch(name):
        return []
    return [f"next_{name}", f"next{name[0].upper()}{name[1:]}"]


def _success(doc: Document, operation: Node) -> Node | None:
    responses = operation.get("responses")
    found = (responses.get("200") or responses.get("2XX")) if responses is not None else None
    return doc.follow(found) if found is not None else None


def _schema(doc: Document, answer: Node) -> Shape | None:
    content = answer.get("content")
    media = content.get("application/json") if content is not None else None
    schema = media.get("schema") if media is not None else None
    return shape(doc, schema) if schema is not None else None


def _items(doc: Document, rows: Shape) -> str | None:
    """Where the rows lie; None when that is not certain."""
    if rows.either:
        return None
    if rows.type == "array":
        return ""
    lists = [name for name, node in rows.properties.items() if shape(doc, node).type == "array"]
    return lists[0] if len(lists) == 1 and _PLAIN.fullmatch(lists[0]) else None
