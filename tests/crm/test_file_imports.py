"""Importing files: what people have in them arrives whole, once, and can be taken back."""

from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

import pytest
from starlette.datastructures import UploadFile

from hub_app.crm.files import rows
from hub_app.crm.schemas.importing import ImportIn, LayoutIn
from hub_app.crm.service import duplicates, importing, syncs
from hub_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.uploads import MIB
from hub_app.sync.tables import SyncLink, SyncQuarantine, SyncRecord, SyncVersion
from tests.crm.acme import Acme, state_of
from tests.crm.filing import bring, connect, examine, sample, upload

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
]

CLIENTS = "Name,Email,Phone,Wedding Date,Status\nSarah & Mike Chen,sarah@example.com,+14155550132,2024-06-24,Booked\nZoë Müller,zoe@example.de,+4930901820,2024-07-01,Lead\n"


async def _by_name(acme: Acme) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in (await acme.values()).values()}


async def test_rows_become_clients_with_their_people(acme: Acme) -> None:
    made = await connect(acme)
    job = await bring(acme, made.id, CLIENTS)
    assert (job.job_type, job.trigger, job.job_status, job.outcome) == (
        "full_import",
        "file",
        "completed",
        "success",
    )
    assert job.records_created == 2
    found = await _by_name(acme)
    chen = found["Sarah & Mike Chen"]
    assert (chen["first_name"], chen["last_name"], chen["email"]) == ("Sarah", "Chen", "sarah@example.com")
    assert [(one["first_name"], one["last_name"]) for one in chen["people"]] == [
        ("Sarah", "Chen"),
        ("Mike", "Chen"),
    ]
    assert (chen["event_date"], chen["status"]) == ("2024-06-24", "Booked")


@pytest.mark.parametrize(
    ("provider", "mapping", "count"),
    [
        ("seventeen", {}, None),
        ("shootq", {}, None),
        ("pixieset", {}, 2),
        ("iris_works", {}, None),
        ("dubsado", {}, 3),
        ("studio_ninja", {}, None),
    ],
)
async def test_the_exports_of_each_crm_add_up(
    acme: Acme, provider: str, mapping: dict[str, Any], count: int | None
) -> None:
    made = await connect(acme, provider)
    job = await bring(acme, made.id, sample(provider), mapping)
    clients = (await acme.reconciled(made.id))["clients"]
    assert job.job_status == "completed"
    assert clients.not_explained == 0
    assert clients.complete
    assert clients.stated is None
    assert clients.read == clients.imported + clients.quarantined + clients.repeated
    assert count is None or job.records_created == count
    assert not [one for one in await acme.logs(job.id) if "cannot be read" in one.message]


async def test_the_same_file_again_changes_nothing_and_a_corrected_one_what_is_different(acme: Acme) -> None:
    made = await connect(acme)
    await bring(acme, made.id, CLIENTS)
    before = state_of(await acme.rows(SyncRecord)), len(await acme.rows(SyncVersion))
    again = await bring(acme, made.id, CLIENTS)
    assert (again.records_created, again.records_updated, again.records_unchanged) == (0, 0, 2)
    assert (state_of(await acme.rows(SyncRecord)), len(await acme.rows(SyncVersion))) == before
    corrected = await bring(acme, made.id, CLIENTS.replace("Lead", "Booked"))
    assert (corrected.records_created, corrected.records_updated, corrected.records_unchanged) == (0, 1, 1)
    assert (await _by_name(acme))["Zoë Müller"]["status"] == "Booked"


async def test_a_shorter_file_concludes_no_deletions(acme: Acme) -> None:
    made = await connect(acme)
    await bring(acme, made.id, CLIENTS)
    for _ in range(3):
        job = await bring(
            acme, made.id, CLIENTS.split("\n", maxsplit=1)[0] + "\n" + CLIENTS.split("\n")[1] + "\n"
        )
        assert (job.job_status, job.outcome) == ("completed", "success")
    assert {one.state for one in await acme.rows(SyncLink)} == {"linked"}


async def test_a_column_that_a_file_does_not_have_empties_nothing_and_an_empty_cell_does(acme: Acme) -> None:
    made = await connect(acme)
    await bring(acme, made.id, CLIENTS)
    await bring(acme, made.id, "Name,Email,Status\nZoë Müller,zoe@example.de,\n")
    zoe = (await _by_name(acme))["Zoë Müller"]
    assert zoe["event_date"] == "2024-07-01"
    assert "status" not in zoe


async def test_a_preview_writes_nothing_and_tells_what_would_happen(acme: Acme) -> None:
    made = await connect(acme)
    await bring(acme, made.id, CLIENTS)
    before = state_of(await acme.rows(SyncRecord))
    changed = CLIENTS.replace("Lead", "Booked") + "Ann Lee,ann@example.com,,2024-08-02,Lead\nshort row\n"
    job = await bring(acme, made.id, changed, dry_run=True)
    assert state_of(await acme.rows(SyncRecord)) == before
    assert not await acme.rows(SyncQuarantine)
    kinds = sorted(one.kind for one in await acme.findings(job.id))
    assert kinds == ["change", "create", "quarantine"]


async def test_an_import_can_be_undone(acme: Acme) -> None:
    made = await connect(acme)
    await bring(acme, made.id, CLIENTS)
    before = state_of(await acme.rows(SyncRecord))
    job = await bring(acme, made.id, CLIENTS.replace("Lead", "Booked") + "Ann Lee,ann@example.com,,,\n")
    undone = await acme.undo(job.id)
    assert undone.job_status == "completed"
    after = state_of(await acme.rows(SyncRecord), "version")
    assert [one for one in after if not one["archived_at"]] == [
        {name: one[name] for name in one if name != "version"} for one in before
    ]


async def test_rows_that_cannot_be_read_are_kept_with_their_line(acme: Acme) -> None:
    made = await connect(acme)
    job = await bring(acme, made.id, CLIENTS + "only one cell\n,,,2024-01-01,Lead\n")
    assert (job.outcome, job.records_failed, job.records_created) == ("partial", 2, 2)
    bad, nobody = await acme.rows(SyncQuarantine)
    assert bad.reason == "Line 4 has 1 cell where the headers are 5."
    assert bad.raw.strip() == "only one cell"
    assert nobody.reason.startswith("Line 5 has nothing that tells it apart")
    assert nobody.raw["Status"] == "Lead"


async def test_an_id_that_comes_twice_in_a_file_is_told(acme: Acme) -> None:
    made = await connect(acme)
    job = await bring(acme, made.id, CLIENTS + "Sarah Chen,SARAH@example.com,,,Lead\n")
    assert job.counts["clients"]["repeated"] == 1
    assert (await _by_name(acme))["Sarah & Mike Chen"]["status"] == "Booked"


async def test_a_column_can_be_the_id(acme: Acme) -> None:
    made = await connect(acme)
    text = "Ref,Name,Email\nA1,Sarah Chen,family@example.com\nA2,Mike Chen,family@example.com\n"
    job = await bring(acme, made.id, text, {"Ref": "external_id"})
    assert job.records_created == 2
    assert {one.external_id for one in await acme.rows(SyncLink)} == {"A1", "A2"}


async def test_dates_that_may_be_read_two_ways_are_asked_for(acme: Acme) -> None:
    made = await connect(acme)
    text = "Name,Email,Wedding Date\nAnn Lee,ann@example.com,03/04/2024\n"
    with pytest.raises(Invalid) as refused:
        await bring(acme, made.id, text)
    assert [one.field for one in refused.value.errors] == ["mapping.Wedding Date.format"]
    how = {"Wedding Date": {"field": "event_date", "format": "day_first"}}
    await bring(acme, made.id, text, how)
    assert (await _by_name(acme))["Ann Lee"]["event_date"] == "2024-04-03"


async def test_what_was_chosen_is_remembered_for_the_next_file(acme: Acme) -> None:
    made = await connect(acme)
    text = "Name,Email,Heard of us by\nAnn Lee,ann@example.com,A friend\n"
    before = {one.header: one for one in (await examine(acme, made.id, text)).columns}
    assert before["Heard of us by"].how != "remembered"
    await bring(acme, made.id, text, {"Heard of us by": "lead_source"})
    after = {one.header: one for one in (await examine(acme, made.id, text)).columns}
    assert (after["Heard of us by"].field, after["Heard of us by"].how) == ("lead_source", "remembered")


async def test_files_of_a_crm_with_an_api_have_links_of_their_own(acme: Acme) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    links = len(await acme.rows(SyncLink))
    job = await bring(acme, made.id, sample("tave"))
    assert job.records_created
    assert (await acme.sync(made.id)).records_updated == 0
    assert {one.state for one in await acme.rows(SyncLink)} == {"linked"}
    assert len(await acme.rows(SyncLink)) == links + job.records_created


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7 text", "is a PDF"),
        (b"PK\x03\x04xxxx", "is an Excel workbook"),
        (b"\n\n\n", "has no rows"),
    ],
)
async def test_what_is_no_table_is_refused_with_what_to_do(acme: Acme, content: bytes, why: str) -> None:
    made = await connect(acme)
    with pytest.raises(Invalid) as refused:
        await examine(acme, made.id, content)
    (error,) = refused.value.errors
    assert error.field == "file"
    assert why in error.message


async def test_wrong_mappings_are_named(acme: Acme) -> None:
    made = await connect(acme)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"Nmae": "name"}, "mapping.Nmae"),
        ({"Name": "nonsense"}, "mapping.Name"),
        ({"Status": "name"}, "mapping.Status"),
        (dict.fromkeys(["Name", "Email", "Phone", "Wedding Date", "Status"]), "mapping"),
    ]
    for mapping, field in wrong:
        with pytest.raises(Invalid) as refused:
            await bring(acme, made.id, CLIENTS, mapping)
        assert field in [one.field for one in refused.value.errors]


async def test_who_may_import(acme: Acme) -> None:
    made = await connect(acme)
    found = await examine(acme, made.id, CLIENTS)
    with pytest.raises(Forbidden):
        await importing.examine_file(acme.people.vera.actor, made.id, upload(CLIENTS), "x.csv", LayoutIn())
    with pytest.raises(Forbidden):
        await importing.start_import(acme.people.vera.actor, made.id, found.file_id, ImportIn())
    with pytest.raises(NotFound):
        await importing.get_file(acme.people.mallory.actor, made.id, found.file_id)


async def test_a_file_that_was_replaced_is_gone(acme: Acme) -> None:
    made = await connect(acme)
    first = await examine(acme, made.id, CLIENTS)
    await examine(acme, made.id, CLIENTS)
    with pytest.raises((Conflict, NotFound)):
        await importing.get_file(acme.actor, made.id, first.file_id)


async def test_a_file_may_have_64_mib(acme: Acme) -> None:
    made = await connect(acme)
    with TemporaryFile() as file:
        file.truncate(64 * MIB + 1)
        given = UploadFile(cast("BinaryIO", file), filename="large.csv")
        with pytest.raises(TooLarge, match="64 MiB"):
            await importing.examine_file(acme.actor, made.id, given, "large.csv", LayoutIn())


async def test_what_is_no_address_is_told_and_kept(acme: Acme) -> None:
    """Nothing of a cell is dropped without a word, and no two people are taken for one because both have "n/a"."""
    made = await connect(acme)
    cells = (
        "Name,Email,Phone,Client Notes\n"
        "Anna Bell,n/a,123,\n"
        "Carl Dahl,n/a,,\n"
        '"Eve Fox","Eve <eve@example.com>, call 0412 345 678",,\n'
        "Gus Hill,Gus Hill gus@example.com,,\n"
    )
    job = await bring(acme, made.id, cells)
    assert (job.records_created, job.outcome) == (4, "success")
    found = await _by_name(acme)
    emails = {name: one["email"] for name, one in found.items()}
    assert emails == {
        "Anna Bell": "n/a",
        "Carl Dahl": "n/a",
        "Eve Fox": "eve@example.com",
        "Gus Hill": "gus@example.com",
    }
    logs = await syncs.list_logs(acme.actor, job.id, PageRequest(limit=50))
    told = {(one.detail["name"], one.message, one.detail["value"]) for one in logs.items}
    assert told == {
        ("Anna Bell", "Email: is no e-mail address (kept as it is)", "n/a"),
        ("Carl Dahl", "Email: is no e-mail address (kept as it is)", "n/a"),
        ("Anna Bell", "Phone: has no country code (kept as it is)", "123"),
        ("Anna Bell", "People: has no country code (kept as it is)", "a list of 1"),
        ("Eve Fox", "Email: holds text that belongs in no field (left out)", "call 0412 345 678"),
    }
    offered = await duplicates.list_duplicates(acme.actor, PageRequest(limit=50))
    assert offered.items == []


def test_a_project_is_of_the_first_address_in_its_cell() -> None:
    """The client is called by its first one, too."""
    told = rows.project({"name": "Wedding", "client_email": "Ann@example.com; bob@example.com"}, {}, "salt")
    ann = rows.client({"name": "Ann & Bob", "email": "ann@example.com, bob@example.com"}, {}, "salt")
    assert told.fields["client"] == ann.external_id
    nobody = rows.project({"name": "Wedding", "client_email": "n/a"}, {}, "salt")
    assert nobody.fields["client"] is None
