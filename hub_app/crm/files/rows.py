"""What a row says of a client or a project: standard fields, people and addresses. Pure."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from hub_app.crm.fields import Feature
from hub_app.crm.people import Household, Person, addresses, beside_addresses, household_of

Fields = dict[str, JsonValue]
NAMES = frozenset({"name", "first_name", "last_name", "people"})
_EMAILS = frozenset({"email", "secondary_email", "people"})
_PHONES = frozenset({"phone", "mobile", "people"})
_PARTNER = frozenset(
    {"partner_name", "partner_first_name", "partner_last_name", "partner_email", "partner_phone"}
)
_STREET = ("street", "street_2")
_PLACE = ("city", "region", "postcode")
_ADDRESS = frozenset({"address", *_STREET, *_PLACE, "country"})
OF_PEOPLE = NAMES | _EMAILS | _PHONES | _PARTNER | {"company"}
READ_HERE = OF_PEOPLE | _ADDRESS | {"external_id", "client_email"}
"""What is made into fields here. Other columns feed a field by themselves."""
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class Told:
    """A row. `external_id` is "" where nothing in it tells it apart from others. `lost` is what of its cells is in no field, by the
    field that they are for.
    """

    external_id: str
    fields: Fields
    lost: Mapping[str, str] = field(default_factory=dict[str, str])


def client(said: Mapping[str, str], values: Mapping[str, JsonValue], salt: str) -> Told:
    """A client by its cells, whose keys are those of targets, and by the fields that were read from others. A cell that is not
    there says nothing, and one that is empty says that there is no such thing.
    """
    fields = {**values, **_of_people(said), **_address(said)}
    email, name, date = (str(fields.get(key) or "") for key in ("email", "name", "event_date"))
    own = said.get("external_id", "").strip()
    phone = "".join(filter(str.isdigit, str(fields.get("phone") or "")))
    if own:
        found = own[:200]
    elif "@" in email:
        found = client_id(email, salt)
    elif name:
        found = _digest(salt, "name", " ".join(name.split()).casefold(), date)
    else:
        found = _digest(salt, "phone", phone) if phone else ""
    return Told(found, fields, _lost(said))


def project(said: Mapping[str, str], values: Mapping[str, JsonValue], salt: str) -> Told:
    """A project. Its client is the one whose e-mail address it has."""
    fields = {**values}
    if "name" in said:
        fields["name"] = said["name"].strip() or None
    email = next(iter(addresses(said.get("client_email", ""))), "")
    if "client_email" in said:
        fields["client"] = client_id(email, salt) if email else None
    own, name = said.get("external_id", "").strip(), str(fields.get("name") or "")
    if own:
        return Told(own[:200], fields)
    date = str(fields.get("event_date") or "")
    parts = ("project", " ".join(name.split()).casefold(), date, email.casefold())
    return Told(_digest(salt, *parts) if name else "", fields)


READERS: Mapping[Feature, Callable[[Mapping[str, str], Mapping[str, JsonValue], str], Told]] = {
    "clients": client,
    "projects": project,
}
"""By what a file may have."""


def client_id(email: str, salt: str) -> str:
    """What a client is called by of whom nothing but the address tells who it is."""
    return _digest(salt, "email", email.strip().casefold())


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_DIGEST]


def _lost(said: Mapping[str, str]) -> dict[str, str]:
    """What stands in the cells of e-mail addresses beside them."""
    has_address = addresses(said.get("email", ""), said.get("secondary_email", ""))
    found = {
        "email": beside_addresses(said, *(["email"] if has_address else []), "secondary_email"),
        "people": beside_addresses(said, "partner_email"),
    }
    return {key: text for key, text in found.items() if text}


def _of_people(said: Mapping[str, str]) -> Fields:
    if not OF_PEOPLE & said.keys():
        return {}
    household = household_of(said)
    first = household.people[0] if household.people else Person()
    if not household.is_sure and not (said.get("first_name") and said.get("last_name")):
        # Nobody is guessed: the name stays as it was written, and a person takes it apart.
        first = Person(emails=first.emails, phones=first.phones)
    fields: Fields = {}
    if NAMES & said.keys():
        fields["name"] = _name(household, said)
        fields |= {"first_name": first.first_name or None, "last_name": first.last_name or None}
    if _EMAILS & said.keys():
        # What is no address is kept as it is, for the mapping to warn of it: nothing is dropped without a word.
        fields["email"] = next(iter(first.emails), None) or said.get("email", "").strip() or None
    if _PHONES & said.keys():
        fields["phone"] = next(iter(first.phones), None)
    if household.company or "company" in said:
        fields["company"] = household.company or None
    fields["people"] = _people(household) or None
    return fields


def _name(household: Household, said: Mapping[str, str]) -> str | None:
    if household.is_sure and household.name:
        return household.name
    written = (said.get("people") or said.get("name") or "").strip()
    parts = " ".join(filter(None, (said.get("first_name", "").strip(), said.get("last_name", "").strip())))
    return written or parts or household.name or household.company or None


def _people(household: Household) -> list[JsonValue]:
    return [
        {
            name: value
            for name, value in (
                ("name", one.name),
                ("first_name", one.first_name if household.is_sure else ""),
                ("last_name", one.last_name if household.is_sure else ""),
                ("role", one.role),
                ("emails", list[JsonValue](one.emails)),
                ("phones", list[JsonValue](one.phones)),
            )
            if value
        }
        for one in household.people
        if one.name or one.emails or one.phones
    ]


def _address(said: Mapping[str, str]) -> Fields:
    if not _ADDRESS & said.keys():
        return {}
    cells = {key: said.get(key, "").strip() for key in _ADDRESS}
    place = " ".join(filter(None, (cells[key] for key in _PLACE)))
    lines = [*(cells[key] for key in _STREET), place, cells["country"]]
    return {"address": cells["address"] or "\n".join(filter(None, lines)) or None}
