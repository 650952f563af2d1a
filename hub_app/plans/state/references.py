"""What a step of a plan can refer to, and how a reference to it is written."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import orjson
from pydantic import JsonValue

from hub_app.plans import templates
from hub_app.plans.schemas import Step

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEPTH = 3
_LONGEST_ID = 64
_OF_A_STEP = 8


@dataclass(frozen=True)
class Reference:
    """A text to copy into a parameter, and what it stands for."""

    text: str
    about: str


def references(earlier: Sequence[tuple[Step, str]], event_type: str) -> list[Reference]:
    """What is known when a step begins: `earlier` are the steps before it, each with its last output or ""."""
    found: list[Reference] = []
    for step, output in earlier:
        paths = list(_paths(_data(output), f"steps.{step.id}.data", _DEPTH))[:_OF_A_STEP]
        found.append(Reference(_braced(f"steps.{step.id}.data"), "Everything that the step returned"))
        found.extend(Reference(_braced(path), f"In the last run: {sample}") for path, sample in paths)
        found.append(Reference(_braced(f"steps.{step.id}.status_code"), "The status code of the response"))
    found.append(Reference(_braced("input.name"), "A value from the input of the run"))
    if event_type:
        found.append(Reference(_braced("event.data"), f"The data of {event_type}"))
        found.append(Reference(_braced("event.id"), "The event's ID"))
    return found


def step_id(action: str, taken: Collection[str]) -> str:
    """A step's id made of its action's, which references can name: `list_items`, `list_items_2`."""
    base = re.sub(r"[^A-Za-z0-9_]", "_", action)[: _LONGEST_ID - 4] or "step"
    if not re.match(r"[A-Za-z_]", base):
        base = f"_{base}"
    number, found = 2, base
    while found in taken:
        found, number = f"{base}_{number}", number + 1
    return found


def problem(value: JsonValue, earlier: Sequence[str]) -> str:
    """What is wrong with the references in a value, as a rule; "" for nothing."""
    try:
        templates.check(value, earlier)
    except ValueError as error:
        return str(error)
    return ""


def renamed(value: JsonValue, old: str, new: str) -> JsonValue:
    """A value whose references to the step `old` name `new` instead."""
    if isinstance(value, str):
        # As in templates: no reference holds another one's beginning.
        reference = re.compile(rf"(\{{\{{(?:(?!\{{\{{)[^}}])*?\bsteps\s*\.\s*){re.escape(old)}\b")
        return reference.sub(lambda found: f"{found.group(1)}{new}", value)
    if isinstance(value, list):
        return [renamed(one, old, new) for one in value]
    if isinstance(value, dict):
        return {name: renamed(one, old, new) for name, one in value.items()}
    return value


def _data(output: str) -> JsonValue:
    if not output:
        return None
    return cast("dict[str, JsonValue]", orjson.loads(output)).get("data")


def _paths(value: JsonValue, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """The single values below this one, each with a sample; of a list the first entry."""
    if isinstance(value, list) and value and depth:
        yield from _paths(value[0], f"{path}[0]", depth - 1)
    elif isinstance(value, dict) and depth:
        for name, one in value.items():
            part = name if _PLAIN.fullmatch(name) else orjson.dumps(name).decode()
            yield from _paths(one, f"{path}.{part}", depth - 1)
    elif value is not None and not isinstance(value, list | dict):
        yield path, orjson.dumps(value).decode()[:40]


def _braced(path: str) -> str:
    return f"{{{{ {path} }}}}"
