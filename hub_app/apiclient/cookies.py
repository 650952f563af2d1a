"""A client's cookies, for sites that know who calls by nothing else."""

import re

from aiohttp import CookieJar

from hub_app.kernel.outbound import OutboundResponse, Target

# What most sites write to take a cookie back; aiohttp 3.14 takes the first moment of its calendar for no date at all.
_EPOCH = re.compile(r"expires=[^;]*\b0?1[ -]jan[ -](19)?70 00:00:00[^;]*", re.IGNORECASE)


class Cookies:
    """What each host has set, for as long as the client lives; aiohttp's jar minds path, expiry and `Secure`, and bounds
    their number and size. A cookie goes back to the very host that set it, whatever wider domain it names.
    """

    def __init__(self) -> None:
        self._jars: dict[str, CookieJar] = {}

    def header(self, target: Target) -> dict[str, str]:
        """The request header with the cookies that belong to this target; empty when there are none."""
        jar = self._jars.get(target.url.raw_host or "")
        kept = jar.filter_cookies(target.url).values() if jar else ()
        return {"cookie": "; ".join(f"{one.key}={one.coded_value}" for one in kept)} if kept else {}

    def take(self, target: Target, answer: OutboundResponse) -> None:
        """Keep what the answer sets, and drop what it takes back."""
        if answer.cookies:
            # "Unsafe" is about addresses in place of names: a jar of one host has no other host to give them to.
            jar = self._jars.setdefault(target.url.raw_host or "", CookieJar(unsafe=True, quote_cookie=False))
            headers = [_EPOCH.sub("expires=Thu, 01 Jan 1970 00:00:01 GMT", one) for one in answer.cookies]
            jar.update_cookies_from_headers(headers, target.url)

    @property
    def values(self) -> list[str]:
        """What must never be shown."""
        return [one.value for jar in self._jars.values() for one in jar]
