"""Hub's side of a child process. It is started when the first work comes, and can be killed at any time."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

import hub_app
from hub_app.kernel.child import frames

_ROOT = str(Path(hub_app.__file__).parent.parent)
_START = "import sys; sys.path[:0] = sys.argv[1:]; from hub_app.kernel.child.main import main; main()"
# Where the machine's libraries lie. Nothing else of Hub's environment, which may hold its keys, is for a child.
_PASSED_ON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# What handled more than this holds memory that it will not need again soon.
_LARGE = 4 * 2**20


class Gone(Exception):
    """The child ended before it answered. `out_of_time`: because it used up its processor time."""

    def __init__(self, *, out_of_time: bool = False) -> None:
        super().__init__()
        self.out_of_time = out_of_time


class Process:
    """One child. `work` blocks; `kill` may come from any thread."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._working = threading.RLock()
        self._killed = False
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def is_usable(self) -> bool:
        return not self._killed and (self._popen is None or self._popen.poll() is None)

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen is not None else None

    def work(self, where: str, args: Sequence[object], seconds: int) -> tuple[str, Any]:
        """How it ended and what came of it, of the function at `where` (`module:name`) with these arguments. Gone when the
        child did not live to answer, frames.Unsendable when the arguments are no message.
        """
        message = frames.packed([where, args, seconds])
        with self._working:
            answer = self._asked(message)
            if answer is None:
                self.end()
                raise Gone(out_of_time=self._popen is not None and self._popen.returncode == -signal.SIGXCPU)
            (how, found), length = answer
            if how != "done" or length + len(message) > _LARGE:
                self.end()
            return how, found

    def kill(self) -> None:
        """Let it end now. A call of `work` that waits for it ends with Gone."""
        with self._starting:
            self._killed = True
            if self._popen is not None:
                self._popen.kill()

    def end(self) -> None:
        """Kill it, and leave nothing of it behind."""
        self.kill()
        with self._working:
            if self._popen is None:
                return
            for pipe in (self._popen.stdin, self._popen.stdout):
                # What it never took is still in the buffer.
                with suppress(OSError):
                    cast("IO[bytes]", pipe).close()
            self._popen.wait()

    def _asked(self, message: bytes) -> tuple[Any, int] | None:
        try:
            popen = self._started()
            if popen is None:
                return None
            stdin, stdout = cast("IO[bytes]", popen.stdin), cast("IO[bytes]", popen.stdout)
            stdin.write(message)
            stdin.flush()
            return frames.receive(stdout)
        except BrokenPipeError:
            return None

    def _started(self) -> subprocess.Popen[bytes] | None:
        with self._starting:
            if self._popen is None and not self._killed:
                self._popen = subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
                    [sys.executable, "-I", "-S", "-c", _START, _ROOT, *map(os.path.abspath, sys.path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                    cwd="/",
                )
            return self._popen
