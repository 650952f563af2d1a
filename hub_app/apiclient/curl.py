"""A request as a command for a shell."""

import shlex
from collections.abc import Mapping, Sequence


def curl(
    method: str, url: str, headers: Mapping[str, str], body: str, *, arguments: Sequence[str] = ()
) -> str:
    """The command, over several lines. `url` and `arguments` are quoted already: variables in them stand for secrets."""
    lines = [f"curl -X {method} {url}", *arguments]
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    if body:
        lines.append(f"--data-raw {shlex.quote(body)}")
    return " \\\n  ".join(lines)
