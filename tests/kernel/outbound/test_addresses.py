from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.kernel.addresses import Network, parse, why_refused

# The special-purpose registries of IANA, and what clouds put at fixed addresses.
REFUSED = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
    *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
    *("::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16"),
    *("3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
]
NETWORKS = [ip_network(network) for network in REFUSED]
MAPPED = ip_network("::ffff:0:0/96")


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_both_ends_of_each_network_are_refused(network: Network) -> None:
    for end in (network.network_address, network.broadcast_address):
        if end not in MAPPED:
            assert why_refused(end)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
        ),
        *("128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0"),
        *("192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255"),
        *("198.20.0.0", "198.51.99.255", "203.0.112.255", "203.0.114.0", "223.255.255.255", "168.63.129.15"),
        *("2606:4700:4700::1111", "2001:200::", "2001:db9::", "2003::", "3fff:1000::", "5eff::"),
        *("::ffff:8.8.8.8", "::ffff:808:808"),
    ],
)
def test_public_neighbours_are_open(text: str) -> None:
    assert why_refused(parse(text)) is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("192.168.1.20", "a private address"),
        ("fd00::1", "a private address"),
        ("127.0.0.1", "a loopback address"),
        ("::1", "a loopback address"),
        ("::ffff:127.0.0.1", "a loopback address"),
        ("169.254.169.254", "a link-local address, where clouds keep their metadata"),
        ("fe80::1%eth0", "a link-local address, where clouds keep their metadata"),
        ("168.63.129.16", "a cloud's metadata address"),
        ("100.64.0.1", "a carrier's shared address"),
        ("224.0.0.1", "a multicast address"),
        ("ff02::1", "a multicast address"),
        ("255.255.255.255", "a reserved address"),
        ("0.0.0.0", "a reserved address"),
        ("::", "a reserved address"),
        ("::7f00:1", "a reserved address"),
        ("64:ff9b::a9fe:a9fe", "an address that stands for another one"),
        ("2002:7f00:1::1", "an address that stands for another one"),
        ("fec0::1", "a private address"),
        ("192.88.99.1", "a reserved address"),
    ],
)
def test_reasons(text: str, what: str) -> None:
    assert why_refused(parse(text)) == what


@given(st.ip_addresses())
def test_refused_exactly_by_the_list(address: IPv4Address | IPv6Address) -> None:
    listed = any(address in network for network in NETWORKS if network.version == address.version)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if mapped is None:
        assert bool(why_refused(parse(str(address)))) == listed


@given(st.sampled_from(NETWORKS).flatmap(lambda network: st.ip_addresses(network=network)))
def test_all_of_each_network_is_refused(address: IPv4Address | IPv6Address) -> None:
    if address not in MAPPED:
        assert why_refused(address)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_counts_as_what_it_stands_for(address: IPv4Address) -> None:
    assert parse(f"::ffff:{address}") == parse(str(address)) == address


@given(st.ip_addresses())
def test_nothing_private_is_open(address: IPv4Address | IPv6Address) -> None:
    if why_refused(parse(str(address))) is None:
        assert parse(str(address)).is_global


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_an_opened_network_is_open_and_no_other(address: IPv4Address, length: int) -> None:
    opened = ip_network((address, length), strict=False)
    assert why_refused(address, [opened]) is None
    beside = ip_address("127.0.0.1")
    assert bool(why_refused(beside, [opened])) == (beside not in opened)


@pytest.mark.parametrize(
    "text", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "", "1.2.3.4."]
)
def test_other_spellings_are_no_addresses(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        parse(text)
