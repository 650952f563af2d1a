"""The account behind a connection as forms show it: fields that the provider declares."""

from collections.abc import Mapping
from dataclasses import dataclass

import reflex as rx

from hub_app.crm.schemas.integrations import ProviderOut
from hub_app.kernel.errors import FieldError
from hub_app.kernel.validation import Refusals
from hub_app.ui.inputs import form_of

PREFIX = "auth_config."
DIRECTIONS = {
    "import_only": "Import only: nothing is changed there",
    "bidirectional": "Both ways: changes made here are written there, too",
    "export_only": "Export only: nothing is read into Hub",
}


@dataclass(frozen=True)
class AccountField:
    """What the CRM asks for. A secret shows a `hint` of what is kept, and its field starts empty."""

    name: str
    label: str
    text: str
    is_secret: bool
    is_optional: bool
    value: str
    default: str
    hint: str
    is_advanced: bool


class AccountFieldsState(rx.State, mixin=True):
    """What a form asks for of an account. `folds`: some of it most people leave as it is."""

    fields: rx.Field[list[AccountField]] = rx.field(default_factory=list)
    folds: bool = False

    def _ask_for(self, fields: list[AccountField]) -> None:
        self.fields, self.folds = fields, any(one.is_advanced for one in fields)


WAYS = {
    "oauth2": "Allow Hub in your browser (OAuth)",
    "api_key": "Enter a token",
    "basic_auth": "Enter a user name and password",
    "file": "Import exported files, without the API",
}


def ways_of(provider: ProviderOut) -> list[tuple[str, str]]:
    """The ways to connect the CRM here: by OAuth only once the operator has set it up."""
    return [(one, WAYS[one]) for one in provider.auth_types if one != "oauth2" or provider.auth_url]


def account_fields(
    provider: ProviderOut,
    auth_type: str,
    settings: Mapping[str, str] | None = None,
    hints: Mapping[str, str] | None = None,
) -> list[AccountField]:
    """The fields of an account that is connected in this way: for a new one with their defaults, else with what is kept."""
    is_new = settings is None
    known, hints = settings or {}, hints or {}
    return [
        AccountField(
            name=f"{PREFIX}{one.key}",
            label=one.label,
            text=one.help,
            is_secret=one.secret,
            is_optional=one.optional or bool(one.secret and hints.get(one.key)),
            value="" if one.secret else known.get(one.key, one.default if is_new else ""),
            default=one.default,
            hint=hints.get(one.key, ""),
            is_advanced=one.advanced,
        )
        for one in provider.fields
        if auth_type in one.auth_types
    ]


def entered_account(data: object, fields: list[AccountField]) -> dict[str, str]:
    """What a form holds of an account, by the provider's keys. A field that was emptied has its default again; a secret that was
    left empty stays as it is.
    """
    form = form_of(data)
    found = {one: str(form.get(one.name, "")).strip() or one.default for one in fields}
    return {one.name.removeprefix(PREFIX): text for one, text in found.items() if text}


def require_entered(refused: Refusals, data: object, fields: list[AccountField]) -> None:
    """Refuse each field that must be filled in and is not."""
    form = form_of(data)
    for one in fields:
        if not (one.is_optional or one.default or str(form.get(one.name, "")).strip()):
            refused.add(one.name, "is required")


def directions_of(provider: ProviderOut) -> list[tuple[str, str]]:
    """The directions in which the CRM lets itself be kept in step."""
    return [
        (name, words)
        for name, words in DIRECTIONS.items()
        if name == "import_only" or provider.capabilities["write"]
    ]


def field_of(error: FieldError) -> str:
    """The form's field for a part of a connection that was refused."""
    return error.field.removeprefix("sync_config.")


def listed(things: list[str]) -> str:
    """`clients, projects and invoices`."""
    return " and ".join([", ".join(things[:-1]), things[-1]] if len(things) > 1 else things)


def abilities(provider: ProviderOut) -> str:
    """What Hub can do with a CRM, in sentences."""
    can = provider.capabilities
    kinds = listed(provider.supported_features)
    said = [f"Imports {kinds}." if can["read"] else f"Has no API: imports {kinds} from exported files."]
    if can["write"]:
        said.append("Writes changes back.")
    if can["read"] and can["incremental"]:
        said.append("Reads only what has changed.")
    if can["leads"]:
        said.append("Takes clients as new leads.")
    if can["webhooks_in"]:
        said.append("Its hooks start a sync.")
    return " ".join(said)
