"""What is computed for ConnectWise without calling it: conditions, addresses, and what its rows say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.psa.provider import hosts
from hub_app.psa.provider.ids import number
from hub_app.psa.providers.connectwise import records
from hub_app.psa.providers.connectwise.address import HOSTS, Site, Unusable
from hub_app.psa.providers.connectwise.conditions import all_of, either, equals, like, pieces
from tests.peers.connectwise.conditions import parse


def matches(condition: str, summary: str) -> bool:
    return parse(condition)({"summary": summary, "company": {"id": 1}, "id": 7})


@given(st.text(max_size=150), st.text(max_size=60))
def test_no_text_makes_another_condition(text: str, summary: str) -> None:
    if not pieces(text):
        with pytest.raises(ValueError, match="nothing to search for"):
            like("summary", text)
        return
    scoped = all_of(equals("company/id", 2), either(equals("id", 7), like("summary", text)))
    assert not matches(scoped, summary)
    whole = like("summary", text)
    if matches(whole, summary):
        assert all(part.lower().replace("_", "") in _loose(summary) or "_" in part for part in pieces(text))


def _loose(text: str) -> str:
    return text.lower().replace("_", "")


def test_a_quote_in_a_search_still_finds_the_ticket() -> None:
    assert matches(like("summary", 'Monitor 24" flickers'), 'Monitor 24" flickers')
    assert matches(like("summary", "O'Brien"), "Call O'Brien back")
    assert pieces("100%") == ["100"]


@pytest.mark.parametrize("text", ["", "abc", "-1", "1.0", "0x10", "1 or 1=1", "9" * 10, "\u0661", "1\n2"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize(
    ("site", "info", "base"),
    [
        (
            "na.myconnectwise.net",
            {"Codebase": "v2025_1/", "SiteUrl": "na.myconnectwise.net"},
            "https://api-na.myconnectwise.net/v2025_1/apis/3.0",
        ),
        (
            "https://api-eu.myconnectwise.net/",
            {"Codebase": "v2025_1/", "SiteUrl": "api-eu.myconnectwise.net"},
            "https://api-eu.myconnectwise.net/v2025_1/apis/3.0",
        ),
        ("na.myconnectwise.net", {}, "https://na.myconnectwise.net/v4_6_release/apis/3.0"),
        (
            "staging.connectwisedev.com",
            {"Codebase": "v2025_2/"},
            "https://api-staging.connectwisedev.com/v2025_2/apis/3.0",
        ),
        (
            "cw.acme.example",
            {"Codebase": "v4_6_release/", "SiteUrl": "cw.acme.example"},
            "https://cw.acme.example/v4_6_release/apis/3.0",
        ),
        (
            "http://cw.acme.example:8080",
            {"Codebase": "v2025_1/", "SiteUrl": "cw.acme.example:8080"},
            "http://cw.acme.example:8080/v2025_1/apis/3.0",
        ),
        (
            "http://na.myconnectwise.net",
            {"Codebase": "v2025_1/"},
            "https://api-na.myconnectwise.net/v2025_1/apis/3.0",
        ),
    ],
)
def test_the_base_url_is_what_the_site_says(site: str, info: dict[str, str], base: str) -> None:
    assert Site(site, ["cw.acme.example"]).base(info) == base


@pytest.mark.parametrize(
    "info",
    [
        {"SiteUrl": "evil.example"},
        {"SiteUrl": "na.myconnectwise.net.evil.example"},
        {"SiteUrl": "na.myconnectwise.net@evil.example"},
        {"SiteUrl": "169.254.169.254"},
        {"Codebase": "../../admin/"},
        {"Codebase": "v1/?x=#"},
    ],
)
def test_a_site_cannot_lead_elsewhere(info: dict[str, str]) -> None:
    with pytest.raises(Unusable):
        Site("na.myconnectwise.net").base(info)


@pytest.mark.parametrize(
    "site",
    [
        "na.myconnectwise.net.evil.example",
        "evilmyconnectwise.net",
        "na.myconnectwise.net:8443",
        "user@na.myconnectwise.net",
        "https://na.myconnectwise.net@evil.example/",
        "na.myconnectwise.net/../x",
        "ftp://na.myconnectwise.net",
        "",
        "http://[::1",
    ],
)
def test_other_hosts_are_not_connectwise(site: str) -> None:
    assert not hosts.is_permitted(hosts.host_of(site), HOSTS, [])


def test_people_open_a_ticket_at_the_site_not_at_the_api() -> None:
    url = Site("api-na.myconnectwise.net").ticket_url("48213")
    assert url == (
        "https://na.myconnectwise.net/v4_6_release/services/system_io/Service/fv_sr100_request.rails?service_recid=48213"
    )


@pytest.mark.parametrize(
    "row", [{}, {"id": None, "board": "x", "_info": []}, {"id": True, "status": {"id": [1]}}]
)
def test_odd_rows_are_read_all_the_same(row: dict[str, object]) -> None:
    assert records.ticket(row).closed is False
    assert records.note(row).note_type == "description"
    assert records.member(row).emails == ()
    assert records.configuration(row).name == ""
    assert records.time_entry(row).minutes == 0
