"""The form of a connector: what it starts with, and its data as a document."""

import re
from collections.abc import Mapping
from typing import cast

from hub_app.connectors.schemas.connectors import Access, AuthType, ConnectorIn, ConnectorOut
from hub_app.connectors.schemas.imports import ProposedConnector
from hub_app.kernel.errors import FieldError
from hub_app.kernel.validation import Refusals, refusals, renamed
from hub_app.ui.inputs import form_of, header_lines, is_on, read, read_headers, read_words

AUTH_NAMES: dict[AuthType, str] = {
    "api_key": "API key",
    "basic": "User name and password",
    "oauth": "OAuth 2.0",
    "none": "None",
}
BY_NAMES = {
    "connection": "One of your OAuth connections",
    "client": "Your own OAuth client",
    "token": "A token that you paste",
}
_CONFIG = "oauth_config."
_OF_CLIENT = ("authorize_url", "token_url", "revoke_url", "client_id")
# Without one of them the connector's document has no whole client.
_NEEDED = ("client_id", "authorize_url", "token_url")
_KEY = ("auth_place", "auth_header", "auth_prefix", "auth_query")
_CLIENT = (*_OF_CLIENT, "client_secret", "scopes", "pkce")
_URLS = ("base_url", "authorize_url", "token_url", "revoke_url")
AUTH_FIELDS = ("auth_type", *_KEY, "oauth_by", "connection_id", *_CLIENT)
"""The form's fields of which authentication is made up."""
_LABELS = {
    "auth_header": "Header",
    "auth_prefix": "Prefix",
    "auth_query": "Parameter",
    "connection_id": "Connection",
    "authorize_url": "Authorization URL",
    "token_url": "Token URL",
    "revoke_url": "Revocation URL",
    "client_id": "Client ID",
    "client_secret": "Client secret",
    "scopes": "Scopes",
    "pkce": "PKCE",
}
# Names of the document whose fields have others in the form.
_FIELDS = {"default_headers": "headers", "oauth_config": "base_url", "servers": "base_url"}


def values_of(one: ConnectorIn | ConnectorOut | ProposedConnector) -> dict[str, str]:
    """What the form's fields start with."""
    access = one.oauth_config.model_dump(mode="json")
    connection = str(access.get("connection_id") or "")
    texts = {
        name: str(access.get(name) or "") for name in ("base_url", "auth_header", "auth_prefix", *_OF_CLIENT)
    }
    by = "connection" if connection else "client" if texts["client_id"] or texts["authorize_url"] else "token"
    return {
        **texts,
        "display_name": one.display_name,
        "name": one.name,
        "description": one.description,
        "auth_type": one.auth_type,
        "auth_place": "query" if access["auth_query"] else "header",
        "auth_query": str(access["auth_query"]),
        "oauth_by": by,
        "connection_id": connection,
        "scopes": ",".join(cast("list[str]", access.get("scopes") or [])),
        "pkce": "" if access.get("pkce") is False else "on",
        "headers": header_lines({} if isinstance(one, ProposedConnector) else one.default_headers),
        "has_client_secret": "on" if access.get("has_client_secret") else "",
    }


def blank() -> dict[str, str]:
    """The form of a connector that someone describes by hand."""
    given = {"base_url": "https://api.example.com"}
    start = ConnectorIn.model_validate({"name": "new", "auth_type": "api_key", "oauth_config": given})
    return {**values_of(start), "name": "", "display_name": "", "base_url": ""}


def connector_of(data: object, base: Mapping[str, object]) -> ConnectorIn:
    """The document that a form describes, over what the form does not have: `base`. Invalid names its fields."""
    form = {name: str(value) for name, value in form_of(data).items()}
    title = form.get("display_name", "").strip()
    auth_type = form.get("auth_type", "none")
    with renamed(field_of), refusals() as refused:
        if not title:
            refused.add("display_name", "must not be empty")
        return read(
            ConnectorIn,
            {
                **base,
                "name": form.get("name", "").strip() or slug_of(title),
                "display_name": title,
                "description": form.get("description", ""),
                "auth_type": auth_type,
                "oauth_config": _access(cast("AuthType", auth_type), form, refused),
                "default_headers": refused.part(lambda: read_headers(form.get("headers", "")), {}),
            },
        )


def _access(auth_type: AuthType, form: Mapping[str, str], refused: Refusals) -> dict[str, object]:
    """Only what the chosen kind of authentication has a use for; what is hidden in the form does not count."""
    access: dict[str, object] = {"base_url": form.get("base_url", "")}
    if auth_type in {"api_key", "oauth"}:
        if form.get("auth_place") == "query" and auth_type == "api_key":
            access["auth_query"] = form.get("auth_query", "").strip()
            if not access["auth_query"]:
                refused.add("auth_query", "must not be empty")
        else:
            access |= {name: form.get(name, "").strip() for name in ("auth_header", "auth_prefix")}
            access["auth_header"] = access["auth_header"] or Access.model_fields["auth_header"].default
    if auth_type == "oauth":
        access |= _oauth(form, refused)
    return access


def _oauth(form: Mapping[str, str], refused: Refusals) -> dict[str, object]:
    by = form.get("oauth_by")
    if by == "connection":
        if not form.get("connection_id"):
            refused.add("connection_id", "must be chosen. Connect an app under Apps first")
        return {"connection_id": form.get("connection_id") or None}
    if by != "client":
        return {}
    for name in _NEEDED:
        if not form.get(name, "").strip():
            refused.add(name, "must not be empty")
    return {
        **{name: form.get(name, "").strip() for name in _OF_CLIENT},
        "client_secret": form.get("client_secret") or None,
        "scopes": read_words(form.get("scopes")),
        "pkce": is_on(form.get("pkce", "")),
    }


def urls_in(data: object) -> dict[str, str]:
    """The addresses of a form that it shows, by its fields."""
    form = form_of(data)
    shown = {"base_url", *shown_fields(data)} & set(_URLS)
    return {name: str(form.get(name, "")) for name in shown}


def slug_of(title: str) -> str:
    """An id made of a name: `My API` is `my_api`."""
    slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:64]
    return slug if slug[:1].isalpha() else f"api_{slug}".rstrip("_")


def field_of(error: FieldError) -> str:
    """The form's field for a part of the document that was refused."""
    name = error.field
    if name.startswith(_CONFIG):
        name = name.removeprefix(_CONFIG).partition(".")[0]
    return _FIELDS.get(name, name)


def shown_fields(data: object) -> tuple[str, ...]:
    """The fields of the authentication that the form shows while it holds this."""
    form = form_of(data)
    match form.get("auth_type"):
        case "api_key":
            by_query = form.get("auth_place") == "query"
            return (
                "auth_type",
                "auth_place",
                *(["auth_query"] if by_query else ["auth_header", "auth_prefix"]),
            )
        case "oauth":
            of = {"connection": ("connection_id",), "client": _CLIENT}
            return ("auth_type", "oauth_by", *of.get(str(form.get("oauth_by")), ()))
        case _:
            return ("auth_type",)


def in_words(setting: str, place: str, texts: Mapping[str, str]) -> str:
    """What a setting of the authentication is in the form's `texts`, told beside the field `place`."""
    if setting in {"auth_type", "sign_in"}:
        kind = AUTH_NAMES[cast("AuthType", texts["auth_type"])]
        return f"{kind}. {BY_NAMES[texts['oauth_by']]}" if texts["auth_type"] == "oauth" else kind
    if setting not in _LABELS or setting not in texts:
        return ""
    text = ("On" if texts["pkce"] else "Off") if setting == "pkce" else texts[setting]
    return text if place == setting else f"{_LABELS[setting]}: {text or 'none'}"
