"""What people read is spelled one way: in messages, on screens, in the gallery and in REST's document."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_app.build import ROOT
from hub_app.rest import create_rest

_BANNED = re.compile(r"[Mm]eanwhile|[Aa]uthoris|[Cc]lient ids?\b")
_SOURCES = sorted((ROOT / "hub_app").rglob("*.py"))
_DATA = sorted(file for kind in ("json", "toml") for file in (ROOT / "hub_app").rglob(f"*.{kind}"))


def literals(source: str) -> Iterator[tuple[int, str]]:
    """The texts of a module, with their lines, but for those that stand alone: docstrings, which no user reads."""
    tree = ast.parse(source)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.lineno, node.value


def test_messages_and_labels_hold_no_banned_word() -> None:
    assert len(_SOURCES) > 300
    found = [
        f"{file.relative_to(ROOT)}:{line}: {text}"
        for file in _SOURCES
        for line, text in literals(file.read_text())
        if _BANNED.search(text)
    ]
    assert not found


@pytest.mark.parametrize("file", _DATA, ids=lambda file: file.name)
def test_what_ships_as_data_holds_none(file: Path) -> None:
    assert _BANNED.findall(file.read_text()) == []


def test_the_rest_document_holds_none() -> None:
    """It shows docstrings too: those of schemas."""
    assert _BANNED.findall(str(create_rest().openapi())) == []


def test_a_banned_word_is_found_wherever_a_person_would_read_it() -> None:
    source = 'def f(x):\n    """Meanwhile."""\n    raise E(f"{x} has no client id" " meanwhile")\n'
    assert [text for _, text in literals(source) if _BANNED.search(text)] == [" has no client id meanwhile"]
