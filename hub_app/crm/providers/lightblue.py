"""Light Blue, through the pages that its users sign in to: it has no API that reads. All selectors are settings."""

from collections.abc import Mapping

from pydantic import JsonValue

from hub_app.apiclient.call import Credential
from hub_app.apiclient.errors import ApiError
from hub_app.crm.provider import Account, Asked, Capabilities, CsvPreset, Feature, Provider, default_mappings
from hub_app.crm.provider.leads import LeadSource, names_of
from hub_app.sync.provider.calls import Calls, Ready
from hub_app.sync.provider.pages.declared import PageResource, SignIn
from hub_app.sync.provider.pages.session import Session
from hub_app.sync.provider.pages.source import PagesSource
from hub_app.sync.provider.source import Payload, Resource, SourceField

_BASE = "https://online.lightbluesoftware.com"
# By the key of its setting: what it is called there, and the selector, path or name that it is unless somebody says otherwise.
_SITE: dict[str, tuple[str, str]] = {
    "base_url": ("Address", _BASE),
    "login_path": ("Path of the sign-in page", "/login"),
    "login_form": ("Sign-in form", "form#login"),
    "login_user_field": ("Name of its user field", "username"),
    "login_password_field": ("Name of its password field", "password"),
    "account_path": ("Path of a page with the studio's name", "/account"),
    "account_name": ("Studio's name", ".studio-name"),
}
_LISTS: dict[Feature, dict[str, tuple[str, str]]] = {
    "clients": {
        "clients_path": ("Clients: path of the list", "/clients"),
        "clients_row": ("Clients: row", "table.clients tbody tr"),
        "clients_link": ("Clients: link in the row", "td.name a"),
        "clients_next": ("Clients: link to the next page", "a[rel=next]"),
        "clients_empty": ("Clients: words of an empty list", ".no-records"),
    },
    "projects": {
        "projects_path": ("Projects: path of the list", "/projects"),
        "projects_row": ("Projects: row", "table.projects tbody tr"),
        "projects_link": ("Projects: link in the row", "td.title a"),
        "projects_next": ("Projects: link to the next page", "a[rel=next]"),
        "projects_empty": ("Projects: words of an empty list", ".no-records"),
    },
}
_FIELDS: dict[Feature, dict[str, tuple[str, str]]] = {
    "clients": {
        "name": ("Name", "h1.contact-name"),
        "first_name": ("First name", "dd.first-name"),
        "last_name": ("Last name", "dd.last-name"),
        "email": ("Email", "dd.email a"),
        "phone": ("Phone", "dd.phone"),
        "company": ("Company", "dd.company"),
        "address": ("Address", "dd.address"),
        "lead_source": ("Lead source", "dd.source"),
        "notes": ("Notes", "section.notes .text"),
    },
    "projects": {
        "name": ("Name", "h1.shoot-title"),
        "client": ("Link to the client", "dd.client a::href"),
        "type": ("Type", "dd.type"),
        "status": ("Status", "dd.status"),
        "event_date": ("Date", "dd.date"),
        "venue": ("Venue", "dd.venue"),
        "value": ("Value", "dd.value"),
        "notes": ("Notes", "section.notes .text"),
    },
}
_TYPES = {
    "email": "email",
    "phone": "phone",
    "address": "multiline",
    "notes": "multiline",
    "event_date": "date",
    "value": "money",
}
SETTINGS: dict[str, tuple[str, str]] = {
    **_SITE,
    **{key: one for of in _LISTS.values() for key, one in of.items()},
    **{
        f"{feature}_{name}_field": (f"{feature.capitalize()}: {label.lower()}", selector)
        for feature, of in _FIELDS.items()
        for name, (label, selector) in of.items()
    },
}


def _project(values: Mapping[str, JsonValue]) -> Payload:
    """A link to the client becomes the client's id."""
    link = values.get("client")
    client = str(link).partition("?")[0].rstrip("/").rpartition("/")[2] if link else None
    return {**values, "client": client}


def _resource(feature: Feature, given: Mapping[str, str]) -> PageResource:
    def set_to(key: str) -> str:
        return given.get(key) or SETTINGS[key][1]

    fields = [
        SourceField(name, label, _TYPES.get(name, "text")) for name, (label, _) in _FIELDS[feature].items()
    ]
    parts = {"row": "row", "link": "link", "following": "next", "empty": "empty"}
    return PageResource(
        resource=Resource(name=feature, gets=True, fields=fields),
        path=set_to(f"{feature}_path"),
        row=set_to(f"{feature}_row"),
        link=set_to(f"{feature}_link"),
        following=set_to(f"{feature}_next"),
        empty=set_to(f"{feature}_empty"),
        fields={name: set_to(f"{feature}_{name}_field") for name in _FIELDS[feature]},
        needed="name",
        prepare=_project if feature == "projects" else dict,
        labels={part: f"{feature}_{key}" for part, key in parts.items()}
        | {name: f"{feature}_{name}_field" for name in _FIELDS[feature]},
    )


_FORM_API, _FORM_CHECK = "/api.php", "/apiCheck.php"
_TAKEN, _TWICE = "0", "-4"
_SOURCE = "Hub"


class _Enquiries(LeadSource):
    """The API of its contact form. It knows an enquiry by its ID and source, and answers in plain text: a code, and a sentence."""

    refuses_twice = True

    def __init__(self, account: Account, ready: Ready) -> None:
        self._calls = Calls(account.settings.get("base_url") or _BASE, ready)
        self._key = account.secrets["enquiry_key"]

    async def probe(self) -> str:
        code, said = _answer(await self._calls.send_form(_FORM_CHECK, {"Key": self._key}))
        if code != _TAKEN:
            raise ApiError("auth", f"Light Blue does not take the key of the contact form: {said}")
        return ""

    async def push(self, values: Mapping[str, str], reference: str) -> None:
        first, last = names_of(values)
        fields = {
            "key": self._key,
            "type": "contact form",
            "ContactNameFirst": first,
            "ContactNameLast": last,
            "ContactEmail": values.get("email", ""),
            "ContactPhoneMobile": values.get("phone", ""),
            "Message": values.get("notes", ""),
            "Source": _SOURCE,
            "ID": reference,
        }
        answer = await self._calls.send_form(_FORM_API, {key: one for key, one in fields.items() if one})
        code, said = _answer(answer)
        if code not in {_TAKEN, _TWICE}:
            raise ApiError("params", f"Light Blue did not take the enquiry: {said} ({code})")


def _answer(text: JsonValue) -> tuple[str, str]:
    lines = str(text).split(maxsplit=1)
    return (lines[0], lines[1].strip()[:200] if len(lines) > 1 else "") if lines else ("", "")


def _credential(account: Account) -> Credential:
    return Credential(texts=tuple(account.secrets.values()))


def _source(account: Account, ready: Ready) -> PagesSource:
    def set_to(key: str) -> str:
        return account.settings.get(key) or SETTINGS[key][1]

    sign_in = SignIn(
        set_to("login_path"), set_to("login_form"), set_to("login_user_field"), set_to("login_password_field")
    )
    session = Session(
        set_to("base_url"), ready, sign_in, account.settings["username"], account.secrets["password"]
    )
    return PagesSource(
        session,
        [_resource(feature, account.settings) for feature in _FIELDS],
        account=(set_to("account_path"), set_to("account_name")),
    )


PROVIDER = Provider(
    id="lightblue",
    name="Light Blue",
    description="Studio management for photographers: contacts and shoots.",
    auth_type="basic_auth",
    features=("clients", "projects"),
    capabilities=Capabilities(read=True, leads=True),
    popularity_rank=3,
    requires_scraping=True,
    fields=(
        Asked("username", "User name", "Hub signs in as this user and reads the pages that they see."),
        Asked("password", "Password", secret=True),
        Asked(
            "enquiry_key",
            "Key of the contact form",
            "Light Blue shows it under Contact form API. With it, clients can be sent there as enquiries.",
            secret=True,
            optional=True,
        ),
        *(
            Asked(key, label, optional=True, default=default, advanced=key != "base_url")
            for key, (label, default) in SETTINGS.items()
        ),
    ),
    requests_per_minute=30,
    requests_per_hour=500,
    limits=(
        "Light Blue has no API that reads: Hub reads its pages, one for each record, and no faster than 30 a minute.",
        "When its pages change, a sync stops and says which selector finds nothing. Nothing is taken for deleted then.",
        "Every sync reads everything: its pages do not tell what has changed.",
        "Nothing can be changed there. With the key of its contact form, clients can be sent there as new enquiries, each once.",
    ),
    mappings={
        feature: default_mappings(feature, {name: name for name in fields})
        for feature, fields in _FIELDS.items()
    },
    presets=(
        CsvPreset(
            "clients",
            {"First Name": "first_name", "Last Name": "last_name", "Email": "email", "Phone": "phone"}
            | {"Company": "company"},
        ),
    ),
    source=_source,
    credential=_credential,
    leads=_Enquiries,
    lead_key="enquiry_key",
)
