"""A studio of ten years, made up from a seed: contacts in many scripts, jobs, orders, payments, and what they refer to."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from pydantic import JsonValue

from tests.peers.tave import store
from tests.peers.tave.phones import phone
from tests.peers.tave.store import Collection, Document

# The day on which the made-up studio stands still: long enough ago that whatever is done to it is newer.
TODAY = datetime(2024, 11, 1, 12, tzinfo=UTC)
_FIRST = (
    *("Sarah", "Mike", "Zoë", "José", "Łukasz", "Anaïs", "Jürgen", "Siobhán", "Nguyễn", "Øystein", "Oliver"),
    *("Άννα", "Дмитрий", "محمد", "שרה", "आरती", "美咲", "지우", "ธนา", "Ester", "Mary Ann", "D'Arcy"),
)
_LAST = (
    *("Chen", "O'Brien", "van der Berg", "de la Cruz", "Müller-Lüdenscheidt", "Ångström", "Smith", "García"),
    *(
        "Παπαδοπούλου",
        "Иванов",
        "الحسن",
        "כהן",
        "शर्मा",
        "山田",
        "김",
        "ศรีสุข",
        "Novák",
        "St. John",
        "Ó Dálaigh",
    ),
)
_COMPANIES = ("Blumen & Söhne GmbH", "Hearts Catering Ltd", "Café Zürich", "花工房", "Quartet “Allegro”")
_VENUES = ("The Old Mill", "Château d'Aix", "Gasthof Löwen", "Riad Yasmine", "大正庭園")
_KINDS = (
    *("TextField", "TextBox", "DropDown", "Number", "Decimal", "Money", "Date", "Time", "Checkbox"),
    *("TextField", "TextField", "DropDown", "Checkbox", "Date", "TextBox", "Number", "Money", "TextField"),
    *("TextField", "TextField", "DropDown", "TextField", "Date", "Checkbox", "TextField"),
)
_CHOICES = ("Church", "Beach", "City hall", "Garden")
_STAGES = ("lead", "booked", "fulfillment", "completed")
_NAMED = {
    store.LEAD_SOURCE: ("Instagram", "Google", "Word of mouth", "Wedding fair", "Vendor referral"),
    store.LEAD_STATUS: ("New inquiry", "Meeting planned", "Quote sent", "Gone quiet"),
    store.JOB_TYPE: ("Wedding", "Engagement", "Family", "Business portrait"),
    store.EVENT_TYPE: ("Wedding day", "Meeting", "Call"),
    store.JOB_ROLE: ("Bride", "Groom", "Client"),
}
# Of each twelve contacts: ten people, a company, a location; one contact in all is an employee.
_DOZEN = 12


class Maker:
    """Fills collections. The same seed makes the same studio."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - made-up data
        self.collections = {path: Collection() for path in store.PATHS}
        self._fields: dict[str, list[Document]] = {"Contact": [], "Job": []}
        chance = self._chance
        self._kinds: dict[str, Callable[[], str]] = {
            "Number": lambda: str(chance.randrange(500)),
            "Decimal": lambda: f"{chance.random() * 100:.2f}",
            "Money": lambda: str(chance.randrange(500_000)),
            "Date": lambda: self._day(-800, 800),
            "Time": lambda: f"{chance.randrange(24):02}:30:00",
            "Checkbox": lambda: chance.choice(("0", "1")),
            "DropDown": lambda: chance.choice(_CHOICES),
            "TextBox": lambda: "First line\nSecond line",
        }

    def studio(self, contacts: int, jobs: int) -> dict[str, Collection]:
        self._references()
        made = (self._contact(number) for number in range(contacts))
        # Of a hundred thousand contacts no more is kept than jobs need.
        persons: list[Document] = [
            {"id": one["id"], "firstName": one["firstName"]}
            for one in made
            if one["kind"] == "person" and not one["hidden"]
        ]
        for number in range(jobs if persons else 0):
            self._job(number, persons)
        return self.collections

    def _references(self) -> None:
        for path, names in _NAMED.items():
            for name in names:
                self._add(path, {"name": name})
        for applies in ("Contact", "Job"):
            for number, kind in enumerate(_KINDS):
                made = self._add(store.CUSTOM_FIELD, {**_custom_field(number, kind), "canApplyTo": applies})
                self._fields[applies].append(made)

    def _contact(self, number: int) -> Document:
        place = number % _DOZEN
        kind = {10: "company", 11: "location"}.get(place, "employee" if number == _DOZEN - 3 else "person")
        given = self._person(number) if kind in {"person", "employee"} else self._company(kind)
        document: Document = {
            **given,
            "kind": kind,
            "hidden": number % 25 == 24,
            "address": self._address(),
            "customFields": self._values("Contact"),
            "externalMappings": None,
            "pinned": False,
        }
        if number % 7 == 3:
            document["notes"] = [{"contentHtml": "<p>Likes the evening light.</p>", "id": self._id()}]
        return self._add(store.ADDRESS_BOOK, document)

    def _person(self, number: int) -> Document:
        first, last = self._chance.choice(_FIRST), self._chance.choice(_LAST)
        shared = number % 20 == 19
        email: JsonValue = f"client{number // 20 if shared else number}@example.com"
        if number % 40 == 39:
            email = str(email).upper()
        return {
            "firstName": first,
            "lastName": last,
            "maidenName": None,
            "name": f"{first} {last}",
            "salutation": self._chance.choice(("mr", "mrs", "dr", None)),
            "email": None if number % 15 == 14 else email,
            "secondaryEmail": None,
            "cellPhone": phone({"e164": f"+49151{self._chance.randrange(10**7, 10**8)}"}),
            "homePhone": None,
            "workPhone": None,
            "companyName": None,
            "jobTitle": None,
            "birthdate": self._day(-20_000, -7_000),
            "anniversary": None,
            "gender": None,
            "mailingAddress": None,
            "contactPreference": "email",
            "previousClient": number % 3 == 0,
            "accountBalance": 0,
            "totalRevenue": self._chance.randrange(0, 900_000),
        }

    def _company(self, kind: str) -> Document:
        names = _VENUES if kind == "location" else _COMPANIES
        return {"name": self._chance.choice(names), "phone": phone({"e164": "+18005608283"}), "email": None}

    def _address(self) -> JsonValue:
        return {
            "name": None,
            "streetAddress": f"{self._chance.randrange(1, 200)} Rue de l'Église",
            "city": self._chance.choice(("Zürich", "Cork", "京都", "Aix")),
            "state": None,
            "postalCode": str(self._chance.randrange(10_000, 99_999)),
            "country": self._chance.choice(("CH", "IE", "JP", "FR")),
        }

    def _values(self, applies: str) -> list[JsonValue]:
        return [
            {"id": self._id(), "fieldId": one["id"], "value": self._value(str(one["kind"]))}
            for one in self._fields[applies]
        ]

    def _value(self, kind: str) -> JsonValue:
        if self._chance.random() < 0.1:
            return None
        made = self._kinds.get(kind)
        return self._chance.choice(_VENUES) if made is None else made()

    def _job(self, number: int, persons: Sequence[Document]) -> None:
        couple = [persons[2 * number % len(persons)], persons[(2 * number + 1) % len(persons)]]
        total = self._chance.randrange(80_000, 900_000)
        job = self._add(store.JOB, {**self._job_fields(number, couple, total)})
        # Of every fourth job the couple is one person, as is that of a studio with one person.
        for person in couple[: 1 if number % 4 == 3 or len(persons) == 1 else 2]:
            shown: Document = {"jobId": job["id"], "contactId": person["id"], "client": True}
            self._add(store.JOB_CONTACT, {**shown, "jobRoles": [], "roleKinds": ["client"]})
        self._add(store.EVENT, self._event(job))
        if job["stage"] != "lead":
            self._order(job, couple[0], total)

    def _job_fields(self, number: int, couple: Sequence[Document], total: int) -> Document:
        day = self._day(-3_000, 600)
        kind, source, status = (
            self._one(path) for path in (store.JOB_TYPE, store.LEAD_SOURCE, store.LEAD_STATUS)
        )
        title = " & ".join(str(one["firstName"]) for one in couple)
        return {
            "name": None,
            "title": f"{title}, {kind['name']}",
            "stage": _STAGES[number % len(_STAGES)],
            "closed": number % 10 == 9,
            "eventDate": day,
            "bookingDate": self._day(-3_300, -100),
            "inquiryDate": self._day(-3_400, -200),
            "completedDate": None,
            "guestCount": self._chance.randrange(2, 250),
            "jobTypeId": kind["id"],
            "jobTypeName": kind["name"],
            "leadSourceId": source["id"],
            "leadSourceName": source["name"],
            "leadStatusId": status["id"],
            "leadStatusName": status["name"],
            "leadNotes": "Met at the fair." if number % 3 == 0 else None,
            "totalRevenue": total,
            "accountBalance": total // 2,
            "customFields": self._values("Job"),
            "externalMappings": None,
            "webLead": False,
        }

    def _event(self, job: Document) -> Document:
        day = job["eventDate"]
        return {
            "jobId": job["id"],
            "name": job["title"],
            "typeId": self._one(store.EVENT_TYPE)["id"],
            "allDay": False,
            "channel": "InPerson",
            "confirmed": True,
            "startDate": day,
            "startTime": "14:00:00",
            "startUtc": f"{day}T12:00:00+00:00",
            "endDate": day,
            "endTime": "23:00:00",
            "endUtc": f"{day}T21:00:00+00:00",
            "location": {"id": None, "address": {"name": self._chance.choice(_VENUES), "city": "Cork"}},
            "hidden": False,
            "externalMappings": None,
        }

    def _order(self, job: Document, payer: Document, total: int) -> None:
        number = 1000 + len(self.collections[store.ORDER].rows)
        order_id = self._id()
        invoice: Document = {
            "id": self._id(),
            "status": "open",
            "customNumber": str(number),
            "orderId": order_id,
            "dueDate": self._day(-300, 300),
            "recipientId": payer["id"],
            "total": total,
        }
        order = self._add(
            store.ORDER,
            {
                "id": order_id,
                "jobId": job["id"],
                "recipientId": payer["id"],
                "customNumber": str(number),
                "title": f"Order {number}",
                "name": None,
                "status": "open",
                "bookedOn": job["bookingDate"],
                "total": total,
                "balance": total // 2,
                "lineItems": [],
                "paymentAllocations": [],
                "invoices": [invoice],
                "hidden": False,
            },
        )
        paid: Document = {"jobId": job["id"], "payerId": payer["id"], "status": "posted"}
        self._add(store.PAYMENT, {**paid, "amount": total - total // 2, "received": order["bookedOn"]})

    def _add(self, path: str, given: Document) -> Document:
        born = TODAY - timedelta(seconds=self._chance.randrange(86_400, 300_000_000))
        changed = born + timedelta(seconds=self._chance.randrange(0, 86_400))
        document_id = str(given.get("id") or store.ulid(born, self._chance))
        document: Document = {
            "links": {"self": {"href": f"https://tave.io/v2{path}/{document_id}"}},
            "hidden": False,
            **given,
            "id": document_id,
            "created": store.stamp(born),
            "modified": store.stamp(changed),
        }
        self.collections[path].put(store.row_of(document))
        return document

    def _one(self, path: str) -> Document:
        return self._chance.choice(list(self.collections[path].rows.values())).document()

    def _id(self) -> str:
        return store.ulid(TODAY, self._chance)

    def _day(self, least: int, most: int) -> str:
        return date.fromordinal(TODAY.toordinal() + self._chance.randrange(least, most)).isoformat()


def _custom_field(number: int, kind: str) -> Document:
    return {
        "name": f"{kind} {number + 1}",
        "kind": kind,
        "clientAccess": "None",
        "clientLabel": None,
        "choices": list(_CHOICES) if kind == "DropDown" else None,
        "token": f"field_{number + 1}",
    }
