"""Work for child processes that never ends, takes too much, or tells what a child knows."""

import os
import sys
import time
from pathlib import Path
from typing import Any


def spin() -> None:
    while True:
        pass


def sleep() -> None:
    time.sleep(3600)


def fill() -> int:
    return len([bytearray(2**28) for _ in range(1_000)])


def die() -> None:
    os._exit(1)


def fail(secret: str) -> None:
    raise ValueError(secret)


def known() -> dict[str, Any]:
    """What a child finds around itself."""
    return {
        "pid": os.getpid(),
        "environment": dict(os.environ),
        "descriptors": len(list(Path("/dev/fd").iterdir())),
        "modules": sorted(
            name for name in sys.modules if name.startswith(("hub_app", "sqlalchemy", "pydantic"))
        ),
    }


def echo(value: Any) -> Any:
    return value


def many() -> list[int]:
    return [0] * 50_000_000
