"""Parameters of an operation: those of path, query and header."""

from dataclasses import dataclass

import orjson
from pydantic import JsonValue

from hub_app.connectors.openapi.document import Document, Node, listed, shortened
from hub_app.connectors.openapi.shapes import Shape, shape
from hub_app.connectors.schemas.actions import MAX_PARAMETERS, Parameter
from hub_app.kernel.errors import Invalid
from hub_app.kernel.validation import validated
from hub_app.kernel.values import ValueType

_PLACES = ("path", "query", "header")
# OpenAPI says to ignore these: content types and security schemes describe them.
_DESCRIBED_ELSEWHERE = {"accept", "content-type", "authorization"}
_MAX_DESCRIPTION = 1000
_MAX_DEFAULT = 1000
# Checking one, here and in its action.
_STEPS_OF_ONE = 25
_EXPECTED: dict[ValueType, type | tuple[type, ...]] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter as the document has it: `where` it lies, and the shape of its values."""

    where: str
    name: str
    place: str
    node: Node
    shape: Shape


def declared(doc: Document, path_item: Node, operation: Node) -> list[Declared]:
    """The operation's parameters, and those of its path that it does not declare anew."""
    found: dict[tuple[str, str], Declared] = {}
    for owner in (path_item, operation):
        for one in owner.list_of("parameters"):
            node = doc.follow(one)
            if node is not None:
                place, name = node.required("in"), node.required("name")
                found[place, name] = Declared(one.where, name, place, node, _shape(doc, node))
    return list(found.values())


def usable(doc: Document, parameters: list[Declared], in_path: list[str]) -> list[Parameter]:
    """What Hub can send of them; a finding for each that it cannot."""
    taken: dict[str, Parameter] = {}
    for one in sorted(parameters, key=lambda p: p.place != "path"):
        why = _objection(one, in_path, taken)
        if why == "":
            made = _made(doc, one)
            if made is not None:
                taken[made.name] = made
        elif why:
            missed = " The API asks for it: calls may be refused." if one.node.flag("required") else ""
            doc.note(one.where, f"The parameter {shortened(one.name, 60)!r} is left out: {why}.{missed}")
    order = {one.name: number for number, one in enumerate(parameters)}
    return sorted(taken.values(), key=lambda p: order[p.name])


def parameter(
    doc: Document, where: str, name: str, place: str, found: Shape, *, required: bool
) -> Parameter | None:
    """A parameter of these properties; None, with a finding, when Hub can have none of this name."""
    kind = found.type or "string"
    doc.spend(_STEPS_OF_ONE)
    try:
        return validated(
            Parameter,
            {
                "name": name,
                "in": place,
                "type": kind,
                "required": required,
                "api_default": _default(found.default, kind),
                "description": found.description,
            },
        )
    except Invalid as error:
        why = error.errors[0].message
        doc.note(where, f"The parameter {shortened(name, 60)!r} is left out: its name cannot be sent, {why}.")
        return None


def within_limit(doc: Document, where: str, parameters: list[Parameter]) -> list[Parameter]:
    """At most as many as an action may have, the required ones first."""
    if len(parameters) <= MAX_PARAMETERS:
        return parameters
    kept = sorted(parameters, key=lambda p: not p.required)[:MAX_PARAMETERS]
    names = {one.name for one in kept}
    left = [one.name for one in parameters if one.name not in names]
    doc.note(where, f"An action takes at most {MAX_PARAMETERS} parameters. Left out: {listed(left)}.")
    return [one for one in parameters if one.name in names]


def _shape(doc: Document, node: Node) -> Shape:
    schema = node.get("schema")
    found = shape(doc, schema) if schema is not None else Shape()
    found.description = node.words("description", _MAX_DESCRIPTION) or found.description
    return found


def _objection(one: Declared, in_path: list[str], taken: dict[str, Parameter]) -> str | None:
    """Why Hub cannot send it; empty when it can, None when it is to be passed over without a word."""
    if one.place == "cookie":
        return "Hub sends no cookies"
    if one.place not in _PLACES:
        return f"{shortened(one.place, 30)!r} is not a parameter location in OpenAPI 3"
    if one.place == "header" and one.name.lower() in _DESCRIBED_ELSEWHERE:
        return None
    if one.place == "path" and one.name not in in_path:
        return "the path does not contain it"
    if one.name in taken or (one.place != "path" and one.name in in_path):
        return "another parameter of the action has the same name"
    return ""


def _made(doc: Document, one: Declared) -> Parameter | None:
    if "content" in one.node.object():
        doc.note(one.where, f"The values of {shortened(one.name, 60)!r} are written as text, such as JSON.")
        one.shape.type = "string"
    elif _is_written_specially(one):
        doc.note(
            one.where,
            f"The document asks to write the values of {shortened(one.name, 60)!r} in a way of its own "
            "(style or explode). Hub writes them in its usual way: try whether the API takes that.",
        )
    required = one.node.flag("required") or one.place == "path"
    return parameter(doc, one.where, one.name, one.place, one.shape, required=required)


def _is_written_specially(one: Declared) -> bool:
    """Whether lists and objects are to be written otherwise than `a=1&a=2`."""
    if one.place != "query" or one.shape.type not in {"array", "object"}:
        return False
    said = one.node.object()
    return said.get("style", "form") != "form" or said.get("explode", True) is not True


def _default(value: JsonValue, kind: ValueType) -> JsonValue:
    """The default when it is one of its type and small enough to be kept."""
    if not isinstance(value, _EXPECTED[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return None
    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # Half characters, or numbers of more than 64 bits.
        return None
    return value if len(text) <= _MAX_DEFAULT and "\\u00" not in text else None
