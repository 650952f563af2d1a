"""What the forms of an app hold, and what they send, read as changes of the app."""

from collections.abc import Callable, Mapping

from hub_app.kernel.errors import Invalid
from hub_app.kernel.validation import refusals
from hub_app.oauth.schemas import AppDetail, AppPatch
from hub_app.ui.inputs import form_of, is_on, read, read_words

URLS = ("docs_url", "authorize_url", "token_url", "revoke_url", "userinfo_url")
_ENTRY = ("name", "logo", "note", "issuer", *URLS)
_QUIRKS = (
    "scope_parameter",
    "scope_separator",
    "client_auth",
    "token_body",
    "token_path",
    "revocation",
    "account_id",
    "account_name",
)
_MOST_LINES = 300


def values(app: AppDetail) -> dict[str, str]:
    """What the fields start with, by name."""
    return {
        **{name: str(getattr(app, name)) for name in (*_ENTRY, "client_id", *_QUIRKS)},
        "pkce": "on" if app.pkce else "",
        "scopes": "\n".join(f"{scope} {words}".rstrip() for scope, words in app.scopes.items()),
        "known_scopes": ",".join(app.scopes),
        "default_scopes": ",".join(app.default_scopes),
        "extra_params": "\n".join(f"{name}={value}" for name, value in app.extra_params.items()),
        "expired_errors": ",".join(app.expired_errors),
        "kept_values": "\n".join(app.kept_values),
    }


def lacks(app: AppDetail) -> str:
    """What must be filled in before anybody can connect; "" when nothing."""
    needed = {
        "the client ID": app.client_id,
        "the client secret": app.secret_hint or app.client_auth == "none",
        "the authorization URL": app.authorize_url,
        "the token URL": app.token_url,
    }
    missing = [words for words, there in needed.items() if not there]
    if not missing:
        return ""
    *some, last = missing
    return f"{', '.join(some)} and {last}" if some else last


def registration(data: object) -> dict[str, object]:
    """The client ID, and the secret when one was entered: an empty field keeps the former."""
    form = form_of(data)
    secret = form.get("client_secret")
    given = _changes({"client_id": form.get("client_id", "")})
    return given | ({"client_secret": str(secret)} if secret else {})


def entry(data: object) -> dict[str, object]:
    """What tenants read, and the addresses."""
    form = form_of(data)
    return _changes({name: form.get(name, "") for name in _ENTRY})


def scopes(data: object) -> dict[str, object]:
    """Scopes with their descriptions, one a line, and those that are asked for when nobody chooses."""
    form = form_of(data)
    found: dict[str, str] = {}
    for line in _lines(form.get("scopes")):
        scope, _, words = line.partition(" ")
        found[scope] = words.strip()
    return _changes({"scopes": found, "default_scopes": read_words(form.get("default_scopes"))})


def quirks(data: object) -> dict[str, object]:
    """What this provider does in its own way."""
    form = form_of(data)
    given: dict[str, object] = {name: form[name] for name in _QUIRKS if name in form}
    with refusals() as refused:
        given |= {
            "pkce": is_on(form.get("pkce")),
            "extra_params": refused.part(lambda: _parameters(form.get("extra_params")), {}),
            "expired_errors": read_words(form.get("expired_errors")),
            "kept_values": _lines(form.get("kept_values")),
        }
        return _changes(given)


def _parameters(text: object) -> dict[str, str]:
    params: dict[str, str] = {}
    for line in _lines(text):
        name, sign, value = line.partition("=")
        if not sign:
            raise Invalid.field("extra_params", "must be lines of the form name=value")
        params[name.strip()] = value.strip()
    return params


PARTS: dict[str, Callable[[object], dict[str, object]]] = {
    "registration": registration,
    "entry": entry,
    "scopes": scopes,
    "quirks": quirks,
}
"""What each form of an app's page sends, as settings by their names."""


FIELDS: dict[str, tuple[str, ...]] = {
    "registration": ("client_id", "client_secret"),
    "entry": _ENTRY,
    "scopes": ("scopes", "known_scopes", "default_scopes"),
    "quirks": (*_QUIRKS, "pkce", "extra_params", "expired_errors", "kept_values"),
}
"""The fields of each form."""


def _changes(given: Mapping[str, object]) -> dict[str, object]:
    return read(AppPatch, given).model_dump(mode="json", exclude_unset=True)


def _lines(text: object) -> list[str]:
    lines = (line.strip() for line in str(text or "").splitlines()[:_MOST_LINES])
    return [line for line in lines if line]
