"""A zip of many files that are written side by side, and the list of what is in it. For a thread: nothing here waits."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

import orjson

_CHUNK = 1 << 20
MANIFEST = "manifest.json"


class Part:
    """A file of the zip, on disk until that is made: its `records`, its size in bytes and its SHA-256."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.records = 0
        self.size = 0
        self.file = cast("BinaryIO", TemporaryFile())  # noqa: SIM115 - closed by its archive
        self._digest = hashlib.sha256()

    def write(self, content: bytes, records: int = 0) -> None:
        self.file.write(content)
        self._digest.update(content)
        self.size += len(content)
        self.records += records

    def told(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {
            "name": self.name,
            "records": self.records,
            "bytes": self.size,
            "sha256": self._digest.hexdigest(),
        }


class Archive:
    """Parts are written in any order; `finish` makes the zip of them."""

    def __init__(self) -> None:
        self._parts: dict[str, Part] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._parts.values():
            one.file.close()

    def part(self, name: str) -> Part:
        """The part of this name, made when it is not there."""
        if name not in self._parts:
            self._parts[name] = Part(name)
        return self._parts[name]

    def finish(self, into: BinaryIO, about: Mapping[str, Any]) -> dict[str, int]:
        """Write the zip, with a manifest of all parts that begins with what is said `about` it. The records by part."""
        parts = list(self._parts.values())
        manifest = {**about, "files": [one.told() for one in parts]}
        with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as made:
            for one in parts:
                one.file.seek(0)
                with made.open(one.name, "w", force_zip64=True) as entry:
                    while chunk := one.file.read(_CHUNK):
                        entry.write(chunk)
            made.writestr(MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        into.seek(0, io.SEEK_END)
        return {one.name: one.records for one in parts if one.records}


def json_line(value: Mapping[str, Any]) -> bytes:
    """A line of a file of JSON lines."""
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
