"""What jobs found and said of single records, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from hub_app.crm.said import said
from hub_app.crm.schemas.jobs import FindingOut, LogOut
from hub_app.crm.state.job_rows import skipped_words
from hub_app.crm.state.record_address import HERE as RECORDS
from hub_app.crm.titles import kind_of
from hub_app.ui import words

Labels = Mapping[str, Mapping[str, str]]
KINDS: dict[str, tuple[str, str]] = {
    "create": ("Would be created", "success"),
    "change": ("Would change", "info"),
    "conflict": ("Changed on both sides", "warning"),
    "skip": ("Would be skipped", "neutral"),
    "quarantine": ("Would be set aside", "danger"),
    "push": ("Would be changed at the CRM", "info"),
    "push_new": ("Would be created at the CRM", "success"),
    "differs": ("Different", "warning"),
    "missing_here": ("Missing here", "danger"),
    "missing_there": ("Missing at the CRM", "danger"),
    "missing": ("Not found at the CRM", "warning"),
    "gone": ("Would be marked as gone", "warning"),
    "remove": ("Would be removed", "danger"),
    "kept": ("Kept", "neutral"),
    "sent": ("Was sent to the CRM", "warning"),
    "stays_there": ("Stays at the CRM as it is", "warning"),
    "link": ("Same in both", "success"),
    "apart": ("Would be taken apart", "warning"),
    "made_there": ("Made at the CRM, and stays there", "warning"),
}
_OF_CHECK = ("differs", "missing_here", "missing_there")
_OF_PREVIEW = ("create", "change", "conflict", "skip", "quarantine", "push", "push_new")
_OF_UNDO = ("kept", "sent", "stays_there", "made_there")
_WHY = {
    "changed_here": "changed here",
    "changed_there": "changed at the CRM since the last sync",
    "conflict": "changed on both sides: it waits for someone to choose",
    "not_written": "not yet written to the CRM",
}
_LONGEST = 200
_EMPTY = "(empty)"


@dataclass(frozen=True)
class FieldLine:
    label: str
    text: str


@dataclass(frozen=True)
class FindingRow:
    id: str
    words: str
    tone: str
    kind: str
    href: str
    name: str
    external_id: str
    lines: list[FieldLine]


@dataclass(frozen=True)
class LogRow:
    id: str
    level: str
    message: str
    about: str
    at: str


def kinds_of(job_type: str, *, dry_run: bool) -> list[tuple[str, str]]:
    """The kinds of findings that a job of this type can have, for a filter."""
    if job_type == "check":
        kinds = _OF_CHECK
    elif job_type == "merge":
        kinds = ("link",)
    elif job_type == "undo":
        kinds = ("remove", "change", "apart", *_OF_UNDO) if dry_run else ("apart", *_OF_UNDO)
    else:
        kinds = _OF_PREVIEW if dry_run else ("missing",)
    return [("", "All"), *((kind, KINDS[kind][0]) for kind in kinds)]


def none_words(job_type: str) -> str:
    """What stands in place of findings."""
    if job_type == "check":
        return "Nothing was found that differs or is missing."
    return (
        "No records to list. Those that were set aside are under Quarantine, warnings about values under Log."
    )


def finding_row(one: FindingOut, labels: Labels) -> FindingRow:
    status, tone = KINDS.get(one.kind, (one.kind, "neutral"))
    return FindingRow(
        id=str(one.id),
        words=status,
        tone=tone,
        kind=kind_of(one.resource),
        href=f"{RECORDS}/{one.record_id}" if one.record_id else "",
        name=one.name or one.external_id,
        external_id=one.external_id if one.name else "",
        lines=_lines(one.detail, labels.get(one.resource, {})),
    )


def log_row(one: LogOut) -> LogRow:
    value, name = (str(one.detail.get(key) or "") for key in ("value", "name"))
    about = " · ".join(filter(None, (value, kind_of(one.resource), name or one.external_id)))
    return LogRow(str(one.id), one.level, one.message, about, words.iso(one.created_at))


def _lines(detail: Mapping[str, Any], labels: Mapping[str, str]) -> list[FieldLine]:
    """Field by field what would change, or how both sides differ."""
    if reason := detail.get("reason"):
        why = skipped_words(reason) if " " not in reason else str(reason)
        return [FieldLine("Why", why[:1].upper() + why[1:])]
    if "values" in detail:
        found = {
            name: shown(value) for name, value in detail["values"].items() if value not in (None, "", [])
        }
    elif "after" in detail:
        names = [*detail["after"], *(name for name in detail["before"] if name not in detail["after"])]
        found = {
            name: f"{shown(detail['before'].get(name))} → {shown(detail['after'].get(name))}"
            for name in names
        }
    else:
        found = _sides(detail.get("fields", {}))
    return [FieldLine(labels.get(name, name), text) for name, text in found.items()]


def _sides(fields: object) -> dict[str, str]:
    if isinstance(fields, list):
        return dict.fromkeys(cast("list[str]", fields), "changed since, and kept")
    found: dict[str, str] = {}
    for name, sides in cast("Mapping[str, Mapping[str, Any]]", fields).items():
        if "kept" in sides:
            found[name] = _of_both(sides["kept"], sides["other"])
            continue
        text = f"here: {shown(sides['hub'])}; at the CRM: {shown(sides['source'])}"
        if "base" in sides:
            text += f"; last agreed: {shown(sides['base'])}"
        if why := _WHY.get(sides.get("why", "")):
            text += f" ({why})"
        found[name] = text
    return found


def _of_both(kept: object, other: object) -> str:
    """What becomes of a field of two records that are linked."""
    if kept in (None, "", []):
        return f"{shown(other)} (was empty on the record that stays)"
    return f"here: {shown(kept)}; at the other CRM: {shown(other)} (each keeps its own until one is changed)"


def shown(value: object) -> str:
    """A record's value as people read it, shortened."""
    text = _text(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _text(value: object) -> str:
    match value:
        case None | "" | []:
            return _EMPTY
        case bool():
            return "Yes" if value else "No"
        case [dict(), *_]:
            return said(value, "people").replace("\n", "; ")
        case list():
            return ", ".join(_text(one) for one in cast("list[object]", value))
        case dict():
            held = cast("dict[str, object]", value)
            return str(held.get("name") or " ".join(_text(one) for one in held.values() if one))
        case _:
            return str(value)
