"""What goes into the engine's use cases, and comes out of them."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator

from hub_app.kernel.fields import Input
from hub_app.sync.mapping.declarations import MAX_FIELDS, FieldMapping, Key, Mappings, fit_together
from hub_app.sync.mapping.fields import Field as RecordField
from hub_app.sync.mapping.fields import FieldType
from hub_app.sync.mapping.transforms import Transform
from hub_app.sync.merge import Direction, Rule

__all__ = [
    "MAX_FIELDS",
    "Choice",
    "Direction",
    "FieldMapping",
    "FieldType",
    "Key",
    "Mappings",
    "RecordField",
    "Rule",
    "Take",
    "Transform",
    "fit_together",
]

Take = Literal["hub", "source", "value"]


class Choice(Input):
    """Whose value somebody takes for a field that is in conflict: the hub's, the source's, or a value of their own."""

    take: Take
    value: Annotated[JsonValue, Field(description="With `value` alone: what both sides get.")] = None

    @model_validator(mode="after")
    def _value_belongs_to_take(self) -> "Choice":
        if self.take != "value" and self.value is not None:
            raise ValueError("a value is given with take: value alone")
        return self
