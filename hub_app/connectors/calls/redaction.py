"""Secrets are taken out of everything that is kept of a call or given back, however an API wrote them."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, quote_plus

from pydantic import JsonValue

from hub_app.kernel.vault import hint

# Taking a text of three letters out of everything would destroy it, and show by its gaps what the secret is.
SHORTEST = 4
# What shows who calls, whatever it is: a parameter of an action may set it, an answer may hand it out.
_TELLING = {"authorization", "cookie", "proxy-authorization", "set-cookie", "set-cookie2", "x-api-key"}
_NAMED = {'"': "quot", "&": "amp", "<": "lt", ">": "gt", "'": "apos"}


class Redactor:
    """Replaces each of `secrets` by one hint. A secret is found raw, percent-encoded (also twice), as in JSON and HTML."""

    def __init__(self, secrets: Sequence[str]) -> None:
        told = [one for one in secrets if one]
        self.hint = hint(min(told, key=len)) if told else hint("")
        # The longest first, so that none is left with the rest of a longer one.
        findable = sorted({one for one in told if len(one) >= SHORTEST}, key=len, reverse=True)
        self.longest = max((len(one) for one in findable), default=0) * 12
        self._found = re.compile("|".join(_written(one) for one in findable)) if findable else None

    def text(self, value: str) -> str:
        return self._found.sub(lambda _: self.hint, value) if self._found else value

    def headers(self, given: Mapping[str, str]) -> dict[str, str]:
        """Headers with lower-case names; those that tell who calls are hints whole."""
        return {
            self.text(name): hint(value) if name in _TELLING else self.text(value)
            for name, value in given.items()
        }

    def value(self, value: JsonValue) -> JsonValue:
        """The same value with secrets replaced in all texts, names and numbers."""
        return self._value(value) if self._found else value

    def _value(self, value: JsonValue) -> JsonValue:
        match value:
            case str():
                return self.text(value)
            case dict():
                return {self.text(name): self._value(one) for name, one in value.items()}
            case list():
                return [self._value(one) for one in value]
            case int() | float() if not isinstance(value, bool):
                shown = self.text(str(value))
                return value if shown == str(value) else shown
            case _:
                return value


def _written(secret: str) -> str:
    """A pattern of all the ways to write the secret, each character in its own way."""
    return "".join(_character(one) for one in secret)


def _character(one: str) -> str:
    if one.isascii() and one.isalnum():
        return one
    ways = {re.escape(one)}
    percent = quote(one, safe="")
    ways |= {_any_case(way) for way in (percent, percent.replace("%", "%25"), quote_plus(one)) if way != one}
    ways.add(_any_case("".join(f"\\u{unit:04x}" for unit in _units(one))))
    if one in '"\\/':
        ways.add(re.escape(f"\\{one}"))
    if one in _NAMED:
        ways.add(f"&{_NAMED[one]};")
    ways |= {f"&#0*{ord(one)};", f"&#[xX]0*{_any_case(f'{ord(one):x}')};"}
    if not one.isascii():
        ways.add(re.escape(one.encode().decode("latin-1")))
    # The longest first: a backslash is the beginning of an escaped one.
    return f"(?:{'|'.join(sorted(ways, key=len, reverse=True))})"


def _units(one: str) -> list[int]:
    """The character's UTF-16 units, as JSON writes it."""
    raw = one.encode("utf-16-be")
    return [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]


def _any_case(text: str) -> str:
    """A pattern of `text` with hexadecimal digits in either case."""
    return "".join(f"[{c.lower()}{c.upper()}]" if c in "abcdefABCDEF" else re.escape(c) for c in text)
