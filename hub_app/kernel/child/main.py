"""A child's side: it takes one piece of work after the other, under limits of its own, and ends when Hub does.

What it is told to do comes from Hub's own code; what it does it to comes from anybody.
"""

import importlib
import math
import os
import resource
import select
import signal
import sys
import threading
from contextlib import suppress
from typing import Any

from hub_app.kernel.child import frames

MAX_MEMORY = 1024 * 2**20
_NICENESS = 5
_RECURSION = 10_000


def main() -> None:
    """Work until standard input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for Hub, which ends its children.
    os.nice(_NICENESS)
    sys.setrecursionlimit(_RECURSION)  # Frames of Python's own: they take memory, no stack.
    _limit(resource.RLIMIT_CORE, 0)  # A core would hold what was worked on.
    _limit(resource.RLIMIT_AS, MAX_MEMORY)
    # From here on nothing of what is worked on can get into a log.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    threading.Thread(target=_end_with_hub, daemon=True).start()
    while (message := frames.receive(sys.stdin.buffer)) is not None:
        (where, args, seconds), _ = message
        del message
        sys.stdout.buffer.write(_answer(where, args, seconds))
        sys.stdout.buffer.flush()


def _end_with_hub() -> None:
    """End in the middle of any work when Hub is gone: then nobody holds the other end of standard input."""
    gone = select.poll()
    gone.register(sys.stdin.fileno(), 0)
    gone.poll()
    os._exit(0)


def _answer(where: str, args: list[Any], seconds: int) -> bytes:
    """`["done", value]`, or what became of the work instead."""
    try:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime) + seconds)
        module, _, name = where.partition(":")
        return frames.packed(["done", getattr(importlib.import_module(module), name)(*args)])
    except (MemoryError, frames.Unsendable):
        return frames.packed(["memory", ""])
    except ImportError as error:
        return frames.packed(["failed", str(error)])
    except Exception as error:  # noqa: BLE001 - whatever it is, Hub must hear of it; its text may hold a secret
        return frames.packed(["failed", type(error).__name__])


def _limit(what: int, most: int) -> None:
    # macOS does not know all of them; there Hub's own time limit and what the work counts by itself remain.
    with suppress(ValueError, OSError):
        resource.setrlimit(what, (most, resource.getrlimit(what)[1]))
