"""Whether Hub may call the site that somebody entered: its host, and the addresses behind that."""

from hub_app.kernel import outbound
from hub_app.kernel.errors import FieldError, Invalid
from hub_app.kernel.outbound import InvalidUrl
from hub_app.kernel.settings import get_settings
from hub_app.psa.provider import Provider
from hub_app.psa.provider.hosts import host_of, is_listed, is_permitted, origin

_FIELD = "site_url"


async def check_site(provider: Provider, site: str) -> None:
    """Invalid, naming `site_url`, for a site that is not the provider's, does not resolve, or leads to a private address. Names are
    resolved: no transaction may be open.
    """
    allowed = get_settings().psa_allowed_hosts
    host = host_of(site)
    if not host or not _is_permitted(provider, host):
        raise _refused(f"Invalid {provider.name} site URL: {host or site}. {_rule(provider)}")
    try:
        resolves = await outbound.get_client().check_url(origin(site, host, allowed))
    except InvalidUrl as error:
        raise _refused(f"Invalid {provider.name} site URL: {host}. It {error}.") from None
    except OSError as error:
        # A refused address, which its message begins with.
        address = str(error).partition(" ")[0]
        raise _refused(f"Site URL resolves to a private/internal address: {address}") from None
    if not resolves:
        raise _refused(f"Cannot resolve hostname: {host}")


def _is_permitted(provider: Provider, host: str) -> bool:
    allowed = get_settings().psa_allowed_hosts
    if not provider.hosts:
        return ":" not in host or is_listed(host, allowed)
    return is_permitted(host, provider.hosts, allowed)


def _rule(provider: Provider) -> str:
    if not provider.hosts:
        return "Must be a host name, such as acme.halopsa.com."
    return f"Must be a {' or '.join(provider.hosts)} domain."


def _refused(said: str) -> Invalid:
    return Invalid([FieldError(_FIELD, said)], said)
