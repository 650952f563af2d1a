"""The anchor: a file outside the database that remembers how far each chain of the audit log had come.

Each line is JSON: a chain's last entry when it was verified, with a code chained to the line before. Lines are only ever
added. Whoever holds both key and database can write the log anew, but not so that it fits a file out of their reach.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from hub_app.kernel import audit_mac
from hub_app.kernel.audit_chain import End
from hub_app.kernel.audit_mac import Verdict
from hub_app.kernel.clock import utcnow

_LONGEST = 4096


class AnchorBroken(Exception):
    """The file cannot be read, compared with or extended; the message says why and what to do."""


class Anchor:
    """An anchor file that was read: `known` is the newest entry that it knows of each chain."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[UUID, End] = {}
        self.exists = False
        self._last = ""

    def read(self, file: BufferedReader) -> None:
        """AnchorBroken at the first line that is torn, changed, or made with another key."""
        self.exists = True
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST), b""), start=1):
            self._take(line, f"Line {number:,} of {self.path}")
        if not self.known:
            raise AnchorBroken(
                f"{self.path} is empty, which an anchor never is: it was emptied, or its first line was never written."
                " Find out which; if it never held anything, delete it."
            )

    def extend(self, ends: Mapping[UUID, End]) -> str:
        """Add a line for each chain that has come further; what was done, in words. The file is made, for its owner alone,
        if need be.
        """
        new = {tenant_id: end for tenant_id, end in ends.items() if self.known.get(tenant_id) != end}
        if new:
            self._append(b"".join(self._line(tenant_id, end) for tenant_id, end in new.items()))
        logs = "1 log" if len(new) == 1 else f"{len(new):,} logs"
        if self.exists or not new:
            return f"The log fits the anchor {self.path}, to which the new ends of {logs} were added."
        return (
            f"There was no anchor {self.path}: it was made, with the ends of {logs}. Keep it where nobody can change it"
            " who can change the database."
        )

    def _append(self, lines: bytes) -> None:
        flags = os.O_WRONLY | os.O_APPEND | (0 if self.exists else os.O_CREAT | os.O_EXCL)
        try:
            descriptor = os.open(self.path, flags, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(lines)
                file.flush()
                os.fsync(descriptor)
        except OSError as error:
            raise AnchorBroken(f"{self.path} cannot be written: {error.strerror}.") from None

    def _take(self, line: bytes, where: str) -> None:
        try:
            found: dict[str, Any] = orjson.loads(line) if line.endswith(b"\n") else {}
            code = found.pop("mac")
            tenant_id, end = UUID(found["tenant"]), End(int(found["sequence"]), str(found["entry"]))
            key = audit_mac.key_of(code)
            verdict = audit_mac.verdict(code, key and audit_mac.anchor(found, self._last, key))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise AnchorBroken(
                f"{where} is torn, or no line of an anchor. If it is the last one, and the machine stopped while it was"
                " written, delete that line and verify again; otherwise somebody changed the file."
            ) from None
        if verdict is Verdict.OTHER_KEY:
            raise AnchorBroken(
                f"{where} was written with another SECRET_KEY. Name the former one in SECRET_KEYS_OLD."
            )
        if verdict is Verdict.WRONG:
            raise AnchorBroken(f"{where} does not fit the lines before it: somebody changed the file.")
        self.known[tenant_id], self._last = end, code

    def _line(self, tenant_id: UUID, end: End) -> bytes:
        line: dict[str, object] = {
            "at": utcnow().isoformat(),
            "tenant": str(tenant_id),
            "sequence": end.sequence,
            "entry": end.mac,
        }
        self._last = audit_mac.anchor(line, self._last, audit_mac.newest())
        return orjson.dumps({**line, "mac": self._last}, option=orjson.OPT_APPEND_NEWLINE)


@contextmanager
def opened(path: Path) -> Iterator[Anchor]:
    """The anchor in this file, held against another verification; one without lines when there is no file yet."""
    anchor = Anchor(path)
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            fcntl.flock(file, fcntl.LOCK_EX)
            anchor.read(file)
        except FileNotFoundError:
            pass  # Made when it is extended.
        except OSError as error:
            raise AnchorBroken(f"{path} cannot be read: {error.strerror}.") from None
        yield anchor
