"""Connecting a PSA over REST: what is refused and why, who may do it, and that nobody ever reads a secret again."""

import json

import pytest

from hub_app.kernel.settings import get_settings
from tests.peers.connectwise import CLIENT_ID, PRIVATE_KEY, PUBLIC_KEY
from tests.psa.desk import CONNECTIONS, PSA, Desk

pytestmark = pytest.mark.settings(
    outbound_allowed_networks="127.0.0.1/32", psa_allowed_hosts="127.0.0.1 10.0.0.8 169.254.169.254"
)


async def test_it_is_tested_saved_and_shown_with_hints(desk: Desk) -> None:
    assert (await desk.engineer("GET", CONNECTIONS)).json() is None
    made = await desk.connect()
    assert made["public_key_hint"] == f"••••••{PUBLIC_KEY[-4:]}"
    assert made["private_key_hint"] == f"••••••{PRIVATE_KEY[-4:]}"
    assert made["client_id_hint"] == f"••••••{CLIENT_ID[-4:]}"
    assert made["account_id"] == str(desk.people.alice.tenant_id)
    assert made["last_validated_at"] is not None
    assert made["server_version"] == "v2025.16.98721"
    assert made["is_active"] is True
    last = desk.peer.requests[-1]
    assert last.headers["clientid"] == CLIENT_ID
    assert last.headers["accept"] == "application/vnd.connectwise.com+json; version=2025.16"
    for person in (desk.people.alice, desk.people.adam, desk.people.erin, desk.people.vera):
        answer = await desk.call(person, "GET", CONNECTIONS)
        assert answer.json()["id"] == made["id"]
        for secret in (PUBLIC_KEY, PRIVATE_KEY, CLIENT_ID):
            assert secret not in answer.text


async def test_there_is_one_at_most(desk: Desk) -> None:
    await desk.connect()
    answer = await desk.owner("POST", CONNECTIONS, desk.given)
    assert (answer.status_code, answer.json()["detail"]) == (409, "Account already has a PSA connection")


@pytest.mark.parametrize(
    ("changes", "status", "detail"),
    [
        ({"private_key": "wrong"}, 422, "Connection test failed: Invalid credentials. Check your API keys."),
        (
            {"client_id": "00000000-0000-0000-0000-000000000000"},
            422,
            "Connection test failed: Insufficient permissions. Check the API member's security role.",
        ),
        (
            {"company_id": "nobody"},
            422,
            "Connection test failed: Failed to resolve CW base URL: ConnectWise does not know the company ID nobody",
        ),
        (
            {"site_url": "https://evil.example"},
            422,
            "Invalid ConnectWise site URL: evil.example. Must be a *.myconnectwise.net or *.connectwisedev.com domain.",
        ),
        ({"site_url": "http://10.0.0.8"}, 422, "Site URL resolves to a private/internal address: 10.0.0.8"),
        (
            {"site_url": "169.254.169.254"},
            422,
            "Site URL resolves to a private/internal address: 169.254.169.254",
        ),
        (
            {"site_url": "nowhere.myconnectwise.net"},
            422,
            "Cannot resolve hostname: nowhere.myconnectwise.net",
        ),
        ({"provider": "jira"}, 422, "Unsupported PSA provider: jira"),
        (
            {"site_url": "http://127.0.0.1:1"},
            422,
            "Connection test failed: Failed to resolve CW base URL: Cannot reach ConnectWise server",
        ),
    ],
)
async def test_what_does_not_work_is_not_saved(
    desk: Desk, changes: dict[str, str], status: int, detail: str
) -> None:
    answer = await desk.owner("POST", CONNECTIONS, desk.given | changes)
    assert (answer.status_code, answer.json()["detail"]) == (status, detail)
    assert (await desk.owner("GET", CONNECTIONS)).json() is None
    assert PRIVATE_KEY not in answer.text


async def test_each_missing_or_foreign_field_is_named(desk: Desk) -> None:
    given = desk.given | {"private_key": "", "credentials": {"color": "blue"}}
    del given["public_key"]
    answer = await desk.owner("POST", CONNECTIONS, given)
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["errors"]} == {"public_key", "private_key", "color"}


async def test_only_the_owner_connects_changes_tests_and_disconnects(desk: Desk) -> None:
    for person in (desk.people.adam, desk.people.erin, desk.people.vera):
        assert (await desk.call(person, "POST", CONNECTIONS, desk.given)).status_code == 403
    here = f"{CONNECTIONS}/{(await desk.connect())['id']}"
    for person in (desk.people.adam, desk.people.erin, desk.people.vera):
        for method, path, body in (
            ("PUT", here, {"display_name": "Mine"}),
            ("DELETE", here, None),
            ("POST", f"{here}/test", None),
        ):
            answer = await desk.call(person, method, path, body)
            assert answer.status_code == 403
            if person is not desk.people.vera:
                assert answer.json()["detail"] == "Owner role required"


async def test_another_tenants_connection_is_not_there(desk: Desk) -> None:
    here = f"{CONNECTIONS}/{(await desk.connect())['id']}"
    mallory = desk.people.mallory
    assert (await desk.call(mallory, "GET", CONNECTIONS)).json() is None
    for method, path, body in (
        ("PUT", here, {"display_name": "Mine"}),
        ("DELETE", here, None),
        ("POST", f"{here}/test", None),
    ):
        answer = await desk.call(mallory, method, path, body)
        assert (answer.status_code, answer.json()["detail"]) == (404, "Connection not found")
    assert (await desk.call(mallory, "GET", f"{PSA}/tickets")).status_code == 409


async def test_a_changed_account_is_tested_before_it_is_saved(desk: Desk) -> None:
    here = f"{CONNECTIONS}/{(await desk.connect())['id']}"
    before = desk.peer.per_path["/system/info"]
    renamed = await desk.owner("PUT", here, {"display_name": "Renamed"})
    assert renamed.json()["display_name"] == "Renamed"
    assert desk.peer.per_path["/system/info"] == before
    refused = await desk.owner("PUT", here, {"private_key": "not-the-right-one"})
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("Connection test failed: Invalid credentials.")
    shown = (await desk.owner("GET", CONNECTIONS)).json()
    assert shown["private_key_hint"] == f"••••••{PRIVATE_KEY[-4:]}"
    desk.peer.keys.add(("northwind", PUBLIC_KEY, "another-private-key"))
    changed = await desk.owner("PUT", here, {"private_key": "another-private-key"})
    assert changed.json()["private_key_hint"] == "••••••-key"
    assert (await desk.owner("PUT", here, {})).status_code == 400
    assert (await desk.owner("PUT", here, {"display_name": None})).status_code == 422
    off = await desk.owner("PUT", here, {"is_active": False})
    assert off.json()["is_active"] is False
    answer = await desk.engineer("GET", f"{PSA}/boards")
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "No active PSA connection configured for this account.",
    )


async def test_keys_do_not_go_to_another_site(desk: Desk) -> None:
    """Whoever may change the site must not learn the keys by pointing it at a host of their own."""
    here = f"{CONNECTIONS}/{(await desk.connect())['id']}"
    answer = await desk.owner("PUT", here, {"site_url": "http://127.0.0.1:9"})
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["errors"]} == {"public_key", "private_key", "client_id"}


async def test_a_change_that_expects_something_else_is_refused(desk: Desk) -> None:
    answer = await desk.owner("POST", CONNECTIONS, desk.given)
    here, tag = f"{CONNECTIONS}/{answer.json()['id']}", answer.headers["etag"]
    first = await desk.owner("PUT", here, {"display_name": "One"}, headers={"If-Match": tag})
    assert first.status_code == 200
    second = await desk.owner("PUT", here, {"display_name": "Two"}, headers={"If-Match": tag})
    assert second.status_code == 412


async def test_a_test_says_what_it_found_and_is_remembered(desk: Desk) -> None:
    here = f"{CONNECTIONS}/{(await desk.connect())['id']}"
    fine = (await desk.owner("POST", f"{here}/test")).json()
    assert fine == {
        "success": True,
        "message": "Connected successfully.",
        "server_version": "v2025.16.98721",
    }
    desk.peer.keys.clear()
    bad = await desk.owner("POST", f"{here}/test")
    assert (bad.status_code, bad.json()["success"]) == (200, False)
    shown = (await desk.engineer("GET", CONNECTIONS)).json()
    assert shown["error"] == "Invalid credentials. Check your API keys."


async def test_disconnecting_leaves_the_sessions(desk: Desk) -> None:
    made = await desk.connect()
    await desk.map_erin()
    session = await desk.linked()
    await desk.update(session, note_type="internal_analysis", text="Done.")
    assert (await desk.owner("DELETE", f"{CONNECTIONS}/{made['id']}")).status_code == 204
    left = (await desk.engineer("GET", f"/api/v1/sessions/{session['id']}")).json()
    assert (left["psa_connection_id"], left["psa_ticket_id"], left["ticket"]) == (None, None, None)
    assert (await desk.owner("GET", f"{PSA}/member-mappings")).json()["items"] == []
    posts = (await desk.engineer("GET", f"{PSA}/posts")).json()["items"]
    assert [one["outcome"] for one in posts] == ["posted"]
    assert (await desk.connect())["id"] != made["id"]


async def test_it_is_consented_to_and_revoking_stops_it(desk: Desk) -> None:
    made = await desk.connect()
    found = (await desk.owner("GET", "/v1/integration/consents")).json()["items"]
    mine = next(one for one in found if one["resource_type"] == "psa_connection")
    assert mine["resource_id"] == made["id"]
    assert (await desk.owner("DELETE", f"/v1/integration/consents/{mine['id']}")).status_code == 204
    before = len(desk.peer.requests)
    answer = await desk.engineer("GET", f"{PSA}/boards")
    assert (answer.status_code, answer.json()["title"]) == (409, "Consent revoked")
    assert len(desk.peer.requests) == before


async def test_no_secret_is_in_the_audit_log(desk: Desk) -> None:
    made = await desk.connect()
    await desk.owner("PUT", f"{CONNECTIONS}/{made['id']}", {"display_name": "Other"})
    await desk.engineer("GET", f"{PSA}/boards")
    entries = (await desk.owner("GET", "/v1/integration/audit", limit=200)).json()["items"]
    acts = {one["action"] for one in entries}
    assert {
        "psa.connection.created",
        "psa.connection.tested",
        "psa.connection.updated",
        "psa.credential_used",
    } <= acts
    text = json.dumps(entries)
    assert not any(secret in text for secret in (PUBLIC_KEY, PRIVATE_KEY, CLIENT_ID))


async def test_http_and_other_hosts_are_for_those_that_the_operator_lists(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PSA_ALLOWED_HOSTS", "")
    get_settings.cache_clear()
    answer = await desk.owner("POST", CONNECTIONS, desk.given)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("Invalid ConnectWise site URL: 127.0.0.1")
    assert not desk.peer.requests
