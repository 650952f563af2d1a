"""The connectors of other tests, to have something under way."""

from tests.connectors.conftest import (
    api,  # noqa: F401  # pyright: ignore[reportUnusedImport]
    shop,  # noqa: F401  # pyright: ignore[reportUnusedImport]
)
