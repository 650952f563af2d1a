"""The transforms of a line in its form: a field for each of their settings, and back. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub_app.crm.schemas.mappings import CrmFieldMapping
from hub_app.kernel.errors import FieldError

PREFIX = "steps"
# The settings of each transform, and how a text of a form becomes one.
_WORDS = {"formats", "true_words", "false_words"}
_SETTINGS: dict[str, tuple[str, ...]] = {
    "phone": ("region",),
    "date": ("formats", "day_first", "time_zone"),
    "number": ("decimal_mark", "scale"),
    "boolean": ("true_words", "false_words"),
    "split": ("separator", "index"),
    "lookup": ("table", "default"),
    "constant": ("value",),
}
_USUAL: dict[str, dict[str, str]] = {
    "number": {"decimal_mark": ".", "scale": "0"},
    "split": {"separator": ","},
}


@dataclass(frozen=True)
class StepRow:
    """A transform of the line in the form: `prefix` begins the names of its fields."""

    id: str
    number: str
    prefix: str
    kind: str
    title: str
    is_first: bool
    is_last: bool


def rows_of(steps: Sequence[tuple[str, str]], titles: Mapping[str, str]) -> list[StepRow]:
    """Rows for steps, each (id, transform)."""
    return [
        StepRow(
            step,
            str(n + 1),
            f"{PREFIX}.{step}.",
            kind,
            titles[kind],
            is_first=n == 0,
            is_last=n == len(steps) - 1,
        )
        for n, (step, kind) in enumerate(steps)
    ]


def usual(step: str, kind: str) -> dict[str, str]:
    """What the fields of a new transform start with."""
    return {f"{PREFIX}.{step}.{name}": text for name, text in _USUAL.get(kind, {}).items()}


def texts_of(mapping: CrmFieldMapping) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """A line's transforms as steps, and the texts that the fields of their settings start with."""
    steps: list[tuple[str, str]] = []
    texts: dict[str, str] = {}
    for number, one in enumerate(mapping.transforms):
        given = one.model_dump(mode="json")
        step, kind = f"s{number}", str(given["name"])
        steps.append((step, kind))
        for name in _SETTINGS.get(kind, ()):
            texts[f"{PREFIX}.{step}.{name}"] = _text(given[name])
    return steps, texts


def transforms_of(steps: Sequence[tuple[str, str]], data: Mapping[str, Any]) -> list[dict[str, object]]:
    """The transforms that a form says, as they are declared."""
    return [{"name": kind, **_settings(step, kind, data)} for step, kind in steps]


def field_of(error: FieldError, steps: Sequence[tuple[str, str]]) -> str:
    """The field of the form beside which a refused part of a line is shown."""
    parts = error.field.split(".")
    if parts[0] != "transforms" or len(parts) < len(("transforms", "0", "date", "formats")):
        return parts[0] if parts[0] in {"source", "target", "direction", "rule"} else "source"
    number = int(parts[1])
    return f"{PREFIX}.{steps[number][0]}.{parts[3]}" if number < len(steps) else "source"


def _settings(step: str, kind: str, data: Mapping[str, Any]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in _SETTINGS.get(kind, ()):
        text = str(data.get(f"{PREFIX}.{step}.{name}", ""))
        if name in _WORDS:
            found[name] = [word.strip() for word in text.split(",") if word.strip()]
        elif name == "table":
            found[name] = _table(text)
        elif name == "day_first":
            found[name] = text not in {"", "false"}
        elif name in {"index", "default"}:
            found[name] = text.strip() or None
        elif name == "separator":
            # A comma with a space after it separates at the comma: parts lose their spaces.
            found[name] = text
        else:
            found[name] = text.strip()
    return found


def _table(text: str) -> dict[str, str]:
    """Lines of `word = what it stands for`."""
    lines = (line.partition("=") for line in text.splitlines() if line.strip())
    return {word.strip(): stands_for.strip() for word, _, stands_for in lines}


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else ""
        case list():
            return ", ".join(str(one) for one in value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        case dict():
            return "\n".join(f"{word} = {stands_for}" for word, stands_for in value.items())  # pyright: ignore[reportUnknownVariableType]
        case _:
            return str(value)
