"""The house's rules of import, as a contract for import-linter (`make check`).

A capability is a package beside the kernel and the design system; its modules are its rooms. The rules are about
direct imports, so that each broken one names the line to change.
"""

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple, cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output

_ROOT = "hub_app"
_SCREENS = {"state", "pages"}
# Wiring is what lies beside the folders. It finds capabilities by listing these, and imports none by name.
_WIRING = {path.stem for path in (Path(__file__).parents[1] / _ROOT).glob("*.py")}
_BASES = {"kernel", "ui", "apiclient"}
# What others may know of a capability.
_SHOWN = {"service", "schemas"}


class Knows(NamedTuple):
    """Which rooms of its own capability a room may import, and which of another one."""

    own: AbstractSet[str]
    others: AbstractSet[str]


# docs/architecture.md has the same table; tests/tooling/test_rooms.py compares every pair of rooms with it.
ROOMS = {
    "tables": Knows(set(), set()),
    "schemas": Knows({"provider", "pure"}, {"schemas"}),
    "service": Knows({"tables", "schemas", "delivery", "provider", "providers", "loose", "pure"}, _SHOWN),
    "api": Knows({"service", "schemas"}, _SHOWN),
    "state": Knows({"service", "schemas", "pure"}, _SHOWN),
    "pages": Knows({"state", "schemas"}, {"schemas"}),
    "worker": Knows({"service", "delivery", "loose", "pure"}, _SHOWN),
    "commands": Knows({"service", "schemas"}, _SHOWN),
    "delivery": Knows({"tables", "pure"}, set()),
    "provider": Knows({"pure"}, set()),
    "providers": Knows({"provider"}, set()),
    "loose": Knows({"tables", "schemas", "service", "provider", "pure"}, _SHOWN),
    "pure": Knows(set(), set()),
}
ROOMS["capability"] = Knows(set(ROOMS), _SHOWN)

_BYPASSES = "only the kernel, webhooks.delivery and webhooks.service.outbox bypass sessions"
_BYPASSES_USERS = ("webhooks.delivery", "webhooks.service.outbox")
# Modules of the kernel that it shares with these alone.
_RESERVED = {
    "statements": (_BYPASSES_USERS, _BYPASSES),
    "batch": (_BYPASSES_USERS, _BYPASSES),
    "direct": (_BYPASSES_USERS, _BYPASSES),
    "dialling": (("webhooks.delivery",), "only kernel.outbound and webhooks.delivery dial"),
}
# What a pure module reaches by no way: the database and the network.
_EFFECTS = {f"{_ROOT}.kernel.db", f"{_ROOT}.kernel.dialling"}


@dataclass(frozen=True)
class Room:
    """Where a module lives: `house` is `kernel`, `ui`, `apiclient`, a capability, or empty for the wiring."""

    house: str
    room: str

    @classmethod
    def of(cls, module: str, pure: Collection[str] = ()) -> "Room":
        parts = module.split(".")[1:]
        if not parts or (len(parts) == 1 and parts[0] in _WIRING):
            return cls("", parts[0] if parts else "")
        room = parts[1] if len(parts) > 1 else ""
        if parts[0] in _BASES:
            return cls(parts[0], room)
        if module in pure:
            return cls(parts[0], "pure")
        return cls(parts[0], room if room in ROOMS else "loose")


# Providers of several capabilities, and what these say of any of them, may be the sync engine's.
_SYNC_PROVIDER = Room("sync", "provider")


def pure_modules(graph: ImportGraph) -> set[str]:
    """Modules of capabilities that are no room, know none, and reach neither the database nor the network."""

    def is_loose(module: str) -> bool:
        here = Room.of(module)
        return here.house in _BASES or here.room in {"loose", "delivery"}

    ours = {m for m in graph.modules if m.startswith(f"{_ROOT}.")}
    loose = {m for m in ours if Room.of(m).house not in _BASES and is_loose(m)}
    return {
        module
        for module in loose
        if not (reached := graph.find_upstream_modules(module) & ours) & _EFFECTS
        and all(map(is_loose, reached))
    }


def objection(importer: str, imported: str, pure: Collection[str] = ()) -> str | None:
    """The rule that this import breaks, in words; None if it breaks none. `pure` names the pure modules."""
    here = Room.of(importer, pure)
    if not imported.startswith(f"{_ROOT}."):
        return _objection_to_library(here, imported)
    there = Room.of(imported, pure)
    if there.house == "kernel" and there.room in _RESERVED and here.house != "kernel":
        users, rule = _RESERVED[there.room]
        return None if any(f"{importer}.".startswith(f"{_ROOT}.{user}.") for user in users) else rule
    if not here.house:
        return _objection_to_wiring(here, there)
    if "providers" in {here.room, there.room} and (rule := _objection_about_providers(here, there, imported)):
        return rule
    return _objection_in_house(here, there) if here.house == there.house else _objection_between(here, there)


def _objection_to_wiring(here: Room, there: Room) -> str | None:
    """The demo is a client that may use services too."""
    if there.house in {"", "kernel", "ui"} or (here.room == "demo" and there.room == "service"):
        return None
    return "the wiring finds capabilities by listing folders"


def _objection_about_providers(here: Room, there: Room, imported: str) -> str | None:
    """A folder `providers` holds one file for each outside system, which its package finds by listing it."""
    if here.room != "providers":
        by_name = imported.count(".") > len(("capability", "providers"))
        return "providers are found by listing their folder" if by_name else None
    if there.house == "kernel" and there.room != "errors":
        return "of Hub's base a provider knows apiclient and kernel.errors alone"
    return None


def _objection_to_api_client(here: Room) -> str | None:
    if here.house == "apiclient":
        return "apiclient knows the kernel and nobody else"
    return "only capabilities call other people's APIs" if here.house in _BASES else None


def _objection_between(here: Room, there: Room) -> str | None:
    if there.house == "kernel":
        return None
    if not there.house:
        return "only the wiring imports the wiring"
    if "apiclient" in {here.house, there.house}:
        return _objection_to_api_client(here)
    if here.house == "kernel":
        return "the kernel knows no capability and no screen"
    if there.house == "ui":
        return None if here.room in _SCREENS else "only state and pages import the design system"
    return _objection_between_capabilities(here, there)


def _objection_between_capabilities(here: Room, there: Room) -> str | None:
    """The design system may know what a service takes and gives, as a capability does."""
    known = _SHOWN if here.house == "ui" else ROOMS[here.room].others
    if there.room in known or (here.room in {"provider", "providers"} and there == _SYNC_PROVIDER):
        return None
    if there.room in _SHOWN:
        return f"{here.room} does not import another capability's {there.room}"
    return "a capability reaches another one only through its service, and what that takes and gives"


def _objection_to_library(here: Room, library: str) -> str | None:
    if library.partition(".")[0] not in {"reflex", "reflex_base"}:
        return None
    if here.house == "ui" or here.room in _SCREENS or here == Room("", "hub_app"):
        return None
    return "only ui, state, pages and hub_app.py import reflex"


def _objection_in_house(here: Room, there: Room) -> str | None:
    if here.house in _BASES or here.room == there.room or there.room in ROOMS[here.room].own:
        return None
    if there.room == "capability":
        return "a capability's rooms do not know that they are brought along"
    return f"{here.room} does not import {there.room}"


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
        pure = pure_modules(graph)
        broken = [
            f"{importer} -> {imported} (line {line}): {rule}"
            for importer, imported in imports
            if (rule := objection(importer, imported, pure)) is not None
            for line in [graph.get_import_details(importer=importer, imported=imported)[0]["line_number"]]
        ]
        ours = [pair for pair in imports if pair[1].startswith(f"{_ROOT}.")]
        if round_trip := circle(ours):
            broken.append(f"{' -> '.join(round_trip)}: of two capabilities only one may know the other")
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in cast("list[str]", check.metadata["broken"]):
            output.print_error(line)
