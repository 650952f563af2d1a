"""Ready-made connectors: each is a file in the folder `gallery`, found by being there."""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from hub_app.connectors.schemas.connectors import ConnectorIn

_FOLDER = Path(__file__).parent.parent / "gallery"


class Entry(BaseModel):
    """A connector to start from: what it is about, where its key is got, and the API's documentation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str
    key: str
    docs: str
    connector: ConnectorIn


@cache
def entries() -> dict[str, Entry]:
    """All entries by their ids, in alphabetical order of their names."""
    read = {file.stem: Entry.model_validate_json(file.read_bytes()) for file in _FOLDER.glob("*.json")}
    return dict(sorted(read.items(), key=lambda one: one[1].connector.display_name))
