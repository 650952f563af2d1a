"""Samples are found by being there: whoever adds a capability with pages adds its samples, and changes no list."""

import inspect

from hub_app.kernel import capabilities
from tests import examples


def test_every_capability_with_pages_has_samples() -> None:
    found = list(examples.modules())
    assert len(found) == sum(one.pages is not None for one in capabilities.every()) > 0
    assert all(inspect.iscoroutinefunction(module.make) and module.FORM for module in found)
