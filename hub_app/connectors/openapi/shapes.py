"""What a JSON Schema says about a value, as far as a form needs it: its type and its properties."""

from dataclasses import dataclass, field
from typing import cast

from pydantic import JsonValue

from hub_app.connectors.openapi.document import Document, Node
from hub_app.kernel.values import ValueType

_TYPES = {"string", "integer", "number", "boolean", "array", "object"}
_PYTHON: tuple[tuple[type, ValueType], ...] = (
    (bool, "boolean"), (str, "string"), (int, "integer"), (float, "number"), (list, "array"), (dict, "object"),
)  # fmt: skip
_MAX_DEPTH = 20
_STEPS_OF_ONE = 5


@dataclass(slots=True)
class Shape:
    """`type` is None when the schema leaves it open. `either` tells of alternatives that no list of properties shows."""

    type: ValueType | None = None
    properties: dict[str, Node] = field(default_factory=dict[str, Node])
    required: set[str] = field(default_factory=set[str])
    either: bool = False
    read_only: bool = False
    default: JsonValue = None
    description: str = ""
    maximum: float | None = None


def shape(doc: Document, node: Node, within: frozenset[int] = frozenset()) -> Shape:
    """The schema's shape, its references and `allOf` followed; what leads back to itself adds nothing."""
    doc.spend(_STEPS_OF_ONE)
    if isinstance(node.value, bool):
        return Shape()  # JSON Schema: `true` takes everything, `false` nothing.
    said = _said(node)
    target = doc.follow(node)
    if (
        target is None
        or id(target.value) in within
        or len(within) >= _MAX_DEPTH
        or isinstance(target.value, bool)
    ):
        return said
    inner = within | {id(target.value)}
    found = _said(target)
    _take_properties(target, found)
    for part in target.list_of("allOf"):
        _add(found, shape(doc, part, inner))
    for keyword in ("anyOf", "oneOf"):
        _choose(found, [shape(doc, part, inner) for part in target.list_of(keyword)])
    if target is not node:
        # OpenAPI 3.1 lets these stand beside a reference.
        found.description = said.description or found.description
        found.default = found.default if said.default is None else said.default
    if found.type is None and found.properties:
        found.type = "object"
    return found


def _said(node: Node) -> Shape:
    schema = node.object()
    maximum = schema.get("maximum")
    node.doc.spend(sum(len(one) for one in (schema.get("type"), schema.get("enum")) if isinstance(one, list)))
    return Shape(
        type=_type(schema.get("type")) or _type_of_values(schema.get("enum")),
        read_only=schema.get("readOnly") is True,
        default=schema.get("default"),
        description=node.words("description", 1000) or node.words("title", 1000),
        maximum=maximum if isinstance(maximum, int | float) else None,
    )


def _type(value: JsonValue) -> ValueType | None:
    """One type, `null` aside; OpenAPI 3.1 has lists of them."""
    named = [one for one in (value if isinstance(value, list) else [value]) if one != "null"]
    only = named[0] if len(named) == 1 else None
    return cast("ValueType", only) if isinstance(only, str) and only in _TYPES else None


def _type_of_values(values: JsonValue) -> ValueType | None:
    if not isinstance(values, list):
        return None
    kinds: set[ValueType] = {kind for value in values for python, kind in _PYTHON if type(value) is python}
    return kinds.pop() if len(kinds) == 1 else None


def _take_properties(node: Node, found: Shape) -> None:
    found.properties |= node.members_of("properties")
    required = node.get("required")
    # OpenAPI 2's `required: true` is still met; it says nothing about properties.
    if required is not None and isinstance(required.value, list):
        node.doc.spend(len(required.value))
        found.required |= {one for one in required.value if isinstance(one, str)}


def _add(found: Shape, more: Shape) -> None:
    found.type = found.type or more.type
    for name, node in more.properties.items():
        found.properties.setdefault(name, node)
    found.required |= more.required
    found.either |= more.either
    found.read_only |= more.read_only
    found.default = more.default if found.default is None else found.default
    found.description = found.description or more.description
    found.maximum = more.maximum if found.maximum is None else found.maximum


def _choose(found: Shape, options: list[Shape]) -> None:
    # A nullable value is written as a choice between its type and null, which here has no type and no properties.
    real = [one for one in options if one.type or one.properties or one.either]
    if len(real) == 1:
        _add(found, real[0])
    elif real:
        found.either = True
        kinds: set[ValueType | None] = {one.type for one in real}
        found.type = found.type or (kinds.pop() if len(kinds) == 1 else None)
