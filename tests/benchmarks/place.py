"""The tenant and token that the load comes from."""

import os
from pathlib import Path
from unittest import mock

from tests import other_process, people


def prepare(folder: Path, settings: dict[str, str]) -> str:
    """Migrate and seed the database that these settings name; an API token of Adam's."""

    async def seed() -> str:
        everyone = await people.seed()
        return await people.token(everyone.adam)

    with mock.patch.dict(os.environ, settings):
        return other_process.in_database(folder, seed)


def keys(folder: Path) -> dict[str, str]:
    """The keys that a first process made for itself, for another one of the same Hub."""
    lines = (folder / "data" / "keys.env").read_text().splitlines()
    found = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name: value.strip("'\"") for name, value in found.items()}
