"""The catalogue as it ships: one TOML file per provider, found by being here. The operator fills in the credentials."""

import tomllib
from functools import cache
from importlib.resources import files

from hub_app.oauth.schemas import AppIn


@cache
def templates() -> tuple[AppIn, ...]:
    """Every template, in the order of their slugs."""
    found = (entry for entry in files(__name__).iterdir() if entry.name.endswith(".toml"))
    read = (AppIn.model_validate(tomllib.loads(one.read_text(encoding="utf-8"))) for one in found)
    return tuple(sorted(read, key=lambda one: one.slug))
