"""An action as its form has it: what the fields start with, and the fields as an action."""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import orjson
from pydantic import JsonValue

from hub_app.connectors.schemas.actions import Action, Parameter
from hub_app.connectors.state.form import slug_of
from hub_app.kernel.errors import FieldError
from hub_app.kernel.validation import Refusals, refusals, renamed
from hub_app.ui.inputs import form_of, is_on, read, read_json
from hub_app.ui.parameters.fields import as_text
from hub_app.ui.words import pretty

_PAGE = ("type", "parameter", "start", "next", "items", "size_parameter", "size", "max_pages", "max_items")
_TEXTS = ("description", "method", "endpoint", "response")
_NAMES = {"name": "action_name"}
PARAMETERS = "parameters"
PAGE_NAMES = {
    "none": "None: one response has everything",
    "page": "Page number",
    "cursor": "Cursor in the response",
    "link": "Link header",
}
_KEY = re.compile(r"(p\d+)_name")
_PARTS = {"in": "place", "place": "place", "type": "type", "default": "default", "description": "description"}
# What a message that stands at no field is about.
_TOPICS = {"cache_seconds": "cache_seconds", "pagination": "page_type"}


@dataclass(frozen=True)
class ParameterRow:
    """What a parameter's fields start with; `key` tells rows apart, and the fields are named after it."""

    key: str
    name: str = ""
    place: str = ""
    type: str = "string"
    required: bool = False
    default: str = ""
    api_default: str = ""
    """As JSON: a document said it, and nobody changes it here."""
    description: str = ""


def values_of(action: Action | None) -> dict[str, str]:
    """What the form's fields start with, but for the parameters."""
    if action is None:
        start = Action.model_validate({"id": "new", "endpoint": "/"})
        return {**values_of(start), "id": "", "action_name": "", "endpoint": ""}
    page = action.pagination.model_dump(mode="json")
    return {
        **{name: getattr(action, name) for name in ("id", *_TEXTS)},
        "action_name": action.name,
        "body": "" if action.body is None else pretty(orjson.dumps(action.body).decode()),
        "cache_seconds": str(action.cache_seconds),
        **{f"page_{name}": str(page[name]) for name in _PAGE},
    }


def rows_of(action: Action) -> list[ParameterRow]:
    return [_row(f"p{at}", one) for at, one in enumerate(action.parameters)]


def _row(key: str, one: Parameter) -> ParameterRow:
    return ParameterRow(
        key=key,
        place=one.place or "",
        default=as_text(one.default),
        api_default="" if one.api_default is None else orjson.dumps(one.api_default).decode(),
        **one.model_dump(include={"name", "type", "required", "description"}),
    )


def action_of(data: object, keys: Sequence[str]) -> Action:
    """The action that a form describes. Invalid names its fields; `keys` are those of the parameters' rows."""
    form = {name: str(value) for name, value in form_of(data).items()}
    title = form.get("action_name", "").strip()
    page = {name: form[f"page_{name}"] for name in _PAGE if form.get(f"page_{name}", "").strip()}
    rows = [key for key in keys if form.get(f"{key}_name", "").strip()]
    with refusals() as refused:
        if not title and not form.get("id", "").strip():
            refused.add("action_name", "must not be empty")
        given: dict[str, object] = {
            "id": form.get("id", "").strip() or slug_of(title or "new").replace("api_", "action_", 1),
            "name": title,
            **{name: form.get(name, "") for name in _TEXTS},
            "parameters": [_parameter(key, form, refused) for key in rows],
            "body": _json(form, "body", refused),
            "pagination": page if page.get("type", "none") != "none" else {},
            "cache_seconds": form.get("cache_seconds", "").strip() or "0",
        }
        with beside_fields(data, rows):
            return read(Action, given)


def keys_in(data: object) -> list[str]:
    """The keys of the parameters' rows in a form's data, in their order."""
    found = (_KEY.fullmatch(name) for name in form_of(data))
    return [match[1] for match in found if match]


def beside_fields(data: object, rows: Sequence[str] | None = None) -> AbstractContextManager[None]:
    """Rules that the action names by their place in it stand beside the form's fields."""
    form = {name: str(value) for name, value in form_of(data).items()}
    filled = [key for key in keys_in(data) if form[f"{key}_name"].strip()] if rows is None else rows
    return renamed(lambda one: _field(one, filled, form))


def fields_of(setting: str, *, is_get: bool) -> tuple[str, ...]:
    """The fields of a part of the action; the method's first where the form does not show the part."""
    hidden = setting == "body" if is_get else setting in {"pagination", "cache_seconds"}
    pages = [f"page_{name}" for name in _PAGE]
    own = pages if setting == "pagination" else [_NAMES.get(setting, setting)]
    return ("method", *own) if hidden else tuple(own)


def in_words(setting: str, texts: Mapping[str, str], rows: Sequence[ParameterRow]) -> str:
    """A part of an action whose fields are not its words; empty for others."""
    match setting:
        case "parameters":
            return ", ".join(row.name for row in rows) or "none"
        case "pagination":
            return PAGE_NAMES[texts["page_type"]]
        case _:
            return ""


def _parameter(key: str, form: Mapping[str, str], refused: Refusals) -> dict[str, object]:
    kind = form.get(f"{key}_type", "string")
    typed = form.get(f"{key}_default", "")
    return {
        "name": form[f"{key}_name"].strip(),
        "in": form.get(f"{key}_place") or None,
        "type": kind,
        "required": is_on(form.get(f"{key}_required", "")),
        "default": (typed or None) if kind == "string" else _json(form, f"{key}_default", refused),
        "api_default": _json(form, f"{key}_api_default", refused),
        "description": form.get(f"{key}_description", ""),
    }


def _json(form: Mapping[str, str], field: str, refused: Refusals) -> JsonValue:
    return refused.part(lambda: read_json(form, field, empty="null"), None)


def _field(error: FieldError, rows: Sequence[str], form: Mapping[str, str]) -> str:
    """The form's field for a part of the action that was refused."""
    first, *rest = error.field.split(".")
    if first == "parameters" and rest and rest[0].isdigit() and int(rest[0]) < len(rows):
        part = _PARTS.get(rest[1] if len(rest) > 1 else "", "name")
        return f"{rows[int(rest[0])]}_{part}"
    if first == "pagination":
        return f"page_{rest[0] if rest else 'next'}"
    return _meant(error.message, rows, form) if not first else _NAMES.get(first, first)


def _meant(message: str, rows: Sequence[str], form: Mapping[str, str]) -> str:
    """Rules about several fields at once stand beside the one that they name."""
    for key in rows:
        if repr(form[f"{key}_name"].strip()) in message:
            return f"{key}_name"
    return next((field for word, field in _TOPICS.items() if word in message), "endpoint")


def beside_parameters(
    rows: Sequence[ParameterRow], form: Mapping[str, object]
) -> AbstractContextManager[None]:
    """What a call could not be made for (`params.<name>`) stands beside the form's fields."""
    fields = {f"params.{str(form.get(f'{row.key}_name', '')).strip()}": f"{row.key}_name" for row in rows}
    return renamed(lambda one: fields.get(one.field, "endpoint" if one.field == "params" else "body"))
