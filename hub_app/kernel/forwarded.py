"""Where a request comes from: the peer, or behind trusted proxies the address that they say they got it from."""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv6Address, IPv6Network

from hub_app.kernel import addresses
from hub_app.kernel.addresses import Address, Network

HEADER = b"x-forwarded-for"
_OF_PROXIES = {b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip"}
# A chain of proxies is a few entries long; whoever sends thousands wants Hub to read them.
_MOST_ENTRIES = 32
_LONGEST_ENTRY = 64
_PREFIX_OF_A_SITE = 64
_ENTRY = re.compile(
    r"""(?x) \[ (?P<bracketed> [^][]+ ) \] (?: :[0-9]+ )? | (?P<v4> [0-9.]+ ) : [0-9]+ | (?P<bare> [^][]+ )"""
)


def client_address(peer: str, headers: Iterable[tuple[bytes, bytes]], trusted: Sequence[Network]) -> str:
    """The address to take a request for: `peer`'s own, unless it is one of the `trusted` proxies.

    Each proxy adds at the right whom it got the request from. So X-Forwarded-For is read from the right for as long as
    those who wrote are trusted; the first one who is not is the client, whatever it claims further left. At an entry
    that is no address the last one that was understood stands. An IPv4 address in IPv6's clothes is shown as IPv4.
    """
    address = _parse(peer)
    if address is None:
        return peer
    if _is_among(address, trusted):
        for entry in _from_the_right(headers):
            if not entry.strip():
                continue
            found = _parse(entry)
            if found is None:
                break
            address = found
            if not _is_among(address, trusted):
                break
    return str(address)


def is_direct(peer: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request was made on this machine, for this machine's own address, and by way of no proxy.

    A proxy on this machine that says nothing of itself cannot be told apart, unless it passes on the Host that it was asked
    for: where one is known to stand before Hub, this is not enough. A page of another site, whose name was made to lead here, is told by that Host too.
    """
    given = [(name.lower(), value) for name, value in headers]
    if any(name in _OF_PROXIES or name.startswith(b"x-forwarded-") for name, _ in given):
        return False
    hosts = [value.decode("latin-1") for name, value in given if name == b"host"]
    return is_loopback(peer) and len(hosts) == 1 and is_loopback(hosts[0])


def is_loopback(host: str) -> bool:
    """Whether this address or name, with a port or without, is this machine's own."""
    if host.lower().partition(":")[0] == "localhost":
        return True
    address = _parse(host)
    return address is not None and address.is_loopback


def counted_as(address: str) -> str:
    """Under what an address is counted: an IPv6 one by its /64, which one customer has whole."""
    found = _parse(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, _PREFIX_OF_A_SITE), strict=False))
    return address if found is None else str(found)


def _is_among(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _from_the_right(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[str]:
    """The last entries of all X-Forwarded-For headers, which together are one list."""
    left = _MOST_ENTRIES
    for value in reversed([value for name, value in headers if name.lower() == HEADER]):
        for entry in reversed(value.rsplit(b",", left)[-left:]):
            yield entry[: _LONGEST_ENTRY + 1].decode("latin-1")
            left -= 1
        if left == 0:
            return


def _parse(entry: str) -> Address | None:
    """An address as proxies write it: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`."""
    found = _ENTRY.fullmatch(entry.strip()) if len(entry) <= _LONGEST_ENTRY else None
    if found is None:
        return None
    try:
        return addresses.parse(found["bracketed"] or found["v4"] or found["bare"])
    except ValueError:
        return None
