"""Choosing the action that a step of a plan calls."""

import re
from collections.abc import Collection, Mapping

from hub_app.kernel.errors import Invalid

_LONGEST = 64


def first_action(form: Mapping[str, object]) -> dict[str, str]:
    """Connector and action of a form; Invalid when one is not chosen."""
    chosen = {name: str(form.get(name, "")) for name in ("integration_id", "action")}
    for name, value in chosen.items():
        if not value:
            raise Invalid.field(name, "must be chosen")
    return chosen


def step_id(action: str, taken: Collection[str]) -> str:
    """A step's id made of its action's, which references can name: `list_items`, `list_items_2`."""
    base = re.sub(r"[^A-Za-z0-9_]", "_", action)[: _LONGEST - 4] or "step"
    if not re.match(r"[A-Za-z_]", base):
        base = f"_{base}"
    number, found = 2, base
    while found in taken:
        found, number = f"{base}_{number}", number + 1
    return found
