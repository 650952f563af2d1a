"""Packages of npm that the tools and tests use, installed by the Node beside this Python from the lock file of a folder."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from hub_app.build import ROOT, reflex_environment

BIN = Path(sys.executable).parent


def installed(folder: Path) -> Path:
    """Where in `build/` the packages of the folder's lock file are; one of several processes at once installs them."""
    lock_file = (folder / "package-lock.json").read_bytes()
    place = ROOT / "build" / f"{folder.name}-{hashlib.sha256(lock_file).hexdigest()[:12]}"
    place.parent.mkdir(exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (place / "complete").exists():
            return place
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(folder / name, place)
        done = subprocess.run(  # noqa: S603 - a program of ours
            [str(BIN / "npm"), "ci", "--ignore-scripts"],
            cwd=place,
            env={**os.environ, **reflex_environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"npm ci failed: {done.stderr or done.stdout}")
        (place / "complete").touch()
    return place
