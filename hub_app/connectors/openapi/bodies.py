"""What an operation takes in its body."""

from collections.abc import Collection
from dataclasses import dataclass, field

from pydantic import JsonValue

from hub_app.connectors.openapi.document import Document, Node, listed
from hub_app.connectors.openapi.parameters import parameter
from hub_app.connectors.openapi.shapes import Shape, shape
from hub_app.connectors.schemas.actions import MAX_PARAMETERS, Parameter

_ANYTHING = {"*/*", "application/*"}


class Unsendable(ValueError):
    """The operation needs a body that Hub cannot send; the message says why."""


@dataclass(slots=True)
class Body:
    """Body parameters, and the template that they go into where they do not make a JSON object by themselves."""

    parameters: list[Parameter] = field(default_factory=list[Parameter])
    template: JsonValue = None


def read(doc: Document, operation: Node, taken: Collection[str]) -> Body:
    """The operation's body. `taken` are the names of its other parameters. Unsendable when it needs another than JSON."""
    given = operation.get("requestBody")
    found = doc.follow(given) if given is not None else None
    if given is None or found is None:
        return Body()
    required = found.flag("required")
    content = found.get("content")
    media = _json_of(found.members_of("content"))
    if media is None:
        kinds = listed(list(content.object())) if content is not None else "none"
        if required:
            raise Unsendable(f"it needs a body, and Hub sends JSON only. The document offers: {kinds}")
        doc.note(given.where, f"The body is left out: Hub sends JSON only. The document offers: {kinds}.")
        return Body()
    if media.name.partition(";")[0].strip().lower().endswith("+json"):
        doc.note(given.where, f"The API asks for {listed([media.name])}. Hub sends application/json.")
    schema = media.get("schema")
    of = shape(doc, schema) if schema is not None else Shape()
    of.description = found.words("description", 1000) or of.description
    properties = _properties(doc, of)
    why = _why_whole(of, properties, taken)
    if why:
        doc.note(given.where, f"The body is one parameter, given as JSON: {why}.")
        return _whole(doc, given.where, of, taken, required=required)
    several = [name for name, one in properties.items() if one.type is None]
    if several:
        doc.note(given.where, f"The document does not give one type for {listed(several)}: taken as text.")
    made = [
        parameter(doc, given.where, name, "body", one, required=required and name in of.required)
        for name, one in properties.items()
    ]
    return Body([one for one in made if one is not None])


def _json_of(content: dict[str, Node]) -> Node | None:
    """The media type to send: JSON itself before its relatives, `application/merge-patch+json` and the like."""
    kinds = {name.partition(";")[0].strip().lower(): node for name, node in content.items()}
    relatives = [node for name, node in kinds.items() if name.endswith("+json")]
    anything = [node for name, node in kinds.items() if name in _ANYTHING]
    return kinds.get("application/json") or next(iter(relatives + anything), None)


def _properties(doc: Document, of: Shape) -> dict[str, Shape]:
    if len(of.properties) > MAX_PARAMETERS:
        return {}
    found = {name: shape(doc, node) for name, node in of.properties.items()}
    return {name: one for name, one in found.items() if not one.read_only}


def _why_whole(of: Shape, properties: dict[str, Shape], taken: Collection[str]) -> str:
    """Why the body cannot be given property by property; empty when it can."""
    if of.either:
        return "the document gives several forms of it"
    if of.type is not None and of.type != "object":
        return f"it is of type {of.type}"
    if len(of.properties) > MAX_PARAMETERS:
        return f"it has {len(of.properties)} properties, and an action takes at most {MAX_PARAMETERS}"
    if not properties:
        return "the document does not list its properties"
    same = [name for name in properties if name in taken]
    if same:
        return f"other parameters have the names of its properties ({listed(same)})"
    return ""


def _whole(doc: Document, where: str, of: Shape, taken: Collection[str], *, required: bool) -> Body:
    # More names than an action has parameters.
    numbered = (f"body_{number}" for number in range(2, MAX_PARAMETERS + 3))
    name = next(name for name in ("body", "request_body", "json_body", *numbered) if name not in taken)
    of.type = of.type or "object"
    made = parameter(doc, where, name, "body", of, required=required)
    return Body([made], f"{{{{ {name} }}}}") if made is not None else Body()
