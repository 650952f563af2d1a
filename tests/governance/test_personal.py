"""Every capability says what its tables hold about people."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from pydantic import JsonValue
from sqlmodel import SQLModel

from hub_app.kernel import capabilities, personal
from hub_app.kernel.personal import ERASED, Personal, masked
from hub_app.kernel.tenancy import TenantScoped

capabilities.load_tables()
DECLARED = {
    str(one.model.__tablename__): one for capability in capabilities.every() for one in capability.personal
}


def mapped() -> Iterator[type[TenantScoped]]:
    for mapper in SQLModel._sa_registry.mappers:  # noqa: SLF001 - it has no public name
        if issubclass(mapper.class_, TenantScoped):
            yield mapper.class_


def can_hold_people(column: sa.Column[object]) -> bool:
    kind = column.type.impl_instance if isinstance(column.type, sa.types.TypeDecorator) else column.type
    return isinstance(kind, (sa.String, sa.LargeBinary, sa.JSON))


MODELS = {model.__name__: model for model in sorted(mapped(), key=lambda one: one.__name__)}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_every_column_that_can_hold_people_is_declared_once(model: type[TenantScoped]) -> None:
    assert str(model.__tablename__) in DECLARED, "declare it in its capability's personal.py"
    declared = DECLARED[str(model.__tablename__)]
    named = [*declared.searched, *(name for names in declared.nothing.values() for name in names)]
    assert sorted(named) == sorted(c.name for c in declared.table.columns if can_hold_people(c))


@pytest.mark.parametrize("one", DECLARED.values(), ids=lambda one: one.table.name)
def test_what_is_declared_is_there(one: Personal) -> None:
    columns = one.table.c.keys()
    if one.owner:
        assert one.owner in columns
    if one.part_of is not None:
        assert one.part_of[0] in DECLARED
        assert one.part_of[1] in columns
    # What is left of a row as a whole is no matter of what was in it: it is not read.
    assert not any(leave is masked for leave in one.whole.values())
    if one.searched:
        assert one.key in columns


def test_parts_hang_together() -> None:
    tables = {one.table.name: one for one in personal.tables()}
    assert {one.table.name for one, _ in personal.parts_of(tables["event"])} == {"webhook_delivery"}
    assert {one.table.name for one, _ in personal.parts_of(tables["plan_run"])} == {
        "plan_run_step",
        "execution",
    }


def test_json_is_left_without_texts_names_and_numbers_that_mention_the_person() -> None:
    def mentions(text: str) -> bool:
        return "jane" in text or "4917012345" in text

    given: JsonValue = {"jane": 1, "to": ["jane", "bob"], "phone": 4917012345, "deep": {"a": None, "b": True}}
    left = {ERASED: 1, "to": [ERASED, "bob"], "phone": ERASED, "deep": {"a": None, "b": True}}
    assert masked(given, mentions) == left
