"""Every provider of the folder against its peer, `tests/peers/<id>`; those of files, by what they say of these."""

from importlib import import_module
from typing import cast

import pytest

from hub_app.crm import providers
from hub_app.crm.provider import Provider
from tests.crm.conformance.checks import CHECKS, Check, Peer

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32"),
    pytest.mark.usefixtures("calling"),
]
CALLED = [one for one in providers.every().values() if one.source is not None]


def peer_of(provider: Provider) -> Peer:
    return cast("Peer", import_module(f"tests.peers.{provider.id}").Counterpart)


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("provider", CALLED, ids=lambda one: one.id)
async def test_each_conforms(provider: Provider, check: Check) -> None:
    await check(provider, peer_of(provider))


@pytest.mark.parametrize("provider", providers.every().values(), ids=lambda one: one.id)
def test_each_can_be_shown(provider: Provider) -> None:
    assert provider.name
    assert provider.description.endswith(".")
    assert len({one.key for one in provider.fields}) == len(provider.fields)
    assert all(one.label for one in provider.fields)
    assert provider.features
    for preset in provider.presets:
        assert preset.feature in provider.features
        assert provider.capabilities.csv
    if provider.auth_type == "file":
        assert provider.presets
        assert provider.source is None
        assert not provider.capabilities.write
