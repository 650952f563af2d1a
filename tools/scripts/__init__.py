"""The type check of the scripts in assets/, by TypeScript (`make check`)."""

import subprocess
from pathlib import Path

from hub_app.build import ROOT
from tools import npm

_HERE = Path(__file__).parent


def errors(root: Path = ROOT) -> str:
    """What TypeScript objects to, a line for each; paths are relative to `root`. Empty when it objects to nothing."""
    tsc = npm.installed(_HERE) / "node_modules" / "typescript" / "bin" / "tsc"
    project = root / _HERE.relative_to(ROOT)
    done = subprocess.run(  # noqa: S603 - a program of ours
        [str(npm.BIN / "node"), str(tsc), "--project", str(project), "--pretty", "false"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and not done.stdout:
        raise RuntimeError(f"tsc failed: {done.stderr}")
    return done.stdout
