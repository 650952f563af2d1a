"""The people of a client: what a cell with one, two or several of them says."""

from hub_app.crm.people.columns import addresses, beside_addresses, household_of
from hub_app.crm.people.household import SURE, Household, Person
from hub_app.crm.people.reading import LONGEST, read_household

__all__ = [
    "LONGEST",
    "SURE",
    "Household",
    "Person",
    "addresses",
    "beside_addresses",
    "household_of",
    "read_household",
]
