"""A capability is a folder: one is dropped in beside the others, and no other file knows of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from hub_app.build import ROOT


def test_a_capability_works_by_being_there(tmp_path: Path) -> None:
    """Its table, REST route with a scope of its own, page in a group of its own, job, periodic task and search."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.tooling.with_shelf"],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(tmp_path), "__REFLEX_SKIP_COMPILE": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert "shelf" in seen["names"]
    assert seen["rest"] == 201
    assert seen["job"] == ["succeeded", "1 books were read."]
    assert seen["swept"]
    assert (seen["found"], seen["others"]) == (["Walden"], [])
    assert "/shelf" in seen["sidebar"]
    assert seen["page"]
