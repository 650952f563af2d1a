"""Every PSA of the folder against the one that is played, `tests/peers/<id>`."""

from importlib import import_module
from typing import cast

import pytest

from hub_app.psa import providers
from hub_app.psa.provider import Provider
from tests.psa.conformance.checks import CHECKS, Check, Made

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32"),
    pytest.mark.usefixtures("calling_out"),
]


def made_by(provider: Provider) -> Made:
    return cast("Made", import_module(f"tests.peers.{provider.id}").Counterpart)


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("provider", providers.every().values(), ids=lambda one: one.id)
async def test_each_conforms(provider: Provider, check: Check) -> None:
    await check(provider, made_by(provider))


@pytest.mark.parametrize("provider", providers.every().values(), ids=lambda one: one.id)
def test_each_can_be_shown(provider: Provider) -> None:
    assert provider.name
    assert provider.description.endswith(".")
    assert all(one.label for one in provider.fields)
    assert len({one.key for one in provider.fields}) == len(provider.fields)
    assert all(one.help.endswith(".") for one in provider.capabilities.note_kinds)
    assert any(one.type == "internal_analysis" and one.internal for one in provider.capabilities.note_kinds)
