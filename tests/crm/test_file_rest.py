"""Importing files over REST."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub_app.crm.tables import CrmFile, CrmFilePiece
from tests import people as seeded
from tests.crm.acme import Acme
from tests.crm.filing import connect

pytestmark = pytest.mark.settings(
    outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"
)
CLIENTS = b"Name,Email,Wedding Date\nAnn Lee,ann@example.com,03/04/2024\n"


def _parts(**fields: str) -> dict[str, Any]:
    return {"files": {"file": ("clients.csv", CLIENTS, "text/csv")}, "data": fields}


async def test_a_file_is_imported_with_its_mapping(acme: Acme, client: httpx.AsyncClient) -> None:
    made = await connect(acme)
    headers, here = await seeded.headers(acme.people.erin), f"/api/crm/integrations/{made.id}/import"
    refused = await client.post(here, headers=headers, **_parts())
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "mapping.Wedding Date.format"
    mapping = json.dumps({"Wedding Date": {"field": "event_date", "format": "day_first"}})
    started = await client.post(here, headers=headers, **_parts(mapping=mapping))
    assert started.status_code == 201
    job = started.json()["sync_job"]
    assert (job["job_type"], job["trigger"], job["dry_run"]) == ("full_import", "file", False)
    again = await client.post(here, headers=headers, **_parts(mapping=mapping))
    assert (again.status_code, again.json()["title"]) == (409, "Sync already in progress")
    assert (await acme.finish(UUID(job["id"]))).records_created == 1
    (values,) = (await acme.values()).values()
    assert values["event_date"] == "2024-04-03"


async def test_a_file_is_examined_corrected_previewed_and_imported(
    acme: Acme, client: httpx.AsyncClient
) -> None:
    made = await connect(acme)
    headers, here = await seeded.headers(acme.people.erin), f"/api/crm/integrations/{made.id}/import"
    found = (await client.post(f"{here}/examine", headers=headers, **_parts())).json()
    assert (found["encoding"], found["delimiter"], found["header_line"]) == ("utf-8", ",", 1)
    date = found["columns"][2]
    assert (date["field"], date["asks"], date["choices"]) == (
        "event_date",
        True,
        ["day_first", "month_first"],
    )
    corrected = await client.patch(f"{here}/{found['file_id']}", headers=headers, json={"header_line": 0})
    assert [one["header"] for one in corrected.json()["columns"]] == ["Column 1", "Column 2", "Column 3"]
    await client.patch(f"{here}/{found['file_id']}", headers=headers, json={"header_line": 1})
    given = {"mapping": {"Wedding Date": None}, "dry_run": True}
    preview = await client.post(f"{here}/{found['file_id']}", headers=headers, json=given)
    assert preview.status_code == 201
    assert (await acme.finish(UUID(preview.json()["sync_job"]["id"]))).records_created == 1
    assert not await acme.values()
    started = await client.post(f"{here}/{found['file_id']}", headers=headers, json={"mapping": {}})
    assert (await acme.finish(UUID(started.json()["sync_job"]["id"]))).records_created == 1
    (values,) = (await acme.values()).values()
    assert values == {"name": "Ann Lee", "first_name": "Ann", "last_name": "Lee"} | {
        "email": "ann@example.com",
        "people": [
            {"name": "Ann Lee", "first_name": "Ann", "last_name": "Lee", "emails": ["ann@example.com"]}
        ],
    }


async def test_what_is_kept_is_sealed_and_has_an_end(acme: Acme, client: httpx.AsyncClient) -> None:
    made = await connect(acme)
    headers = await seeded.headers(acme.people.erin)
    await client.post(f"/api/crm/integrations/{made.id}/import/examine", headers=headers, **_parts())
    (file,) = await acme.rows(CrmFile)
    (piece,) = await acme.rows(CrmFilePiece)
    assert b"ann@example.com" not in piece.content
    assert (file.expires_at - file.created_at).total_seconds() == pytest.approx(86_400, abs=60)


@pytest.mark.parametrize(
    ("person", "status"),
    [("erin", 201), ("vera", 403), ("mallory", 404)],
    ids=["engineer", "viewer", "foreign"],
)
async def test_who_may(acme: Acme, client: httpx.AsyncClient, person: str, status: int) -> None:
    made = await connect(acme)
    headers = await seeded.headers(getattr(acme.people, person))
    url = f"/api/crm/integrations/{made.id}/import"
    mapping = json.dumps({"Wedding Date": None})
    assert (await client.post(url, headers=headers, **_parts(mapping=mapping))).status_code == status


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"resource": "invoices"}, "resource"),
        ({"mapping": "[]"}, "mapping"),
        ({"dry_run": "perhaps"}, "dry_run"),
        ({"encoding": "klingon"}, "file"),
        ({"color": "blue"}, "color"),
    ],
)
async def test_bad_parts_are_named(
    acme: Acme, client: httpx.AsyncClient, fields: dict[str, str], field: str
) -> None:
    made = await connect(acme)
    headers = await seeded.headers(acme.people.erin)
    answer = await client.post(f"/api/crm/integrations/{made.id}/import", headers=headers, **_parts(**fields))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
