"""A secret goes to no other host than one that it was given for (docs/decisions/0018): the rule by which everybody who keeps
a secret beside an address forgets it when the address changes.
"""

from collections.abc import Iterable

from hub_app.kernel import outbound


def host_of(url: str) -> str:
    """Scheme, host and port of a URL, which a host given so keeps; "" for none, and what is no URL as it is."""
    try:
        return outbound.scheme_host(url) if url else ""
    except outbound.InvalidUrl:
        return url


def leaves(given_for: Iterable[str], now: Iterable[str]) -> bool:
    """Whether a secret that was given for these addresses would go to a host that is none of theirs `now`."""
    return not {host_of(url) for url in now} <= {"", *map(host_of, given_for)}
