"""Táve as the conformance suite of CRMs has it."""

from datetime import timedelta
from typing import Self

from pydantic import JsonValue

from tests.peers.counterpart import CounterpartBase, Fault, Key
from tests.peers.tave import store
from tests.peers.tave.server import KEY, READ_ONLY_KEY, Tave

_PATHS = {
    "clients": store.ADDRESS_BOOK,
    "projects": store.JOB,
    "invoices": store.ORDER,
    "events": store.EVENT,
}
_KEYS = {"right": KEY, "read_only": READ_ONLY_KEY, "wrong": "tave_wrong_0c7e6b19da"}


class Counterpart(CounterpartBase):
    main = "clients"

    def __init__(self, records: int) -> None:
        super().__init__(records)
        self.tave = Tave(contacts=records)
        field = self.tave.ids(store.CUSTOM_FIELD)[0]
        self.values: dict[str, JsonValue] = {
            "firstName": "Noor",
            "lastName": "Al-Hassan",
            "email": "noor@example.com",
            "cellPhone": "+493012345678",
            f"customFields.cf_{field}": "Two rings",
        }
        self.changes: dict[str, JsonValue] = {"lastName": "van Dijk"}

    async def __aenter__(self) -> Self:
        await self.tave.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.tave.__aexit__()

    def entered(self, key: Key = "right") -> dict[str, str]:
        return {"base_url": self.tave.base, "api_key": _KEYS[key]}

    def ids(self, resource: str) -> list[str]:
        found = self.tave.ids(_PATHS[resource], hidden=False)
        if resource != self.main:
            return found
        return [one for one in found if self.tave.document(one)["kind"] in {"person", "company"}]

    def add(self) -> str:
        return self.tave.add(firstName="Ines", lastName="Costa", email="ines@example.com")

    def edit(self, external_id: str) -> None:
        self.tave.edit(external_id, email=f"{self.tave.count}@changed.example")

    def delete(self, external_id: str) -> None:
        self.tave.hide(external_id)

    def same_second(self, count: int) -> list[str]:
        moment, ids = self.tave.now() - timedelta(minutes=1), self.ids(self.main)[:count]
        for one in ids:
            self.tave.edit(one, at=moment, email=f"{one}@tied.example")
        return ids

    def move(self) -> None:
        self.tave.faults.set({"after_page": 1, "happening": "edit"})

    def fault(self, fault: Fault) -> None:
        switches: dict[Fault, dict[str, JsonValue]] = {
            "refuse": {"refuse_after": 0, "refuse_times": 1, "retry_after": 1},
            "fail": {"fail_page": 1, "fail_times": 1},
            "cut": {"cut_page": 1, "cut_times": 1},
            "unauthorized": {"unauthorized": True},
        }
        self.tave.faults.set(switches[fault])

    def times(self) -> list[float]:
        return [one.at for one in self.tave.requests]
