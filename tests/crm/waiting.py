"""What waits for somebody's decision at Acme: fields that were changed on both sides, and people who came twice."""

from dataclasses import dataclass

from hub_app.crm.schemas.conflicts import ConflictOut, DuplicateOut
from hub_app.crm.service import conflicts, duplicates
from tests.crm.acme import ALL, Acme
from tests.peers.tave import Tave
from tests.people import People

SETTINGS = {"OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32", "CRM_RATE_LIMITS": "tave=100000/1000000"}


@dataclass(frozen=True)
class Waiting:
    """Newest first."""

    conflicts: list[ConflictOut]
    duplicates: list[DuplicateOut]

    @property
    def rich(self) -> ConflictOut:
        """The conflict of three fields; the others are of the company alone."""
        return next(one for one in self.conflicts if len(one.fields) > 1)


async def wait(people: People, *, name: str = "Studio", alike: int = 3, **config: str) -> Waiting:
    """A Táve of this name with conflicts, one of which has three fields, and so many others of the company alone."""
    async with Tave(contacts=4, jobs=2) as tave:
        acme = Acme(people, tave)
        rich = tave.add(
            firstName="Sarah",
            lastName="Chen",
            email=f"sarah@{name}.example".lower(),
            cellPhone={"e164": "+14155550142"},
            companyName="Chen and Partners Architects, San Francisco",
        )
        others = [
            tave.add(firstName=f"Noor {n}", lastName="Haddad", companyName="Haddad") for n in range(alike)
        ]
        for first in ("Mia", "M."):
            tave.add(firstName=first, lastName="Berg", email="mia.berg@example.net", jobTitle=first)
        made = await acme.connect(name, **config)
        await acme.sync(made.id)
        here = "Chen & Ali Architects, San Francisco"
        there = "Chen and Partners Architects, Oakland, California"
        await acme.edit(rich, phone="+14155550199", company=here, last_name="Chen-Ali")
        tave.edit(rich, cellPhone={"e164": "+16285550107"}, companyName=there, lastName="Ali")
        for one in others:
            await acme.edit(one, company="Haddad & Sons")
            tave.edit(one, companyName="Haddad Ltd")
        await acme.sync(made.id, "incremental_sync")
        found = (await conflicts.list_conflicts(acme.actor, ALL, integration_id=made.id)).items
        pairs = (await duplicates.list_duplicates(acme.actor, ALL)).items
    return Waiting(found, pairs)
