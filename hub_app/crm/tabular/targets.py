"""What columns of a CRM's files may hold, and the names by which programs and people call it.

Keys are those of the standard fields of clients and projects, and of the parts that people are read from (`first_name`,
`partner_email` …). Other names may come in any case, with any punctuation.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hub_app.crm.fields import STANDARD, Feature, FieldType


@dataclass(frozen=True, slots=True)
class ColumnTarget:
    """A field that a column may feed. `names` are further ones, with commas between them."""

    key: str
    label: str
    type: FieldType = "text"
    names: str = ""

    @property
    def aliases(self) -> tuple[str, ...]:
        return tuple(self.names.split(", ")) if self.names else ()


# Of clients and of projects.
_SHARED = (
    ColumnTarget("currency", "Currency", "choice", "currency code"),
    ColumnTarget("people", "People", "people", "client info, contacts, couple, client details"),
    ColumnTarget(
        "event_date",
        "Event date",
        "date",
        "wedding date, date of event, date of wedding, project date, shoot date, session date, job date, main "
        "event date, session start, start date, start, event start, date of shoot",
    ),
    ColumnTarget(
        "venue",
        "Venue",
        "text",
        "event venue, venue name, wedding venue, location, event location, ceremony location, ceremony venue, "
        "reception venue",
    ),
    ColumnTarget(
        "type",
        "Type",
        "choice",
        "client type, contact type, category, event type, job type, project type",
    ),
    ColumnTarget(
        "status",
        "Status",
        "choice",
        "stage, lead status, project stage, pipeline stage, project status, client status, job status, state "
        "of project",
    ),
    ColumnTarget(
        "lead_source",
        "Lead source",
        "choice",
        "source, referral source, referred by, how did you hear about us, how did you hear, heard from, "
        "referrer",
    ),
    ColumnTarget(
        "value",
        "Value",
        "money",
        "total, total value, project value, total project value, budget, total revenue, revenue, price, "
        "amount, package price, contract value, invoice total, order total, booking value",
    ),
    ColumnTarget(
        "paid",
        "Paid",
        "money",
        "total paid, amount paid, paid to date, payments, payments received, received",
    ),
    ColumnTarget(
        "created",
        "Added on",
        "datetime",
        "date added, created, created at, date created, created date, creation date, inquiry date, enquiry "
        "date, lead created date, added",
    ),
    ColumnTarget("tags", "Tags", "list", "tag, labels, groups"),
    ColumnTarget(
        "notes",
        "Notes",
        "multiline",
        "note, client notes, comments, comment, message, description, details, additional info, internal "
        "notes, remarks",
    ),
)
CLIENTS = (
    ColumnTarget(
        "external_id",
        "ID at the CRM",
        "text",
        "id, clientid, contact id, record id, uid, lead id",
    ),
    ColumnTarget(
        "name",
        "Name",
        "text",
        "full name, client name, contact name, client, contact, customer, customer name, display name",
    ),
    ColumnTarget(
        "first_name",
        "First name",
        "text",
        "first, given name, forename, fname, firstname, christian name, client first name",
    ),
    ColumnTarget(
        "last_name",
        "Last name",
        "text",
        "last, surname, family name, lname, lastname, client last name",
    ),
    ColumnTarget("title", "Title", "text", "salutation, prefix, honorific"),
    ColumnTarget(
        "email",
        "Email",
        "email",
        "email address, e-mail address, mail, primary email, main email, contact email, client email, email 1",
    ),
    ColumnTarget(
        "secondary_email",
        "Second email",
        "email",
        "secondary email, alternate email, alternative email, email 2, other email, additional email",
    ),
    ColumnTarget(
        "phone",
        "Phone",
        "phone",
        "phone number, telephone, tel, primary phone, main phone, home phone, work phone, contact phone, "
        "client phone, contact number, phone 1, day phone, evening phone, landline",
    ),
    ColumnTarget(
        "mobile",
        "Mobile",
        "phone",
        "mobile, mobile number, cell, cell phone, cellphone, mobile phone, handy, cell number, text number",
    ),
    ColumnTarget(
        "partner_name",
        "Partner's name",
        "text",
        "partner, partner full name, spouse, spouse name, fiance, fiance name, second contact, groom name, "
        "partner 2 name",
    ),
    ColumnTarget(
        "partner_first_name",
        "Partner's first name",
        "text",
        "partner first, partner first name, spouse first name, partner 2 first name, fiance first name",
    ),
    ColumnTarget(
        "partner_last_name",
        "Partner's last name",
        "text",
        "partner last, partner last name, partner surname, spouse last name, partner 2 last name, fiance last "
        "name",
    ),
    ColumnTarget(
        "partner_email",
        "Partner's email",
        "email",
        "partner email, partner email address, spouse email, partner 2 email, fiance email",
    ),
    ColumnTarget(
        "partner_phone",
        "Partner's phone",
        "phone",
        "partner phone, partner mobile, partner cell, spouse phone, partner phone number, partner 2 phone",
    ),
    ColumnTarget(
        "company",
        "Company",
        "text",
        "company name, organization, organisation, business, business name, firm, employer",
    ),
    ColumnTarget(
        "address",
        "Address",
        "multiline",
        "full address, mailing address, postal address, home address, address string, billing address, client "
        "address",
    ),
    ColumnTarget(
        "street",
        "Street",
        "text",
        "street address, address 1, address line 1, street 1, line 1",
    ),
    ColumnTarget(
        "street_2",
        "Street, second line",
        "text",
        "address 2, address line 2, street 2, line 2, apt, suite",
    ),
    ColumnTarget("city", "City", "text", "town, suburb, suburb town, town city, city town, locality"),
    ColumnTarget(
        "region",
        "State or region",
        "text",
        "state, province, county, state province, region, state county",
    ),
    ColumnTarget(
        "postcode",
        "Postcode",
        "text",
        "postal code, zip, zip code, postcode zip, zip postal code, plz",
    ),
    ColumnTarget("country", "Country", "text", "nation"),
    *_SHARED,
)
PROJECTS = (
    ColumnTarget("external_id", "ID at the CRM", "text", "id, project id, job id, record id, uid"),
    ColumnTarget(
        "name",
        "Name",
        "text",
        "project name, job name, project, job, title, project title, event name",
    ),
    ColumnTarget(
        "client",
        "Client",
        "reference",
        "client name, customer, customer name, contact, contact name, primary contact",
    ),
    ColumnTarget(
        "client_email",
        "Client's email",
        "email",
        "email, client email, email address, e-mail address, mail, primary email, main email, contact email, "
        "client email, email 1",
    ),
    ColumnTarget(
        "booking_date",
        "Booking date",
        "date",
        "booked date, booked on, date booked, booked, contract date",
    ),
    ColumnTarget(
        "balance",
        "Balance",
        "money",
        "balance due, amount due, outstanding, remaining balance, total due",
    ),
    ColumnTarget("tax", "Tax", "money", "vat, gst, sales tax, total tax"),
    *_SHARED,
)
TARGETS: Mapping[Feature, tuple[ColumnTarget, ...]] = {"clients": CLIENTS, "projects": PROJECTS}
"""By what files may have."""
PARTS: Mapping[Feature, frozenset[str]] = {
    "clients": frozenset(
        {"external_id", "secondary_email", "mobile"}
        | {one.key for one in CLIENTS if one.key.startswith("partner_")}
        | {"street", "street_2", "city", "region", "postcode", "country"}
    ),
    "projects": frozenset({"external_id", "client_email"}),
}
"""What becomes a part of a standard field: of people, of an address, of which client it is."""


def kept(feature: Feature) -> list[ColumnTarget]:
    """Those that records have a place for: standard fields, and parts of them. A client's name tells no client apart."""
    keys = {one.key for one in STANDARD[feature] if one.type != "reference"} | PARTS[feature]
    return [one for one in TARGETS[feature] if one.key in keys]
