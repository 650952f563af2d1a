"""The account behind the connection: what was entered, kept sealed, and opened for calls alone."""

from collections.abc import Mapping, MutableMapping

import orjson

from hub_app.kernel import pinned
from hub_app.kernel.errors import FieldError, Invalid
from hub_app.kernel.settings import get_settings
from hub_app.kernel.vault import hint, open_field, seal_field
from hub_app.psa import providers
from hub_app.psa.provider import Account, Provider
from hub_app.psa.provider.hosts import host_of, origin
from hub_app.psa.tables import PsaConnection

_COLUMNS = ("site_url", "company_id")
NAMED_HINTS = ("public_key", "private_key", "client_id")


def provider_of(provider_id: str) -> Provider:
    """Invalid, naming `provider`, for one that there is not."""
    found = providers.every().get(provider_id)
    if found is None:
        said = f"Unsupported PSA provider: {provider_id}"
        raise Invalid([FieldError("provider", said)], said)
    return found


def check_entered(
    provider: Provider, entered: Mapping[str, str], *, known: Mapping[str, str] | None = None
) -> None:
    """Invalid, naming each field that is not asked for, is too long, or is asked for and has no value here or in what is `known`."""
    asked = {one.key: one for one in provider.fields}
    errors = [FieldError(key, f"is not a field of {provider.name}") for key in entered if key not in asked]
    for one in asked.values():
        given = entered.get(one.key, (known or {}).get(one.key, one.default))
        if not given and not one.optional:
            errors.append(FieldError(one.key, "is required"))
        elif len(given) > one.longest:
            errors.append(FieldError(one.key, f"must have at most {one.longest} characters"))
        elif not given.isprintable():
            errors.append(FieldError(one.key, "must be one line, without control characters"))
    if errors:
        raise Invalid(errors)


def check_secrets_stay(provider: Provider, row: PsaConnection, entered: Mapping[str, str]) -> None:
    """Invalid, naming each secret that would go to another host than the one it was given for."""
    given = entered.get("site_url")
    if given is None or not pinned.leaves([_url(row.site_url)], [_url(given)]):
        return
    missing = [one for one in provider.fields if one.secret and not entered.get(one.key) and not one.optional]
    if missing:
        why = "must be entered again, because the site has changed"
        raise Invalid([FieldError(one.key, why) for one in missing])


def _url(site: str) -> str:
    return origin(site, host_of(site), get_settings().psa_allowed_hosts)


def put(row: PsaConnection, provider: Provider, entered: Mapping[str, str]) -> None:
    """Keep what was entered: secrets sealed, with a hint of each. What is not given stays."""
    for one in _COLUMNS:
        if one in entered:
            setattr(row, one, entered[one])
    plain = {
        key: text for key, text in entered.items() if key not in provider.secrets and key not in _COLUMNS
    }
    row.settings = row.settings | plain
    given = {key: text for key, text in entered.items() if key in provider.secrets and text}
    if given:
        seal_field(row, "secrets", orjson.dumps(secrets_of(row) | given).decode())
        row.hints = row.hints | {key: hint(text) for key, text in given.items()}


def secrets_of(row: PsaConnection) -> dict[str, str]:
    return orjson.loads(open_field(row, "secrets")) if row.secrets else {}


def settings_of(row: PsaConnection, provider: Provider) -> dict[str, str]:
    """What is no secret, with the defaults of what was not entered."""
    defaults = {one.key: one.default for one in provider.fields if not one.secret}
    return {**defaults, **row.settings, "site_url": row.site_url, "company_id": row.company_id}


def account_of(
    provider: Provider,
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
    *,
    memory: MutableMapping[str, str],
    patience: float,
) -> Account:
    """What is called with this."""
    own = get_settings()
    return Account(
        settings=settings,
        secrets=secrets,
        allowed_hosts=own.psa_allowed_hosts,
        api_version=own.psa_api_versions.get(provider.id, provider.api_version),
        memory=memory,
        patience=patience,
    )
