"""What is installed is pinned with everything it needs, so that a clone works the same years later."""

import json
import re
from itertools import pairwise

import pytest

from hub_app.build import ROOT

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    """Versions by package."""
    found = _PINNED.findall((ROOT / name).read_text())
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in found}


@pytest.mark.parametrize(
    ("wanted", "locked"),
    [("requirements.in", "requirements.txt"), ("requirements-dev.in", "requirements-dev.txt")],
)
def test_the_lock_holds_what_was_asked_for(wanted: str, locked: str) -> None:
    """After a change to the one, `make lock` makes the other."""
    assert pins(wanted).items() <= pins(locked).items()


def test_tests_run_with_what_hub_runs_with() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_its_hashes_and_no_address_of_one_machine(name: str) -> None:
    text = (ROOT / name).read_text()
    begins = [found.start() for found in _PINNED.finditer(text)] + [len(text)]
    assert all("--hash=sha256:" in text[begin:end] for begin, end in pairwise(begins))
    assert "://" not in text


@pytest.mark.parametrize("folder", ["tools/scripts", "tests/peers/authorization"])
def test_packages_of_npm_have_their_hashes_and_no_address_of_one_machine(folder: str) -> None:
    packages = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]
    del packages[""]
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())
