"""Two people at once: whether settings are still what they were when somebody read them.

A `Version` holds a keyed fingerprint of each setting, never a value. A form keeps the one that it was opened with and
expects (`AsOpened`) that the fields which it changes are still so; REST shows it as an ETag and expects (`AsTagged`)
that nothing changed. A use case checks either inside its transaction, with the row locked (docs/decisions/0021).
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, Self

import orjson
from pydantic import BaseModel, PrivateAttr

from hub_app.kernel.errors import EditConflict, PreconditionFailed
from hub_app.kernel.settings import get_settings
from hub_app.kernel.vault import Keeper, SealBroken, open_field

_LENGTH = 16


def fingerprint(field: str, value: object) -> str:
    """What tells one value of a field from another, and nothing else of it: it is keyed, and may hold a secret's place.

    `value` is anything JSON can say, enumerations and ids included.
    """
    said = orjson.dumps([field, value], option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return _keyed(b"setting " + said)


def _keyed(text: bytes) -> str:
    key = get_settings().secret_key.get_secret_value().encode()
    return hmac.digest(key, text, "sha256")[:_LENGTH].hex()


@dataclass(frozen=True, slots=True)
class Version:
    """What settings are at one moment: the fingerprint of each, by its field's name."""

    fields: Mapping[str, str]

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> "Version":
        return cls({name: fingerprint(name, value) for name, value in settings.items()})

    @property
    def etag(self) -> str:
        """A strong entity tag of all settings (RFC 9110, 8.8.3), with its quotes."""
        return f'"{_keyed(b"version " + orjson.dumps(self.fields, option=orjson.OPT_SORT_KEYS))}"'


class Versioned(BaseModel):
    """An answer that can tell the version of the settings that it shows. The version is no field of it."""

    _tell: Callable[[], Version] | None = PrivateAttr(default=None)

    def of(self, tell: Callable[[], Version]) -> Self:
        """The same answer, of this version; it is made only when somebody wants it."""
        self._tell = tell
        return self

    def __eq__(self, other: object) -> bool:
        """By the fields: how the version is told is no part of an answer."""
        return type(other) is type(self) and other.__dict__ == self.__dict__

    __hash__ = None  # type: ignore[assignment]

    @property
    def version(self) -> Version:
        return self._tell() if self._tell else Version({})


def sealed(row: Keeper, field: str) -> str:
    """A sealed setting, for a version. One that does not open stands for itself: settings can be read all the same."""
    try:
        return open_field(row, field) if getattr(row, field) else ""
    except SealBroken:
        return bytes(getattr(row, field)).hex()


class Expected(Protocol):
    """What whoever changes something believes it to be now."""

    def check(self, now: Version, wanted: Mapping[str, object]) -> None:
        """Raise when it is not so. `wanted` are the settings to change, under the names that the version has."""
        ...


@dataclass(frozen=True, slots=True)
class AsOpened:
    """The fields of a form are as they were when it was opened, or already what is wanted; EditConflict names others."""

    fields: Mapping[str, str]

    def check(self, now: Version, wanted: Mapping[str, object]) -> None:
        others = [
            name
            for name, value in wanted.items()
            if now.fields.get(name) not in {self.fields.get(name), fingerprint(name, value)}
        ]
        if others:
            raise EditConflict(others)


@dataclass(frozen=True, slots=True)
class AsTagged:
    """Nothing changed since one of these tags was given; PreconditionFailed. `*` stands for whatever is there."""

    tags: frozenset[str]

    def check(self, now: Version, wanted: Mapping[str, object]) -> None:
        del wanted
        if self.tags.isdisjoint({"*", now.etag}):
            raise PreconditionFailed(
                "This has changed: its ETag does not match If-Match. Nothing was changed. Fetch it again and retry."
            )


def check(expected: Expected | None, now: Version, wanted: Mapping[str, object] | None = None) -> None:
    """What use cases call once they hold the row's lock; nothing is expected by those who give None."""
    if expected is not None:
        expected.check(now, wanted or {})
