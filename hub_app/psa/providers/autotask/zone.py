"""Which of Autotask's zones an account is in: it is asked once, and says where the API and the screens are."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from hub_app.psa.provider import hosts

HOSTS = ("*.autotask.net",)
INFO = "/atservicesrest/v1.0/zoneInformation"
_API = "v1.0"


class Unusable(ValueError):
    """What was said of the zone cannot be used; the message says why."""


def base(info: Mapping[str, object], site: str, allowed: Sequence[str]) -> str:
    """The base URL of the API. Raises Unusable for a host that is not Autotask's, nor the operator's."""
    return f"{_checked(info.get('url'), site, allowed)}/{_API}"


def screens(info: Mapping[str, object], site: str, allowed: Sequence[str]) -> str:
    """Where people open Autotask; "" where it does not say so."""
    try:
        return _checked(info.get("webUrl"), site, allowed)
    except Unusable:
        return ""


def _checked(stated: object, site: str, allowed: Sequence[str]) -> str:
    text = str(stated or "")
    host = hosts.host_of(text)
    if not hosts.is_permitted(host, HOSTS, allowed):
        raise Unusable(f"the zone is at {host or 'no host'}, which is not an Autotask domain")
    plain = text.startswith("http://") and site.startswith("http://")
    return f"{hosts.origin('http://' if plain else '', host, allowed)}{urlsplit(text).path.rstrip('/')}"
