"""Every connector of the gallery can be saved as it is."""

import pytest

from hub_app.connectors.service.gallery import entries


@pytest.mark.parametrize("entry_id", list(entries()))
def test_an_entry_is_a_whole_connector(entry_id: str) -> None:
    """Its schema has accepted it when it was read; here is what makes it of use."""
    entry = entries()[entry_id]
    assert entry.connector.name == entry_id
    assert entry.connector.display_name != entry_id
    assert entry.about
    assert entry.key
    assert entry.docs.startswith("https://")
    assert entry.connector.oauth_config.base_url.startswith("https://")
    assert entry.connector.actions
    for action in entry.connector.actions:
        assert action.name != action.id, "every action has a name in words"


def test_the_gallery_is_there() -> None:
    assert len(entries()) >= 6
