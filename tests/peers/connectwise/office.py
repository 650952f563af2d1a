"""What a managed-service provider has in its ConnectWise: boards with statuses of their own, companies, members, tickets, devices."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
COMPANY_ID, PUBLIC_KEY, PRIVATE_KEY = "northwind", "kP4xTq8sLw2ZrB9v", "Yc7Jm3Vd6Hn1Gf5t"
CLIENT_ID = "5f0c8f0e-3d53-4a0b-9a3e-7d2c41b6e901"
_BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)
_BOARDS = ("Help Desk", "Projects and Changes", "Monitoring")
_STATUSES = (
    ("New", False),
    ("In progress", False),
    ("Waiting on customer", False),
    ("Scheduled", False),
    ("Completed", True),
    ("Closed", True),
)
_COMPANIES = (
    "Northwind Dental",
    "Contoso Legal",
    "Fabrikam Logistics",
    "Tailspin Veterinary",
    "Wide World Importers",
    "O'Brien & Sons",
    "Müller Optik GmbH",
    "Adatum Accounting",
    "Litware Clinics",
    "Proseware Estates",
)
_MEMBERS = (
    # identifier, first name, last name, primary, office, license, inactive
    ("amoreau", "Alice", "Moreau", "alice@acme.example", "", "F", False),
    ("enovak", "Erin", "Novak", "", "Erin@Acme.example", "F", False),
    ("abrandt", "Adam", "Brandt", "a.brandt@acme-support.example", "", "F", False),
    ("jsmith1", "John", "Smith", "john.smith@acme-support.example", "", "F", False),
    ("jsmith2", "John", "Smith", "j.smith@acme-support.example", "", "F", False),
    ("tgone", "Tom", "Gone", "tom@acme.example", "", "F", True),
    ("hubapi", "Hub", "Integration", "", "", "A", False),
)
_TROUBLES = (
    "Printer offline at front desk",
    "Outlook asks for the password again and again",
    "Laptop does not start after the update",
    "New employee: account, mailbox, phone",
    "Wi-Fi slow in the treatment rooms",
    "Shared drive full",
    "Backup of SRV-01 failed",
    "VPN breaks off every hour",
    "Scanner sends no e-mail",
    "Invoice program shows an error 0x80070035",
    'Monitor 24" flickers',
    "Disk at 95 % on SRV-02",
)
_PRIORITIES = ("Priority 1 - Critical", "Priority 2 - High", "Priority 3 - Medium", "Priority 4 - Low")
_CONTACTS = ("Dana Whitfield", "Luis Ortega", "Priya Nair", "Tom Becker", "Grace Kim")


def _ref(row: Row) -> Row:
    return {"id": row["id"], "name": row["name"], "_info": {"href": f"ref/{row['id']}"}}


class Office:
    """All rows by their kind and id, as the API shows them."""

    def __init__(self, *, tickets: int = 40, seed: int = 1) -> None:
        self._random = random.Random(seed)  # noqa: S311 - made-up tickets
        self.boards = {n: self._board(n, name) for n, name in enumerate(_BOARDS, start=1)}
        self.statuses = {board: self._statuses(board) for board in self.boards}
        self.companies = {n: self._company(n, name) for n, name in enumerate(_COMPANIES, start=250)}
        self.members = {n: self._member(n, one) for n, one in enumerate(_MEMBERS, start=140)}
        self.configurations = {n: self._device(n) for n in range(900, 930)}
        self.tickets: dict[int, Row] = {}
        self.attached: dict[int, list[int]] = {}
        self.notes: dict[int, list[Row]] = {}
        self.time_entries: dict[int, Row] = {}
        self.mails: list[int] = []
        """IDs of the notes of which the contact got an e-mail."""
        self._next = 70_000
        for n in range(tickets):
            self._ticket(48_000 + n, n)

    def _board(self, n: int, name: str) -> Row:
        return {"id": n, "name": name, "inactiveFlag": False, "projectFlag": n == 2, "_info": {}}

    def _statuses(self, board: int) -> list[Row]:
        return [
            {
                "id": board * 100 + n,
                "name": name,
                "boardId": board,
                "sortOrder": n,
                "defaultFlag": n == 0,
                "inactive": False,
                "closedStatus": closed,
                "_info": {},
            }
            for n, (name, closed) in enumerate(_STATUSES)
        ]

    def _company(self, n: int, name: str) -> Row:
        identifier = "".join(one for one in name if one.isascii() and one.isalnum())[:12]
        status = {"id": 1, "name": "Active", "_info": {}}
        return {
            "id": n,
            "identifier": identifier,
            "name": name,
            "status": status,
            "deletedFlag": False,
            "_info": {},
        }

    def _member(self, n: int, entry: tuple[str, str, str, str, str, str, bool]) -> Row:
        identifier, first, last, primary, office, license_class, inactive = entry
        return {
            "id": n,
            "identifier": identifier,
            "firstName": first,
            "lastName": last,
            "primaryEmail": primary or None,
            "officeEmail": office or None,
            "defaultEmail": "Office",
            "defaultPhone": "Office",
            "inactiveFlag": inactive,
            "licenseClass": license_class,
            "agreementInvoicingDisplayOptions": "RemainOnInvoicingScreen",
            "invoicingDisplayOptions": "RemainOnInvoicingScreen",
            "invoiceScreenDefaultTabFormat": "ShowInvoicingTab",
            "_info": {},
        }

    def _device(self, n: int) -> Row:
        company = self._random.choice([*self.companies.values()])
        kind = self._random.choice(("Workstation", "Printer", "Server", "Firewall"))
        name = f"{kind[:5].upper()}-{n}"
        return {
            "id": n,
            "name": name,
            "deviceIdentifier": name,
            "type": {"id": 1, "name": kind, "_info": {}},
            "company": {**_ref(company), "identifier": company["identifier"]},
            "_info": {},
        }

    def _ticket(self, ticket_id: int, n: int) -> None:
        board = self.boards[self._random.choice((1, 1, 1, 2, 3))]
        status = self._random.choices(self.statuses[board["id"]], (4, 4, 2, 1, 3, 2))[0]
        company = self._random.choice([*self.companies.values()])
        at = _BEGAN + timedelta(minutes=17 * n)
        priority = self._random.randrange(4)
        self.tickets[ticket_id] = {
            "id": ticket_id,
            "summary": _TROUBLES[n % len(_TROUBLES)],
            "recordType": "ServiceTicket",
            "board": _ref(board),
            "status": _ref(status),
            "company": {**_ref(company), "identifier": company["identifier"]},
            "contactName": self._random.choice(_CONTACTS),
            "priority": {"id": priority + 1, "name": _PRIORITIES[priority], "_info": {}},
            "closedFlag": status["closedStatus"],
            "actualHours": 0.0,
            "_info": {"lastUpdated": f"{at:%Y-%m-%dT%H:%M:%SZ}", "dateEntered": f"{at:%Y-%m-%dT%H:%M:%SZ}"},
        }
        if n % 3 == 0:
            own = [one for one, row in self.configurations.items() if row["company"]["id"] == company["id"]]
            self.attached[ticket_id] = own[:2]
        if n % 4 == 0:
            said = f"{self.tickets[ticket_id]['contactName']} called and asks when somebody comes."
            self.add_note(ticket_id, {"text": said, "detailDescriptionFlag": True}, at)

    def add_note(self, ticket_id: int, sent: Row, at: datetime | None = None) -> Row:
        """Keep a note. Line breaks do not survive."""
        self._next += 1
        given = sent.get("member") or {}
        member = next(
            (
                one
                for one in self.members.values()
                if given.get("id") == one["id"] or given.get("identifier") == one["identifier"]
            ),
            None,
        )
        moment = at or datetime.now(UTC)
        row = {
            "id": self._next,
            "ticketId": ticket_id,
            "text": " ".join(str(sent["text"]).split()),
            "detailDescriptionFlag": bool(sent.get("detailDescriptionFlag")),
            "internalAnalysisFlag": bool(sent.get("internalAnalysisFlag")),
            "resolutionFlag": bool(sent.get("resolutionFlag")),
            "dateCreated": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "createdBy": member["identifier"] if member else "hubapi",
            "_info": {"lastUpdated": f"{moment:%Y-%m-%dT%H:%M:%SZ}"},
        }
        if member is not None:
            name = f"{member['firstName']} {member['lastName']}"
            row["member"] = {
                "id": member["id"],
                "identifier": member["identifier"],
                "name": name,
                "_info": {},
            }
        self.notes.setdefault(ticket_id, []).append(row)
        # Unless it is forbidden, whoever is the contact hears of it.
        if at is None and sent.get("processNotifications", True):
            self.mails.append(self._next)
        return row

    def add_time(self, sent: Row) -> Row:
        self._next += 1
        begun, ended = (datetime.fromisoformat(sent[name]) for name in ("timeStart", "timeEnd"))
        row = {
            "id": self._next,
            "chargeToId": sent["chargeToId"],
            "chargeToType": sent["chargeToType"],
            "member": sent.get("member") or {"id": 146, "identifier": "hubapi", "name": "Hub Integration"},
            "timeStart": sent["timeStart"],
            "timeEnd": sent["timeEnd"],
            "actualHours": round((ended - begun).total_seconds() / 3600, 2),
            "notes": " ".join(str(sent.get("notes", "")).split()),
            "_info": {"lastUpdated": sent["timeEnd"]},
        }
        self.time_entries[self._next] = row
        return row

    def set_status(self, ticket_id: int, status_id: int) -> None:
        """As somebody does there."""
        ticket = self.tickets[ticket_id]
        status = next(one for one in self.statuses[ticket["board"]["id"]] if one["id"] == status_id)
        ticket["status"], ticket["closedFlag"] = _ref(status), status["closedStatus"]
        ticket["_info"] = {**ticket["_info"], "lastUpdated": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
