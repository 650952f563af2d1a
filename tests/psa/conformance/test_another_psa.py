"""A file, or a folder, that is put among the providers is one, and held to what holds for all."""

import sys
from collections.abc import Generator
from importlib import invalidate_caches
from pathlib import Path

import pytest

from hub_app.psa import providers
from tests.peers.halopsa import Counterpart
from tests.psa.conformance.checks import CHECKS, Check
from tests.psa.conformance.test_psa_providers import test_each_can_be_shown

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32"),
    pytest.mark.usefixtures("calling_out"),
]
ANOTHER = """
from dataclasses import replace

from hub_app.psa.providers.halopsa import PROVIDER as HALO

PROVIDER = replace(HALO, id="haloitsm", name="HaloPSA", rank=50)
"""


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


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.__name__)
async def test_it_conforms(folder: Path, check: Check) -> None:
    (folder / "haloitsm").mkdir()
    (folder / "haloitsm" / "__init__.py").write_text(ANOTHER)
    provider = providers.every()["haloitsm"]
    test_each_can_be_shown(provider)
    assert [*providers.every()][-1] == "haloitsm"
    await check(provider, Counterpart)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("NAME = 'Another'", "must say what it is"),
        (ANOTHER.replace("haloitsm", "halopsa"), "which another provider has"),
        (ANOTHER.replace('id="haloitsm"', "fields=()"), "must ask for its site_url"),
    ],
)
def test_one_that_says_too_little_is_refused(folder: Path, text: str, why: str) -> None:
    (folder / "zzz.py").write_text(text)
    with pytest.raises((TypeError, ValueError), match=why):
        providers.every()
