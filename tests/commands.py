"""Commands of Hub, `python -m hub_app <command>`, for tests."""

import os
import subprocess
import sys
from pathlib import Path

from hub_app.build import ROOT
from tests.forks import FORKS


def hub(command: str, folder: Path, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command, given in `folder`, with these settings alone."""
    arguments = [command, *options]
    said, refused = folder / "stdout", folder / "stderr"
    environment = _environment(folder, settings)
    process = FORKS.Process(target=_main, args=(arguments, folder, environment, said, refused))
    process.start()
    process.join()
    return subprocess.CompletedProcess(
        arguments, process.exitcode or 0, said.read_text("utf-8"), refused.read_text("utf-8")
    )


def program(command: str, folder: Path, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The same as an operator gives it, in a process that begins with nothing."""
    return subprocess.run(  # noqa: S603 - a program of ours
        [sys.executable, "-m", "hub_app", command, *options],
        cwd=folder,
        env=_environment(folder, settings),
        capture_output=True,
        text=True,
        check=False,
    )


def _environment(folder: Path, settings: dict[str, str]) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "DATA_DIR": str(folder / "data"),
        **settings,
    }


def _main(arguments: list[str], folder: Path, environment: dict[str, str], said: Path, refused: Path) -> None:
    from hub_app.cli import main

    for path, number in ((said, 1), (refused, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.exit(main(arguments))
