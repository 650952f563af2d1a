"""Which addresses Hub may connect to: public ones, and the networks that the operator opened.

`ipaddress.is_global` is not enough (it accepts NAT64, 6to4 and site-local addresses that lead inside), so the refused
networks are a list: the IANA special-purpose registries, and 168.63.129.16, Azure's metadata address.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_LOOPBACK = "a loopback address"
_PRIVATE = "a private address"
_LINK_LOCAL = "a link-local address, where clouds keep their metadata"
_RESERVED = "a reserved address"
_MULTICAST = "a multicast address"
_EMBEDDED = "an address that stands for another one"

# The first that fits gives the reason.
_REFUSED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), what)
    for network, what in (
        ("0.0.0.0/8", _RESERVED),
        ("10.0.0.0/8", _PRIVATE),
        ("100.64.0.0/10", "a carrier's shared address"),
        ("127.0.0.0/8", _LOOPBACK),
        ("168.63.129.16/32", "a cloud's metadata address"),
        ("169.254.0.0/16", _LINK_LOCAL),
        ("172.16.0.0/12", _PRIVATE),
        ("192.0.0.0/24", _RESERVED),
        ("192.0.2.0/24", _RESERVED),
        ("192.88.99.0/24", _RESERVED),
        ("192.168.0.0/16", _PRIVATE),
        ("198.18.0.0/15", _RESERVED),
        ("198.51.100.0/24", _RESERVED),
        ("203.0.113.0/24", _RESERVED),
        ("224.0.0.0/4", _MULTICAST),
        ("240.0.0.0/4", _RESERVED),
        ("::1/128", _LOOPBACK),
        ("64:ff9b::/96", _EMBEDDED),
        ("64:ff9b:1::/48", _EMBEDDED),
        ("::/8", _RESERVED),
        ("100::/64", _RESERVED),
        ("2001::/23", _RESERVED),
        ("2001:db8::/32", _RESERVED),
        ("2002::/16", _EMBEDDED),
        ("3fff::/20", _RESERVED),
        ("5f00::/16", _RESERVED),
        ("fc00::/7", _PRIVATE),
        ("fe80::/10", _LINK_LOCAL),
        ("fec0::/10", _PRIVATE),
        ("ff00::/8", _MULTICAST),
    )
)


def parse(text: str) -> Address:
    """An address as the resolver or the socket gives it, without its zone; ValueError when it is none."""
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def why_refused(address: Address, allowed: Sequence[Network] = ()) -> str | None:
    """Why Hub may not connect to `address` ("a private address"), or None when it may."""
    if any(address in network for network in allowed):
        return None
    return next((what for network, what in _REFUSED if address in network), None)
