"""The steps of a plan as its page shows them, and what someone else has made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub_app.plans.schemas import Step
from hub_app.plans.state import references
from hub_app.ui.guard import sentence
from hub_app.ui.parameters.fields import as_text

_ON_ERROR = {
    "stop": "",
    "continue": "If it fails, the run continues.",
    "retry": "If it fails, it is tried up to {} more times.",
}
_SHOWN_VALUE = 120


@dataclass(frozen=True)
class StepRow:
    id: str
    number: str
    connector: str
    action: str
    on_error: str
    params: list[tuple[str, str]]
    problem: str
    is_first: bool
    is_last: bool


def difference(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> str:
    """What became of the steps, naming each: `Changed: list_items. Added: notify.`"""
    old, new = ({step["id"]: step for step in steps} for steps in (before, now))
    found = {
        "Changed": [name for name, step in new.items() if name in old and step != old[name]],
        "Added": [name for name in new if name not in old],
        "Removed": [name for name in old if name not in new],
    }
    told = [f"{what}: {', '.join(names)}." for what, names in found.items() if names]
    if [name for name in old if name in new] != [name for name in new if name in old]:
        told.append("Their order has changed.")
    return " ".join(told) or "They were changed and then changed back."


def row_of(steps: Sequence[Step], number: int, names_: Mapping[UUID, str], refused: str) -> StepRow:
    step = steps[number]
    wrong = references.problem(dict(step.params), [one.id for one in steps[:number]])
    return StepRow(
        id=step.id,
        number=str(number + 1),
        connector=names_.get(step.integration_id, "Deleted connector"),
        action=step.action,
        on_error=_ON_ERROR[step.on_error].format(step.retries),
        params=[
            *(
                (name, _shortened("null" if value is None else as_text(value)))
                for name, value in step.params.items()
            ),
            *((name, "left out") for name in step.omit),
        ],
        problem=refused or (sentence(wrong) if wrong else ""),
        is_first=number == 0,
        is_last=number == len(steps) - 1,
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_VALUE else f"{text[:_SHOWN_VALUE]}…"
