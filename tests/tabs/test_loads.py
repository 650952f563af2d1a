"""What a page does in the background starts at once, beside the loads that stand before it."""

import pytest
from reflex.event import EventHandler

from hub_app.hub_app import app

LOADS = app._load_events  # noqa: SLF001 - Reflex tells nobody else


@pytest.mark.parametrize("route", sorted(LOADS))
def test_nothing_in_the_background_fills_what_another_load_empties(route: str) -> None:
    """Whichever ended last would win: an answer that is kept already was shown first, and emptied for good.
    Watchers show what changes later; what a load needs from the background, it returns.
    """
    loads = [one for one in LOADS[route] if isinstance(one, EventHandler)]
    foreground = {one.state for one in loads if not one.is_background}
    beside = [one.fn for one in loads if one.is_background and one.state in foreground]
    assert [one.__qualname__ for one in beside if one.__name__ != "watch"] == []
