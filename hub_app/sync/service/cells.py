"""Texts of files and forms, read by the transforms of a mapping, for whoever makes payloads of them."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from hub_app.sync.mapping.declarations import FieldMapping
from hub_app.sync.mapping.fields import Field
from hub_app.sync.mapping.mapper import Mapper, compiled
from hub_app.sync.merge import MISSING

Reader = Mapper


def reader(mappings: Sequence[FieldMapping], fields: Sequence[Field]) -> Reader:
    """What reads these cells. The sources of the mappings are names alone."""
    return compiled(mappings, fields)


def read(by: Reader, cells: Mapping[str, str]) -> dict[str, JsonValue]:
    """The values by field. One that cannot be read is not among them, nor is one of which the cells say nothing."""
    (mapped,) = by.map([cells])
    return {name: value for name, value in mapped.values.items() if value is not MISSING}
