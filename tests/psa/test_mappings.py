"""Who is who in the PSA: proposed by address and name, confirmed by the owner."""

import pytest

from hub_app.psa.provider.types import PSAMember
from hub_app.psa.service.mappings import matches
from tests.psa.desk import PSA, Desk

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", psa_allowed_hosts="127.0.0.1")
MAPPINGS = f"{PSA}/member-mappings"


def member(n: int, name: str, *emails: str) -> PSAMember:
    return PSAMember(
        id=str(n), identifier=f"m{n}", name=name, email=emails[0] if emails else None, emails=emails
    )


MEMBERS = [
    member(1, "Erin Novak", "e.novak@old.example", "ERIN@acme.example"),
    member(2, "John Smith", "john@acme.example"),
    member(3, "John  smith"),
    member(4, "Shared", "desk@acme.example"),
    member(5, "Shared Too", "desk@acme.example"),
]


@pytest.mark.parametrize(
    ("email", "name", "ids", "by"),
    [
        ("erin@ACME.example", "Somebody Else", ["1"], "email"),
        ("new@acme.example", "erin  NOVAK", ["1"], "name"),
        ("new@acme.example", "John Smith", ["2", "3"], "name"),
        ("desk@acme.example", "Erin Novak", ["4", "5"], "email"),
        ("nobody@acme.example", "Nobody", [], None),
        ("", "", [], None),
    ],
)
def test_an_address_goes_before_a_name(email: str, name: str, ids: list[str], by: str | None) -> None:
    found, matched_by = matches(email, name, MEMBERS)
    assert ([one.id for one in found], matched_by) == (ids, by)


async def test_proposals_are_confirmed_by_the_owner(desk: Desk) -> None:
    await desk.connect()
    found = (await desk.owner("POST", f"{MAPPINGS}/auto-match")).json()["proposals"]
    by_name = {one["user_name"]: one for one in found}
    assert by_name["Erin Novak"]["member_identifier"] == "enovak"
    assert by_name["Erin Novak"]["matched_by"] == "email"
    assert by_name["Adam Brandt"]["matched_by"] == "name"
    assert by_name["Vera Lind"]["member_id"] is None
    assert by_name["Vera Lind"]["reason"] == "Nobody has this e-mail address or name."
    # Nothing is saved by it.
    assert (await desk.owner("GET", MAPPINGS)).json()["items"] == []
    chosen = [{"user_id": one["user_id"], "member_id": one["member_id"]} for one in found if one["member_id"]]
    saved = await desk.owner("PUT", MAPPINGS, {"mappings": chosen})
    assert {one["user_name"] for one in saved.json()["items"]} == {
        "Alice Moreau",
        "Erin Novak",
        "Adam Brandt",
    }
    left = (await desk.owner("POST", f"{MAPPINGS}/auto-match")).json()["proposals"]
    assert [one["user_name"] for one in left] == ["Vera Lind"]


async def test_mappings_are_replaced_as_a_whole(desk: Desk) -> None:
    await desk.connect()
    await desk.map_erin()
    adam, erin = str(desk.people.adam.user_id), str(desk.people.erin.user_id)
    again = await desk.owner("POST", MAPPINGS, {"user_id": erin, "member_id": "142"})
    assert again.status_code == 409
    kept = (await desk.owner("GET", MAPPINGS)).json()["items"][0]
    body = {"mappings": [{"user_id": erin, "member_id": "141"}, {"user_id": adam, "member_id": "143"}]}
    both = (await desk.owner("PUT", MAPPINGS, body)).json()["items"]
    assert {one["user_id"]: one["matched_by"] for one in both} == {erin: "email", adam: "manual"}
    assert kept["id"] in {one["id"] for one in both}
    one = (await desk.owner("PUT", MAPPINGS, {"mappings": body["mappings"][1:]})).json()["items"]
    assert [each["user_id"] for each in one] == [adam]
    assert (await desk.owner("DELETE", f"{MAPPINGS}/{one[0]['id']}")).status_code == 204
    assert (await desk.owner("DELETE", f"{MAPPINGS}/{one[0]['id']}")).status_code == 404


async def test_nobody_is_mapped_who_is_not_there(desk: Desk) -> None:
    await desk.connect()
    mallory, erin = str(desk.people.mallory.user_id), str(desk.people.erin.user_id)
    for mappings, fields in (
        ([{"user_id": mallory, "member_id": "141"}], ["mappings.0.user_id"]),
        ([{"user_id": erin, "member_id": "145"}], ["mappings.0.member_id"]),
        ([{"user_id": erin, "member_id": "146"}], ["mappings.0.member_id"]),
        (
            [{"user_id": erin, "member_id": "141"}, {"user_id": erin, "member_id": "142"}],
            ["mappings.1.user_id"],
        ),
    ):
        answer = await desk.owner("PUT", MAPPINGS, {"mappings": mappings})
        assert [one["field"] for one in answer.json()["errors"]] == fields
    assert (await desk.owner("GET", MAPPINGS)).json()["items"] == []


async def test_only_the_owner_decides_who_is_who(desk: Desk) -> None:
    await desk.connect()
    body = {"user_id": str(desk.people.erin.user_id), "member_id": "141"}
    for person in (desk.people.adam, desk.people.erin, desk.people.vera):
        for method, path, given in (
            ("POST", MAPPINGS, body),
            ("PUT", MAPPINGS, {"mappings": [body]}),
            ("POST", f"{MAPPINGS}/auto-match", None),
        ):
            assert (await desk.call(person, method, path, given)).status_code == 403
        assert (await desk.call(person, "GET", MAPPINGS)).status_code == 200


async def test_who_leaves_is_mapped_no_more(desk: Desk) -> None:
    await desk.connect()
    await desk.map_erin()
    await desk.owner("DELETE", f"/v1/integration/members/{desk.people.erin.user_id}")
    assert (await desk.owner("GET", MAPPINGS)).json()["items"] == []
