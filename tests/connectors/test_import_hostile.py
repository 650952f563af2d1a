"""Documents made to cost much: each ends in words or in a proposal, and nobody waits for it but whoever sent it."""

import json
import uuid

import pytest
from pydantic import JsonValue

from hub_app.connectors.openapi import proposal, syntax
from hub_app.connectors.openapi.document import Document
from hub_app.connectors.schemas.imports import ImportIn
from hub_app.connectors.service import imports
from hub_app.kernel.actor import system_actor
from hub_app.kernel.errors import Invalid
from hub_app.kernel.settings import Settings
from tests.connectors.documents import ATTACKS, Attack
from tests.kernel.ticks import Ticks, memory

ACTOR = system_actor(uuid.uuid4(), "Mallory")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_no_document_holds_up_hub_or_fills_its_memory(attack: Attack, settings: Settings) -> None:
    del settings
    before = memory()
    async with Ticks() as ticks:
        if attack.told:
            with pytest.raises(Invalid) as refused:
                await imports.read_file(ACTOR, attack.document.encode())
            assert attack.told in refused.value.errors[0].message
            assert len(refused.value.errors[0].message) < 600
        else:
            await imports.read_file(ACTOR, attack.document.encode())
    assert ticks.longest_share < 0.8
    assert memory() - before < 300 * 2**20


async def test_a_document_that_came_as_json_is_counted_too(settings: Settings) -> None:
    del settings
    nulls: list[JsonValue] = [None] * 500_000
    with pytest.raises(Invalid, match="at most 400,000 values"):
        await imports.read_document(ACTOR, ImportIn(document={"openapi": nulls}))


def test_expansions_are_counted_before_they_are_made() -> None:
    """Twice the aliases are at most twice the work, and past the limit no more at all."""

    def events(aliases: int) -> int:
        text = "a: &a [" + "x," * 1_000 + "]\nb: [" + "*a," * aliases + "]"
        try:
            return len(json.dumps(syntax.parsed(text)))
        except ValueError as error:
            return -int(str(error).rpartition("column ")[2])

    assert events(200) < 2 * events(100) + 1_000
    assert events(500) == events(5_000) == events(50_000) < 0


def test_a_reading_keeps_no_pointer_of_what_nobody_asks_for() -> None:
    """Ten thousand properties below a name of a million characters once took ten gigabytes."""
    root = Document({"x" * 1_000_000: {f"p{n}": {} for n in range(10_000)}}).root
    (below,) = root.members().values()
    assert len(below.members()) == 10_000
    assert all(len(one.where) < 300 for one in below.members().values())


def test_what_is_left_out_is_told_with_where_it_lies() -> None:
    cookie: JsonValue = {"in": "cookie", "name": "c"}
    paths: JsonValue = {"/a~b": {"get": {"parameters": [cookie]}}}
    told = {one.where for one in proposal.propose({"openapi": "3.1.0", "paths": paths}).findings}
    assert "/paths/~1a~0b/get/parameters/0" in told
