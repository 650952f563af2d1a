"""The scripts of the screens are type-checked."""

import re
import shutil
from pathlib import Path

import pytest

from hub_app.build import ROOT
from tools import scripts


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in ("assets/hub.js", "assets/hub", "tools/scripts"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_an_error_in_a_script_is_found(copied: Path) -> None:
    script = copied / "assets" / "hub" / "when.js"
    script.write_text(script.read_text().replace("values.split", "values.splitt"))
    found = scripts.errors(copied).splitlines()
    assert len(found) == 1
    assert found[0].startswith("assets/hub/when.js(")
    assert "'splitt'" in found[0]


def test_scripts_keep_to_what_the_server_calls(copied: Path) -> None:
    script = copied / "assets" / "hub" / "document.js"
    script.write_text(script.read_text().replace("next: end,", ""))
    assert "assets/hub.js(" in scripts.errors(copied)


def test_the_server_calls_what_the_browser_has() -> None:
    types = (ROOT / "tools" / "scripts" / "types.d.ts").read_text()
    sources = "".join(source.read_text() for source in (ROOT / "hub_app").rglob("*.py"))
    called = set(re.findall(r"window\.hub\??\.(\w+)\b", sources))
    assert called == set(re.findall(r"^  (\w+)\(", types, re.MULTILINE))


@pytest.mark.parametrize("script", sorted((ROOT / "assets" / "hub").glob("*.js")), ids=lambda path: path.name)
def test_each_script_says_why_reflex_does_not_do_its_job(script: Path) -> None:
    head = script.read_text().partition("\nimport ")[0].partition("\nclass ")[0]
    assert "Reflex" in head or script.name == "elements.js"
