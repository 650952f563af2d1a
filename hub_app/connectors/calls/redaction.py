"""Secrets are taken out of everything that is kept of a call or given back, however an API wrote them."""

import html
import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, quote_plus

from pydantic import JsonValue

from hub_app.kernel.vault import hint

# Taking a text of three letters out of everything would destroy it, and show by its gaps what the secret is.
SHORTEST = 4
# What shows who calls, whatever it is: a parameter of an action may set it, an answer may hand it out.
_TELLING = {"authorization", "cookie", "proxy-authorization", "set-cookie", "set-cookie2", "x-api-key"}
_PLAIN = re.compile(r"[A-Za-z0-9._~-]+")
_LONGEST_MIXED = 256
_LONGEST_CHARACTER = 12
_HEXADECIMAL = re.compile(r"%[0-9A-F]{2}")


class Redactor:
    """Replaces each of `secrets` by one hint. A secret is found raw, percent-encoded (also twice), as in JSON and HTML."""

    def __init__(self, secrets: Sequence[str]) -> None:
        told = [one for one in secrets if one]
        self.hint = hint(min(told, key=len)) if told else hint("")
        findable = {one for one in told if len(one) >= SHORTEST}
        # The longest first, so that none is left with the rest of a longer one.
        written = {text for one in findable for text in _writings(one)}
        self._written = sorted(written, key=len, reverse=True)
        self.longest = max((len(one) for one in findable), default=0) * _LONGEST_CHARACTER
        mixed = sorted(filter(_may_be_mixed, findable), key=len, reverse=True)
        self._mixed = re.compile("|".join(_any_writing(one) for one in mixed)) if mixed else None

    def text(self, value: str) -> str:
        for one in self._written:
            value = value.replace(one, self.hint)
        return self._mixed.sub(lambda _: self.hint, value) if self._mixed else value

    def headers(self, given: Mapping[str, str]) -> dict[str, str]:
        """Headers with lower-case names; those that tell who calls are hints whole."""
        return {
            self.text(name): hint(value) if name in _TELLING else self.text(value)
            for name, value in given.items()
        }

    def value(self, value: JsonValue) -> JsonValue:
        """The same value with secrets replaced in all texts, names and numbers, however deep."""
        if not self._written:
            return value
        whole: list[JsonValue] = [value]
        waiting: list[list[JsonValue] | dict[str, JsonValue]] = [whole]
        while waiting:
            at = waiting.pop()
            places = at.items() if isinstance(at, dict) else enumerate(at)
            for place, one in places:
                clean = self._shallow(one)
                at[place] = clean  # type: ignore[index]
                if isinstance(clean, dict | list):
                    waiting.append(clean)
        return whole[0]

    def _shallow(self, value: JsonValue) -> JsonValue:
        """The value itself; of what has parts a copy, whose parts are still to be looked at."""
        match value:
            case str():
                return self.text(value)
            case dict():
                return {self.text(name): one for name, one in value.items()}
            case list():
                return list(value)
            case int() | float() if not isinstance(value, bool):
                shown = self.text(str(value))
                return value if shown == str(value) else shown
            case _:
                return value


def _writings(secret: str) -> set[str]:
    """The secret as each kind of text writes it throughout."""
    percent = quote(secret, safe="")
    in_json = json.dumps(secret)[1:-1]
    found = {
        secret, percent, quote(secret), quote_plus(secret), quote(percent, safe=""),
        in_json, in_json.replace("/", "\\/"), json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret), html.escape(secret, quote=False),
        secret.encode().decode("latin-1"),
    }  # fmt: skip
    return found | {_HEXADECIMAL.sub(lambda digits: digits.group().lower(), text) for text in found}


def _may_be_mixed(secret: str) -> bool:
    """Whether some of its characters may be written in one way and others in another. A long one is not looked for so:
    that search takes a time that grows with its length.
    """
    return len(secret) <= _LONGEST_MIXED and not _PLAIN.fullmatch(secret)


def _any_writing(secret: str) -> str:
    """A pattern of all the ways to write the secret, each character in its own way. Nothing is tried twice."""
    return "".join(_character(one) for one in secret)


def _character(one: str) -> str:
    if _PLAIN.fullmatch(one):
        return re.escape(one)
    percent = quote(one, safe="")
    units = one.encode("utf-16-be").hex(",", 2).split(",")
    in_json = "".join(f"\\u{unit}" for unit in units)
    ways = {re.escape(way) for way in (one, f"\\{one}", html.escape(one), quote_plus(one))}
    ways |= {_any_case(way) for way in (percent, percent.replace("%", "%25"), in_json)}
    ways |= {f"&#0*{ord(one)};", f"&#[xX]0*{_any_case(f'{ord(one):x}')};"}
    # The longest first: a backslash is the beginning of an escaped one.
    return f"(?>{'|'.join(sorted(ways, key=len, reverse=True))})"


def _any_case(text: str) -> str:
    """A pattern of `text` with hexadecimal digits in either case."""
    return "".join(f"[{c.lower()}{c.upper()}]" if c in "abcdefABCDEF" else re.escape(c) for c in text)
