"""The columns of a file: what each holds, which field it feeds, and how its cells are read. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self, cast

from hub_app.crm.fields import Feature, FieldType
from hub_app.crm.tabular import targets
from hub_app.crm.tabular.cells import Column, describe
from hub_app.crm.tabular.headers import Guess, How, guess
from hub_app.crm.tabular.targets import ColumnTarget
from hub_app.sync.schemas import RecordField

_EXAMPLES = 3
_LONGEST = 80
Transforms = list[dict[str, Any]]
_DATES = ("date", "datetime")
_NUMBERS = ("number", "money")


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column. `field` is the key of what it feeds, "" for nothing; `how` and `score` how that was found. `format` is that of its
    cells, "" where they do not tell it: then `choices` are what a person chooses from.
    """

    header: str
    field: str
    score: int
    how: How
    suggested: str
    kind: str
    format: str
    choices: tuple[str, ...]
    examples: tuple[str, ...]
    transforms: Transforms | None = None
    """How somebody wants its cells to be read."""

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """What `as_json` gave."""
        parts: dict[str, Any] = {
            **kept,
            "choices": tuple(kept["choices"]),
            "examples": tuple(kept["examples"]),
        }
        return cls(**parts)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def targets_of(feature: Feature, fields: Sequence[RecordField]) -> list[ColumnTarget]:
    """What columns may feed: the standard fields and their parts, and the tenant's own fields."""
    standard = targets.kept(feature)
    known = {one.key for one in standard} | {one.key for one in targets.TARGETS[feature]}
    own = [
        ColumnTarget(one.key, one.label, cast("FieldType", one.type), ", ".join(one.aliases))
        for one in fields
        if one.key not in known and one.type != "reference" and not one.column
    ]
    return [*standard, *own]


def recognized(
    headers: Sequence[str],
    values: Mapping[str, Sequence[str]],
    known: Sequence[ColumnTarget],
    *,
    preset: Mapping[str, str],
    remembered: Mapping[str, str],
) -> list[FileColumn]:
    """The columns of a file of which these are the first values."""
    chosen = {header: key or None for header, key in remembered.items()}
    guesses = guess(headers, values, known, preset=preset, remembered=chosen)
    return [_column(one, describe(values.get(one.header, ())), values.get(one.header, ())) for one in guesses]


def _column(found: Guess, column: Column, values: Sequence[str]) -> FileColumn:
    filled = [value.strip() for value in values if value.strip()]
    return FileColumn(
        header=found.header,
        field=(found.field or "") if found.is_taken else "",
        score=round(found.score),
        how=found.how,
        suggested=(found.field or "") if found.how == "suggested" else "",
        kind=column.kind,
        format=column.format,
        choices=column.choices,
        examples=tuple(one[:_LONGEST] for one in dict.fromkeys(filled))[:_EXAMPLES],
    )


def transforms_of(column: FileColumn, kind: str) -> Transforms:
    """What reads the cells of a column as a field of this type."""
    if column.transforms is not None:
        return column.transforms
    if kind in _DATES:
        return [{"name": "date", "day_first": column.format == "day_first"}]
    if kind in _NUMBERS:
        return [{"name": "number", "decimal_mark": column.format or "."}]
    if kind == "boolean" and "/" in column.format:
        true, _, false = column.format.partition("/")
        return [{"name": "boolean", "true_words": [true], "false_words": [false] if false else []}]
    return [{"name": "split"}] if kind == "list" else []


def asks(column: FileColumn, kind: str) -> bool:
    """Whether a person has to say how the cells of this column are read."""
    unsure = bool(column.choices) and not column.format and column.transforms is None
    return unsure and kind in (*_DATES, *_NUMBERS)
