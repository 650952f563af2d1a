"""How kinds of authentication and their states are said on the connectors' screens."""

from hub_app.connectors.schemas.connectors import AuthType

AUTH_NAMES: dict[AuthType, str] = {
    "api_key": "API key",
    "basic": "User name and password",
    "oauth": "OAuth 2.0",
    "none": "None",
}

BY_NAMES = {
    "connection": "An OAuth connection of yours",
    "client": "An OAuth client of your own",
    "token": "A token that you paste",
}
