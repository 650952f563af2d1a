"""An execution as a command for a shell, without secrets: they come from variables."""

import shlex
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from hub_app.apiclient.curl import curl
from hub_app.connectors.schemas.connectors import ConnectorOut
from hub_app.connectors.schemas.runs import ExecutionDetail

# What a client sends by itself.
_BY_ITSELF = {"accept-encoding", "connection", "content-length", "host", "user-agent"}


def curl_of(execution: ExecutionDetail, connector: ConnectorOut) -> str:
    """The command; `$API_KEY`, `$ACCESS_TOKEN`, `$USERNAME` and `$PASSWORD` stand for the credential."""
    left_out = _BY_ITSELF | {_secret_header(connector)}
    return curl(
        execution.method,
        _url(execution.url, connector),
        {name: value for name, value in execution.request_headers.items() if name.lower() not in left_out},
        execution.request_body,
        arguments=_credential(connector),
    )


def _secret_header(connector: ConnectorOut) -> str:
    """The header that carries the credential, in lower case; "" when none does."""
    if connector.auth_type == "none" or (
        connector.auth_type == "api_key" and connector.oauth_config.auth_query
    ):
        return ""
    return connector.oauth_config.auth_header.lower() if connector.auth_type == "api_key" else "authorization"


def _credential(connector: ConnectorOut) -> list[str]:
    access = connector.oauth_config
    if connector.auth_type == "basic":
        return ['-u "$USERNAME:$PASSWORD"']
    if connector.auth_type == "none" or not _secret_header(connector):
        return []
    variable = "$API_KEY" if connector.auth_type == "api_key" else "$ACCESS_TOKEN"
    # An imported document may name the header: what a shell would run must not be in double quotes.
    before = shlex.quote(f"{access.auth_header}: {access.auth_prefix} ".rstrip() + " ")
    return [f'-H {before}"{variable}"']


def _url(url: str, connector: ConnectorOut) -> str:
    """The URL in quotes, with the key's parameter from a variable."""
    name = connector.oauth_config.auth_query
    if connector.auth_type != "api_key" or not name:
        return shlex.quote(url)
    parts = urlsplit(url)
    others = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    plain = urlunsplit(parts._replace(query=urlencode(others)))
    joint = "&" if others else "?"
    return f'{shlex.quote(plain)}"{joint}{quote(name)}=$API_KEY"'
