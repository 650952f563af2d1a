"""The house's rules of import, as a contract for import-linter (`make check`).

A capability is a package beside the kernel and the design system; its modules are its rooms. The rules are about
direct imports, so that each broken one names the line to change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output

_ROOT = "hub_app"
_SCREENS = {"ui", "state", "pages"}
# Wiring finds capabilities by listing folders; it imports none by name.
_OUTER = {
    "__main__",
    "build",
    "cli",
    "demo",
    "demo_data",
    "hub_app",
    "lifespan",
    "problems",
    "rest",
    "serve",
    "web",
}
# In a capability: what each room may not import of its own.
_CLOSED = {
    "tables": {"schemas", "service", "api", "state", "pages", "worker"},
    "delivery": {"schemas", "service", "api", "state", "pages", "worker", "commands"},
    "schemas": {"service", "api", "state", "pages", "worker"},
    "service": {"api", "state", "pages", "worker", "commands"},
    "worker": {"api", "state", "pages", "commands"},
    "api": {"tables", "state", "pages", "worker", "commands"},
    "state": {"tables", "api", "pages", "worker", "commands"},
    "pages": {"tables", "api", "service", "worker", "commands"},
    "commands": {"tables", "api", "state", "pages", "worker"},
}
# What others may know of a capability.
_SHOWN = {"service", "schemas"}
_BASES = {"", "kernel", "ui", "apiclient"}
_OTHER_ROOMS = {"api", "state", "pages", "worker", "commands"}


@dataclass(frozen=True)
class Room:
    """Where a module lives: `house` is `kernel`, `ui`, a capability, or empty for the wiring."""

    house: str
    room: str

    @classmethod
    def of(cls, module: str) -> "Room":
        parts = module.split(".")[1:]
        if not parts or (len(parts) == 1 and parts[0] in _OUTER):
            return cls("", parts[0] if parts else "")
        return cls(parts[0], parts[1] if len(parts) > 1 else "")


def objection(importer: str, imported: str) -> str | None:
    """The rule that this import breaks, in words; None when it breaks none."""
    here = Room.of(importer)
    if not imported.startswith(f"{_ROOT}."):
        return _objection_to_library(here, imported)
    there = Room.of(imported)
    if "providers" in {here.room, there.room}:
        return _objection_about_providers(here, there, imported)
    if not here.house:
        return _objection_to_wiring(here, there)
    if here.house == there.house:
        return _objection_in_house(here, there)
    if not there.house:
        return "only the wiring imports the wiring"
    return _objection_between_houses(here, there)


def _objection_to_wiring(here: Room, there: Room) -> str | None:
    """The demo is a client that may use services too."""
    if there.house in {"", "kernel", "ui"} or (here.room == "demo" and there.room == "service"):
        return None
    return "the wiring finds capabilities by listing folders"


def _objection_about_providers(here: Room, there: Room, imported: str) -> str | None:
    """A folder `providers` holds one file for each outside system, which its package finds by listing it."""
    siblings = here.house == there.house and there.room == "providers"
    if here.room != "providers":
        by_name = imported.count(".") > len(("capability", "providers"))
        return "providers are found by listing their folder" if by_name else _objection_in_house(here, there)
    if (
        siblings
        or there.house == "apiclient"
        or there.room == "provider"
        or imported == f"{_ROOT}.kernel.errors"
    ):
        return None
    return "a provider knows apiclient, kernel.errors and the `provider` it is one of"


def _objection_to_api_client(here: Room) -> str | None:
    if here.house == "apiclient":
        return "apiclient knows the kernel and nobody else"
    return "only capabilities call other people's APIs" if here.house in {"kernel", "ui"} else None


def _objection_between_houses(here: Room, there: Room) -> str | None:
    if there.house == "kernel":
        return None
    if "apiclient" in {here.house, there.house}:
        return _objection_to_api_client(here)
    if here.house == "kernel":
        return "the kernel knows no capability and no screen"
    if there.house == "ui":
        return None if here.room in _SCREENS else "only state and pages import the design system"
    if there.room in _SHOWN:
        return None
    return "a capability reaches another one only through its service, and what that takes and gives"


def _objection_to_library(here: Room, library: str) -> str | None:
    if library.partition(".")[0] not in {"reflex", "reflex_base"}:
        return None
    if here.house == "ui" or here.room in {"state", "pages"} or here == Room("", "hub_app"):
        return None
    return "only ui, state, pages and hub_app.py import reflex"


def _objection_in_house(here: Room, there: Room) -> str | None:
    if here.house in {"kernel", "ui"} or here.room in {there.room, "capability"}:
        return None
    if there.room == "capability":
        return "a capability's rooms do not know that they are brought along"
    if there.room in _CLOSED.get(here.room, _OTHER_ROOMS):
        return f"{here.room} does not import {there.room}"
    return None


def circle(imports: Iterable[tuple[str, str]]) -> list[str]:
    """Capabilities each of which knows the next one, and the last one the first; empty when there are none such."""
    known = TopologicalSorter[str]()
    for importer, imported in imports:
        here, there = Room.of(importer).house, Room.of(imported).house
        if here != there and not {here, there} & _BASES:
            known.add(here, there)
    try:
        known.prepare()
    except CycleError as error:
        # It tells first who is known.
        return list(reversed(cast("list[str]", error.args[1])))
    return []


class RoomsContract(Contract):
    """Every direct import in `hub_app` keeps the rules of the house."""

    type_name = "rooms"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 - import-linter's signature
        del verbose
        imports = [
            (importer, imported)
            for importer in sorted(graph.modules)
            if importer.partition(".")[0] == _ROOT
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
        ]
        broken = [
            f"{importer} -> {imported} (line {line}): {rule}"
            for importer, imported in imports
            if (rule := objection(importer, imported)) is not None
            for line in [graph.get_import_details(importer=importer, imported=imported)[0]["line_number"]]
        ]
        ours = [pair for pair in imports if pair[1].startswith(f"{_ROOT}.")]
        if round_trip := circle(ours):
            broken.append(f"{' -> '.join(round_trip)}: of two capabilities only one may know the other")
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in cast("list[str]", check.metadata["broken"]):
            output.print_error(line)
