"""Where the API is."""

import re
from urllib.parse import urljoin

from pydantic import JsonValue

from hub_app.apiclient import urls
from hub_app.connectors.openapi.document import Document, Node, shortened
from hub_app.kernel.outbound import MAX_URL

_VARIABLE = re.compile(r"\{([^{}]*)\}")


class NoServer(ValueError):
    """This entry of `servers` gives no base URL; the message says why."""


def base_url(doc: Document, owner: Node) -> str:
    """The first server of `owner` that can be a base URL; empty, with findings, when there is none."""
    # OpenAPI: without any it is the document's own host.
    servers = owner.list_of("servers") or [owner.below({"url": "/"}, "servers")]
    for number, server in enumerate(servers):
        doc.spend()
        try:
            found = _resolved(doc, server)
        except NoServer as error:
            doc.note(server.where, f"This server cannot be the base URL: {error}.")
            continue
        if number + 1 < len(servers):
            left = len(servers) - number - 1
            doc.note(server.where, f"The base URL is {found}. {left} more server(s) are left out.")
        return found
    doc.note(
        owner.at("servers"), "The document does not say where the API is. Fill in the base URL before saving."
    )
    return ""


def _resolved(doc: Document, server: Node) -> str:
    url = server.required("url")
    shown = shortened(url, 200)
    url = _filled(server, url)
    if not url.lower().startswith(("http://", "https://")):
        if re.match(r"[a-z][a-z0-9+.-]*:", url, re.IGNORECASE):
            raise NoServer(f"{shown!r} must begin with https:// or http://")
        if not doc.url:
            raise NoServer(f"{shown!r} is relative to the document's URL, which is not known")
        try:
            url = urljoin(doc.url, url)
        except ValueError:
            raise NoServer(f"{shown!r} is not a URL") from None
    try:
        return urls.checked_base(url)
    except ValueError as error:
        raise NoServer(f"{shown!r} {error}") from None


def _filled(server: Node, url: str) -> str:
    """The URL with its variables' defaults."""
    variables = server.members_of("variables")

    def put(found: re.Match[str]) -> str:
        variable = variables.get(found.group(1))
        default: JsonValue = variable.object().get("default") if variable is not None else None
        if not isinstance(default, str | int):
            raise NoServer(f"its variable {shortened(found.group(1), 60)!r} has no default")
        # The URL may name it hundreds of times.
        if len(str(default)) > MAX_URL:
            raise NoServer(f"its variable {shortened(found.group(1), 60)!r} is longer than a URL may be")
        return str(default)

    return _VARIABLE.sub(put, url[:5000])
