"""The keys that Hub makes on its first start."""

import os
import subprocess
import sys
from pathlib import Path

from hub_app.build import ROOT
from tests.commands import hub

_READ = "from hub_app.kernel.settings import get_settings as s; print(s().encryption_key.get_secret_value())"


def test_processes_that_start_at_once_have_the_same_keys(tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path / "data"), "ENCRYPTION_KEY": "", "SECRET_KEY": ""}
    program = [sys.executable, "-c", _READ]
    started = [
        subprocess.Popen(program, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
        for _ in range(8)
    ]
    keys = {process.communicate()[0].strip() for process in started}
    assert {process.returncode for process in started} == {0}
    assert len(keys) == 1
    assert [one.name for one in (tmp_path / "data").iterdir()] == ["keys.env"]
    assert (tmp_path / "data" / "keys.env").stat().st_mode & 0o777 == 0o600


def test_a_file_that_lacks_a_key_ends_the_start_in_words(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "keys.env").touch()
    ended = hub("migrate", tmp_path, ENCRYPTION_KEY="", SECRET_KEY="")
    assert ended.returncode == 1
    assert "has no ENCRYPTION_KEY and no SECRET_KEY. Put your copy of that file back" in ended.stderr
    assert "Traceback" not in ended.stderr
