"""A file that is put into the folder is a provider, and held to what holds for all."""

import sys
from collections.abc import Generator
from importlib import invalidate_caches
from pathlib import Path

import pytest

from hub_app.crm import providers
from hub_app.crm.provider import Capabilities, DefaultMapping, Provider
from tests.crm.conformance.checks import CHECKS, Check
from tests.crm.conformance.test_providers import peer_of, test_each_can_be_shown

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32"),
    pytest.mark.usefixtures("calling"),
]
SAMPLES = Path(__file__).parents[2] / "samples" / "crm"
LINES = 60


@pytest.fixture
def folder(tmp_path: Path) -> Generator[Path]:
    """A second folder of providers: a package may have several."""
    before = {name for name in sys.modules if name.startswith(providers.__name__)}
    providers.__path__.append(str(tmp_path))
    providers.every.cache_clear()
    invalidate_caches()
    yield tmp_path
    providers.__path__.remove(str(tmp_path))
    providers.every.cache_clear()
    for name in {one for one in sys.modules if one.startswith(providers.__name__)} - before:
        del sys.modules[name]


def dropped(folder: Path) -> Provider:
    text = (SAMPLES / "orchard.py").read_text()
    assert len(text.splitlines()) < LINES
    (folder / "orchard.py").write_text(text)
    return providers.every()["orchard"]


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.__name__)
async def test_it_conforms(folder: Path, check: Check) -> None:
    provider = dropped(folder)
    await check(provider, peer_of(provider))


def test_it_is_listed_among_the_others_by_its_rank(folder: Path) -> None:
    provider = dropped(folder)
    test_each_can_be_shown(provider)
    assert next(iter(providers.every())) == "tave"
    assert [*providers.every()][-1] == "orchard"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("NAME = 'Orchard'", "providers.plum must say what it is"),
        ("from hub_app.crm.providers.tave import PROVIDER", "has the id tave, which another"),
    ],
)
def test_a_file_that_is_no_provider_is_named(folder: Path, text: str, why: str) -> None:
    (folder / "plum.py").write_text(text)
    with pytest.raises((TypeError, ValueError), match=why):
        providers.every()


def test_what_is_declared_of_fields_that_there_are_not_is_refused() -> None:
    for feature, target in (("clients", "guests"), ("contracts", "name")):
        with pytest.raises(ValueError, match=f"plum fills fields of {feature}"):
            Provider(
                id="plum",
                name="Plum",
                description="None.",
                auth_type="file",
                features=["clients"],
                capabilities=Capabilities(),
                popularity_rank=1,
                mappings={feature: [DefaultMapping("x", target)]},  # type: ignore[dict-item]
            )
