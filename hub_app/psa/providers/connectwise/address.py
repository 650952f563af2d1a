"""Where a ConnectWise is called: its site says which codebase it runs, which changes with each release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from hub_app.psa.provider import hosts

HOSTS = ("*.myconnectwise.net", "*.connectwisedev.com")
_ON_PREMISE = "v4_6_release/"
_API = "api-"
_TICKET = "v4_6_release/services/system_io/Service/fv_sr100_request.rails?service_recid={id}"


class Unusable(ValueError):
    """What the site says of its address cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site as somebody entered it."""

    entered: str
    allowed: Sequence[str] = ()

    @property
    def host(self) -> str:
        return hosts.host_of(self.entered)

    @property
    def origin(self) -> str:
        return hosts.origin(self.entered, self.host, self.allowed)

    def info_path(self, company_id: str) -> str:
        """Where the site says what it runs. It takes no login."""
        return f"/login/companyinfo/{quote(company_id, safe='')}"

    def base(self, info: Mapping[str, object]) -> str:
        """The base URL of the API by what the site says. Raises Unusable for a host that is not ConnectWise's, nor the operator's."""
        codebase = str(info.get("Codebase") or _ON_PREMISE).strip("/") + "/"
        if not all(one.isalnum() or one in "._-/" for one in codebase) or ".." in codebase:
            raise Unusable("the site names a codebase that is none")
        stated = str(info.get("SiteUrl") or self.host)
        host = hosts.host_of(stated)
        if not hosts.is_permitted(host, HOSTS, self.allowed):
            raise Unusable(f"the site names {host or 'no host'}, which is not a ConnectWise domain")
        # The operator's own systems have no other name for the API.
        is_cloud = codebase != _ON_PREMISE and not hosts.is_listed(host, self.allowed)
        if is_cloud and not host.startswith(_API):
            host = _API + host
        scheme = self.origin.partition("://")[0] if host == self.host else "https"
        return f"{scheme}://{host}/{codebase}apis/3.0"

    def ticket_url(self, ticket_id: str) -> str:
        """Where people open a ticket."""
        return f"{self.origin.replace(f'//{_API}', '//', 1)}/{_TICKET.format(id=quote(ticket_id, safe=''))}"
