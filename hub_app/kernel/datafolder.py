"""Who may read what Hub writes: the user that Hub runs as, and nobody else."""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hub_app.kernel.settings import Settings

STATES = "states"
_OWN_FILE, _OWN_FOLDER = 0o600, 0o700
_OTHERS = 0o077
# A SQLite database and what lies beside it while it is open.
_SQLITE = ("", "-wal", "-shm", "-journal")
_log = logging.getLogger(__name__)


def only_mine() -> None:
    """Let every file and folder that this process makes from now on be its user's alone."""
    os.umask(_OTHERS)


def tighten(settings: Settings) -> None:
    """Take from others what an earlier version, or another umask, let them read in the data folder."""
    folder = settings.data_dir
    _restrict(folder, _OWN_FOLDER)
    _restrict(folder / "keys.env", _OWN_FILE)
    database = settings.sqlalchemy_url()
    if database.get_backend_name() == "sqlite" and database.database:
        for ending in _SQLITE:
            _restrict(Path(f"{database.database}{ending}"), _OWN_FILE)
    _restrict(folder / STATES, _OWN_FOLDER)
    for file in _files(folder / STATES):
        # Of a version that kept in them what a tab had shown: nothing of it is worth keeping.
        if file.stat().st_mode & _OTHERS:
            file.unlink()


def _files(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from folder.iterdir()


def _restrict(path: Path, mode: int) -> None:
    try:
        if path.stat().st_mode & _OTHERS:
            path.chmod(mode)
    except FileNotFoundError:
        return
    except OSError as error:
        _log.warning(
            "Others can read %s, and Hub may not change that (%s). Make it %o.", path, error.strerror, mode
        )
