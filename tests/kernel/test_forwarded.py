"""X-Forwarded-For: whom to believe, and what to make of anything that anybody can write there."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.kernel.addresses import Network
from hub_app.kernel.forwarded import client_address, counted_as

TRUSTED: list[Network] = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
PROXY = "10.0.0.1"


def seen(*values: str, peer: str = PROXY) -> str:
    headers = [(b"x-forwarded-for", value.encode("latin-1", "replace")) for value in values]
    return client_address(peer, [(b"host", b"hub.test"), *headers], TRUSTED)


@pytest.mark.parametrize(
    ("values", "client"),
    [
        ([], PROXY),
        ([""], PROXY),
        (["192.0.2.7"], "192.0.2.7"),
        (["203.0.113.9, 192.0.2.7"], "192.0.2.7"),  # What the client claims stands further left.
        (["192.0.2.7, 10.2.0.3, 10.1.0.2"], "192.0.2.7"),
        (["203.0.113.9", "192.0.2.7", "10.1.0.2"], "192.0.2.7"),  # Several headers are one list.
        (["192.0.2.7 ,, \t, 10.1.0.2,"], "192.0.2.7"),
        (["10.3.0.4, 10.2.0.3"], "10.3.0.4"),  # All of them trusted: the request began there.
        (["192.0.2.7:4711"], "192.0.2.7"),
        (["2001:DB8::1"], "2001:db8::1"),
        (["[2001:db8::1]"], "2001:db8::1"),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["192.0.2.7, [fd00::1]:80"], "192.0.2.7"),
        (["::ffff:192.0.2.7"], "192.0.2.7"),
        (["192.0.2.7, ::ffff:10.1.0.2"], "192.0.2.7"),
    ],
)
def test_the_last_address_that_no_trusted_proxy_has_is_the_client(values: list[str], client: str) -> None:
    assert seen(*values) == client


@pytest.mark.parametrize(
    "junk",
    ["unknown", "_hidden", "192.0.2", "1.2.3.4.5", "192.0.2.7:x", "[::1", "[::1]x", "::1::", "'", "\x00", "é", "9" * 5000],
)  # fmt: skip
def test_nothing_left_of_what_is_no_address_is_believed(junk: str) -> None:
    assert seen(junk) == PROXY
    assert seen(f"192.0.2.7, {junk}, 10.1.0.2") == "10.1.0.2"


@pytest.mark.parametrize("peer", ["192.0.2.1", "2001:db8::1", "11.0.0.1"])
def test_a_peer_that_is_not_trusted_is_not_asked(peer: str) -> None:
    assert seen("203.0.113.9", peer=peer) == peer


def test_without_the_setting_nobody_is_asked() -> None:
    assert client_address(PROXY, [(b"x-forwarded-for", b"203.0.113.9")], ()) == PROXY


def test_a_peer_without_an_address_stays_as_it_is() -> None:
    assert seen("203.0.113.9", peer="") == ""
    assert seen("203.0.113.9", peer="unix:") == "unix:"


def test_an_ipv4_peer_of_a_dual_socket_is_an_ipv4_peer() -> None:
    assert seen("192.0.2.7", peer="::ffff:10.0.0.1") == "192.0.2.7"
    assert seen(peer="::ffff:192.0.2.1") == "192.0.2.1"


def test_a_chain_without_end_is_not_followed() -> None:
    """However long: a few entries are read, and the first of those is as far as it goes."""
    endless = ", ".join(["192.0.2.7", *("10.1.0.2" for _ in range(100_000))])
    assert seen(endless) == "10.1.0.2"
    assert seen("192.0.2.7", *("10.1.0.2" for _ in range(100_000))) == "10.1.0.2"


@given(st.lists(st.text(st.characters(max_codepoint=255), max_size=40), max_size=40))
def test_whatever_is_sent_an_address_comes_out(values: list[str]) -> None:
    assert ip_address(seen(*values))


@given(claims=st.lists(st.text(st.characters(max_codepoint=255), max_size=30)), client=st.ip_addresses())
def test_no_claim_changes_what_the_proxy_wrote(claims: list[str], client: object) -> None:
    """Whatever a client sends along, the proxy adds its address at the right."""
    address = ip_address(str(client))
    honest = seen(str(address))
    if ip_address(honest) not in TRUSTED[0] and ip_address(honest) not in TRUSTED[1]:
        assert seen(*claims, str(address)) == honest
        assert seen(", ".join([*claims, str(address)])) == honest


def test_ipv6_is_counted_by_its_network() -> None:
    """Whoever has one address there has 2^64 of them."""
    assert counted_as("2001:db8:1:2:aaaa::1") == counted_as("2001:db8:1:2:bbbb::9") == "2001:db8:1:2::/64"
    assert counted_as("2001:db8:1:3::1") != counted_as("2001:db8:1:2::1")
    assert counted_as("192.0.2.7") == "192.0.2.7"
    assert counted_as("::ffff:192.0.2.7") == "192.0.2.7"
    assert counted_as("") == ""
