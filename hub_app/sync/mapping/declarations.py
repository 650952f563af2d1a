"""A mapping as people declare it: which part of a payload feeds which field, and what is done to it on the way."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, model_validator

from hub_app.apiclient.declarations import JmesPath
from hub_app.kernel.fields import Input
from hub_app.kernel.validation import matching
from hub_app.sync.mapping.transforms import Constant, Lookup, Transform
from hub_app.sync.merge import Blanks, Direction, Rule

MAX_FIELDS = 200
MAX_TRANSFORMS = 10
MAX_WORDS_IN_TABLES = 5_000

Key = Annotated[
    str,
    matching(
        r"^[a-z][a-z0-9_]*$",
        "must begin with a lowercase letter, and may contain only lowercase letters a to z, digits and underscores",
        most=64,
    ),
]


class FieldMapping(Input):
    """What feeds the field `target`: the part of the payload at `source`, a JMESPath, through `transforms` in their order.

    `rule` is the connection's when it is None. A `required` field without a value keeps the record out.
    """

    source: JmesPath = ""
    target: Key
    transforms: Annotated[list[Transform], Field(max_length=MAX_TRANSFORMS)] = Field(
        default_factory=list[Transform]
    )
    direction: Direction = "both"
    required: bool = False
    rule: Rule | None = None
    blanks: Blanks = "overwrite"

    @property
    def constant(self) -> Constant | None:
        """The constant that it consists of."""
        first = self.transforms[0] if self.transforms else None
        return first if isinstance(first, Constant) else None

    @model_validator(mode="after")
    def _has_one_beginning(self) -> "FieldMapping":
        constants = sum(isinstance(one, Constant) for one in self.transforms)
        if constants and (constants > 1 or self.constant is None or self.source):
            raise ValueError("a constant stands alone: first, and without a source")
        if not constants and not self.source:
            raise ValueError("needs a source, or a constant")
        if constants and self.direction == "out":
            raise ValueError("a constant is never written to the source")
        return self


Declared = TypeVar("Declared", bound=FieldMapping)


def fit_together(mappings: list[Declared]) -> list[Declared]:
    """The mappings; ValueError for those that contradict each other. Several of one target are alternatives: the first that is
    not blank counts, so they are kept in step alike.
    """
    first: dict[str, Declared] = {}
    for one in mappings:
        known = first.setdefault(one.target, one)
        if (known.direction, known.required, known.rule, known.blanks) != (
            one.direction, one.required, one.rule, one.blanks,
        ):  # fmt: skip
            raise ValueError(
                f"the sources of {one.target!r} must have the same direction, rule, blanks and required"
            )
    tables = [of for one in mappings for of in one.transforms if isinstance(of, Lookup)]
    if sum(len(one.table) for one in tables) > MAX_WORDS_IN_TABLES:
        raise ValueError(f"may have at most {MAX_WORDS_IN_TABLES:,} words in all tables")
    return mappings


Mappings = Annotated[list[FieldMapping], Field(max_length=MAX_FIELDS), AfterValidator(fit_together)]
"""The mapping of a resource. Of several for one target the first counts that is not blank in a record."""
