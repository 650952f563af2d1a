"""Conflicts: nothing is overwritten until somebody chooses, and what is chosen holds."""

import httpx
import pytest

from hub_app.crm.schemas.conflicts import ConflictOut, ResolveAlikeIn, ResolveIn
from hub_app.crm.service import conflicts
from hub_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests.crm.acme import ALL, Acme

pytestmark = [
    pytest.mark.both_databases,
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
]


async def in_conflict(acme: Acme, *fields: str) -> tuple[str, list[ConflictOut]]:
    """A contact of which both sides changed these fields differently, after a sync that saw it."""
    made = await acme.connect()
    await acme.sync(made.id)
    contact = acme.tave.ids(kind="person")[0]
    there = {"first_name": "firstName", "last_name": "lastName", "company": "companyName"}
    await acme.edit(contact, **{name: f"{name} here" for name in fields})
    for name in fields:
        acme.tave.change(contact, {there[name]: f"{name} there"})
    await acme.sync(made.id, "incremental_sync")
    return contact, (await conflicts.list_conflicts(acme.actor, ALL)).items


def chosen(**sides: object) -> ResolveIn:
    return ResolveIn.model_validate({"choices": sides})


async def test_both_sides_keep_their_values_until_somebody_chooses(acme: Acme) -> None:
    contact, (conflict,) = await in_conflict(acme, "first_name")
    (field,) = conflict.fields
    assert (field.field, field.label) == ("first_name", "First name")
    assert (field.hub, field.crm) == ("first_name here", "first_name there")
    assert field.base not in (field.hub, field.crm, None)
    assert (await acme.values())[contact]["first_name"] == "first_name here"
    assert acme.tave.document(contact)["firstName"] == "first_name there"


@pytest.mark.parametrize(
    ("choice", "here"),
    [
        ({"take": "hub"}, "first_name here"),
        ({"take": "crm"}, "first_name there"),
        ({"take": "value", "value": "Third"}, "Third"),
    ],
)
async def test_what_is_chosen_stays_when_it_is_synced_again(
    acme: Acme, choice: dict[str, str], here: str
) -> None:
    contact, (conflict,) = await in_conflict(acme, "first_name")
    done = await conflicts.resolve(acme.actor, conflict.id, chosen(first_name=choice))
    assert done.status == "resolved"
    assert (await acme.values())[contact]["first_name"] == here
    for job_type in ("incremental_sync", "full_import"):
        job = await acme.sync(conflict.integration_id, job_type)
        assert (job.conflicts, job.records_updated) == (0, 0)
    assert (await acme.values())[contact]["first_name"] == here


async def test_a_conflict_stays_open_for_the_fields_that_nobody_chose_for(acme: Acme) -> None:
    _, (conflict,) = await in_conflict(acme, "first_name", "last_name")
    done = await conflicts.resolve(acme.actor, conflict.id, chosen(first_name={"take": "crm"}))
    assert done.status == "open"
    assert {one.field: one.chosen for one in done.fields} == {"first_name": "crm", "last_name": None}
    with pytest.raises(Invalid, match="is not in conflict"):
        await conflicts.resolve(acme.actor, conflict.id, chosen(first_name={"take": "hub"}))
    await acme.sync(conflict.integration_id)
    (left,) = (await conflicts.list_conflicts(acme.actor, ALL)).items
    assert [one.field for one in left.fields if one.chosen is None] == ["last_name"]
    done = await conflicts.resolve(acme.actor, left.id, chosen(last_name={"take": "hub"}))
    assert (done.status, done.resolved_by) == ("resolved", acme.actor.name)
    with pytest.raises(Conflict):
        await conflicts.resolve(acme.actor, left.id, chosen(last_name={"take": "hub"}))


async def test_one_choice_for_all_alike(acme: Acme) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    contacts = acme.tave.ids(kind="person")[:3]
    for contact in contacts:
        await acme.edit(contact, last_name="Here")
        acme.tave.edit(contact, lastName="There")
    await acme.sync(made.id)
    found = (await conflicts.list_conflicts(acme.actor, ALL)).items
    alike = ResolveAlikeIn(field="last_name", take="crm")
    assert await conflicts.resolve_alike(acme.actor, found[0].id, alike) == 3
    values = await acme.values()
    assert {values[one]["last_name"] for one in contacts} == {"There"}
    assert not (await conflicts.list_conflicts(acme.actor, ALL)).items


async def test_how_many_are_alike_is_known_before_they_are_chosen(acme: Acme) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    first, second, third = acme.tave.ids(kind="person")[:3]
    for contact in (first, second, third):
        await acme.edit(contact, last_name="Here", first_name="Here")
        acme.tave.change(contact, {"lastName": "There"})
    for contact in (first, second):
        acme.tave.change(contact, {"firstName": "There"})
    await acme.sync(made.id)
    one, other, _ = (await conflicts.list_conflicts(acme.actor, ALL)).items
    alike = {name: await conflicts.count_alike(acme.actor, one.id, name) for name in ("last_name", "company")}
    assert alike == {"last_name": 2, "company": 0}
    await conflicts.resolve(acme.actor, other.id, chosen(last_name={"take": "hub"}))
    assert await conflicts.count_alike(acme.actor, one.id, "last_name") == 1
    assert await conflicts.count_open(acme.actor) == 3
    with pytest.raises(NotFound):
        await conflicts.count_alike(acme.people.mallory.actor, one.id, "last_name")
    assert await conflicts.count_open(acme.people.mallory.actor) == 0


async def test_what_somebody_enters_is_what_the_field_can_hold(acme: Acme) -> None:
    contact, (conflict,) = await in_conflict(acme, "first_name")
    entered = chosen(first_name={"take": "value", "value": "  Mia \x07 "})
    listed = chosen(first_name={"take": "value", "value": ["Mia", "Noor"]})
    with pytest.raises(Invalid) as refused:
        await conflicts.resolve(acme.actor, conflict.id, listed)
    assert [one.field for one in refused.value.errors] == ["choices.first_name.value"]
    assert (await conflicts.get_conflict(acme.actor, conflict.id)).status == "open"
    await conflicts.resolve(acme.actor, conflict.id, entered)
    assert (await acme.values())[contact]["first_name"] == "Mia"


async def test_a_conflict_that_both_sides_settle_themselves_is_over(acme: Acme) -> None:
    contact, (conflict,) = await in_conflict(acme, "first_name")
    acme.tave.edit(contact, firstName="first_name here")
    await acme.sync(conflict.integration_id, "incremental_sync")
    assert (await conflicts.get_conflict(acme.actor, conflict.id)).status == "obsolete"


async def test_who_may_choose(acme: Acme, client: httpx.AsyncClient) -> None:
    del client
    _, (conflict,) = await in_conflict(acme, "first_name")
    with pytest.raises(Forbidden):
        await conflicts.resolve(acme.people.vera.actor, conflict.id, chosen(first_name={"take": "hub"}))
    with pytest.raises(NotFound):
        await conflicts.get_conflict(acme.people.mallory.actor, conflict.id)
    assert not (await conflicts.list_conflicts(acme.people.mallory.actor, ALL)).items
