"""The styles hold nothing that no screen uses."""

import re

from hub_app.build import ROOT

_STYLES = "".join(file.read_text() for file in sorted((ROOT / "assets").rglob("*.css")))
_SCREENS = "".join(
    file.read_text() for file in sorted([*(ROOT / "hub_app").rglob("*.py"), *(ROOT / "assets").rglob("*.js")])
)
# What a screen completes with a value: f"hub-badge-{tone}".
_BEGINNINGS = tuple(set(re.findall(r"(hub-[a-z0-9-]+-)\$?\{", _SCREENS)))


def unused(names: set[str], *places: str) -> list[str]:
    """Those of these names that stand in none of the places, whole or by their beginning."""
    found = {name for place in places for name in re.findall(r"hub-[a-z0-9-]*[a-z0-9]", place)}
    return sorted(name for name in names - found if not name.startswith(_BEGINNINGS))


def test_each_class_is_used() -> None:
    classes = set(re.findall(r"\.(hub-[a-z0-9-]+)", _STYLES))
    assert len(classes) > 200
    assert unused(classes, _SCREENS) == []


def test_each_token_is_used() -> None:
    tokens = set(re.findall(r"--(hub-[a-z0-9-]+)\s*:", _STYLES))
    used = " ".join(re.findall(r"var\(--[a-z0-9-]+", _STYLES))
    assert len(tokens) > 60
    assert unused(tokens, used, _SCREENS) == []


def test_each_animation_is_used() -> None:
    animations = set(re.findall(r"@keyframes (hub-[a-z0-9-]+)", _STYLES))
    assert animations
    assert unused(animations, *re.findall(r"animation: [^;]+;", _STYLES)) == []
