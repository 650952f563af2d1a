"""What an API token may be allowed: to read and to write each family of things (`Capability.scopes`), or all of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from hub_app.kernel import capabilities


@dataclass(frozen=True, slots=True)
class Family:
    """Things that are read by `read:<name>` and written by `write:<name>`. `what` names them within a sentence; `write` says
    what writing is, if it is not to create, change and delete; None where there is nothing to write.
    """

    what: str
    write: str | None = ""


def families() -> Mapping[str, Family]:
    """All families by their names, in the order of their capabilities."""
    return {name: one for capability in capabilities.every() for name, one in capability.scopes.items()}


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def all_scopes() -> dict[str, str]:
    """Every scope a token can have, with what it allows in words."""
    found = families()
    scopes = {f"read:{name}": f"Read {one.what}." for name, one in found.items()}
    scopes |= {
        f"write:{name}": _sentence(one.write or f"create, change and delete {one.what}")
        for name, one in found.items()
        if one.write is not None
    }
    scopes["read:*"] = "Read everything that the token's owner may read."
    scopes["write:*"] = "Create, change and delete everything that the token's owner may."
    scopes["admin:*"] = "Everything that the token's owner may do, reading and writing."
    return scopes
