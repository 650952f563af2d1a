"""Forms that two people may have open at once.

The tab keeps fingerprints of what its form was opened with. Saving sends the fields that differ from them; where
someone else changed one of these meanwhile, the service refuses (`EditConflict`) and both values are shown.
"""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.actor import Role
from hub_app.kernel.edits import AsOpened, Version, fingerprint
from hub_app.kernel.errors import EditConflict, FieldError, Invalid
from hub_app.ui.guard import FormState, guarded
from hub_app.ui.shown import shown_once

# What a form sends along for each field whose choice it shows.
CHOOSING = "choosing:"
_EMPTY = "(empty)"
_NOT_SHOWN = "A different value, which cannot be shown."


@dataclass(frozen=True)
class Form:
    """What a form would show if it were opened now: the settings' version, and its fields' texts by their names."""

    version: Version
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Offer:
    """What someone else made of a field, by fingerprints: what its settings would be opened with, and what they show."""

    expected: dict[str, str]
    shown: dict[str, str]


class EditState(FormState, mixin=True):
    """A state with a form of settings. A setting is what the service changes; most have a field of the same name.

    `theirs` is what someone else made of a field meanwhile, by the field's name, until the person has chosen. It may be
    a secret, so it is read anew each time it is shown.
    """

    theirs: rx.Field[dict[str, str]] = shown_once(dict)
    _expected: dict[str, str] = {}  # noqa: RUF012 - Reflex makes a copy for each tab
    _begun: dict[str, str] = {}  # noqa: RUF012 - as above
    _offers: dict[str, Offer] = {}  # noqa: RUF012 - as above
    # Fields that were given what someone else made of them.
    _taken: frozenset[str] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Raises TypeError for a state without the two methods below: an abstract one would fail with its first tab."""
        super().__init_subclass__(**kwargs)
        lacking = [name for name in ("_now", "_settings") if _is_abstract(getattr(cls, name))]
        if lacking and not kwargs.get("mixin"):
            raise TypeError(f"{cls.__name__} has a form of settings, but no {' and no '.join(lacking)}")

    @abstractmethod
    async def _now(self) -> Form:
        """What the form would show now."""

    @abstractmethod
    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        """A form's data as settings. A secret that is not entered is left out. Raises Invalid, by the form's fields."""

    def _fields_of(self, setting: str) -> tuple[str, ...]:
        """The fields of a setting. Beside the first stands what others made of it."""
        return (setting,)

    def _said(self, setting: str, form: Form) -> str:
        """A setting in words, for those who choose."""
        return form.texts.get(self._fields_of(setting)[0], _NOT_SHOWN) or _EMPTY

    def _begin(self, form: Form, only: Collection[str] | None = None) -> Mapping[str, str]:
        """Remember what the form is opened with, or a part of it; the fields' texts."""
        expected, shown = dict(form.version.fields), self._fingerprints(form)
        if only is not None:
            expected = self._expected | {name: expected[name] for name in only if name in expected}
            shown = self._begun | {name: shown[name] for name in only if name in shown}
        self._expected, self._begun = expected, shown
        self.theirs, self._offers, self._taken = {}, {}, frozenset()
        return form.texts

    def _fingerprints(self, form: Form) -> dict[str, str]:
        try:
            settings = self._settings(dict(form.texts))
        except Invalid:  # Saved when other rules held: it cannot be sent before it is put right.
            return dict(form.version.fields)
        return {name: fingerprint(name, value) for name, value in settings.items()}

    def _changes(self, data: object) -> dict[str, object]:
        """The settings that the form says otherwise than when it was opened. Invalid while a choice is open."""
        if self._offers:
            waits = "was changed by someone else. Choose which value to keep, then save"
            raise Invalid([FieldError(name, waits) for name in self._offers])
        sent: Mapping[str, object] = data if isinstance(data, Mapping) else {}
        # Sent before their value had arrived in the form, so it still says one's own.
        early = [name for name in self._taken if f"{CHOOSING}{name}" in sent]
        if early:
            arrived = "now shows the value that you chose. It arrived after you pressed Save, so nothing was saved. Save again"
            raise Invalid([FieldError(name, arrived) for name in early])
        settings = self._settings(sent)
        return {
            name: value
            for name, value in settings.items()
            if self._begun.get(name) != fingerprint(name, value)
        }

    def _entered(self, data: Mapping[str, object], *names: str) -> dict[str, str]:
        """The texts of these fields that say otherwise than when the form was opened."""
        texts = {name: str(data.get(name, "")).strip() for name in names}
        return {
            name: text for name, text in texts.items() if self._begun.get(name) != fingerprint(name, text)
        }

    def _as_opened(self) -> AsOpened:
        return AsOpened(dict(self._expected))

    async def _offer_theirs(self, conflict: EditConflict) -> EventSpec:
        self._offer(await self._now(), conflict.fields)
        return rx.call_script("window.hub.focusChoice()")

    def _offer(self, form: Form, settings: Iterable[str]) -> None:
        """Show what others made of these settings, each beside its first field."""
        shown = self._fingerprints(form)
        said: dict[str, list[str]] = {}
        offers: dict[str, Offer] = {}
        for setting in settings:
            place = self._fields_of(setting)[0]
            said.setdefault(place, []).append(self._said(setting, form))
            offer = offers.setdefault(place, Offer({}, {}))
            offer.expected[setting] = form.version.fields.get(setting, "")
            if setting in shown:
                offer.shown[setting] = shown[setting]
        self.theirs = {place: "\n".join(dict.fromkeys(words)) for place, words in said.items()}
        self._offers = offers

    def _forget_form(self) -> None:
        """The form is closed: nothing of it stays."""
        self.theirs, self._offers, self._expected, self._begun = {}, {}, {}, {}
        self._taken = frozenset()

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def keep_mine(self, field: str) -> EventSpec | None:
        """Let the next save overwrite what someone else made of this field, as long as it is still that."""
        offer = self._offers.get(field)
        if offer is None:
            return None
        self._expected = self._expected | offer.expected
        self._chosen(field, await self._now() if len(self._offers) > 1 else None)
        return rx.call_script(f"window.hub.focus({_js(field)})")

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def use_theirs(self, field: str) -> EventSpec | None:
        """Put what someone else made of this field into the form: what it is at this moment."""
        if field not in self._offers:
            return None
        form = await self._now()
        self._offer(form, [setting for one in self._offers.values() for setting in one.expected])
        offer = self._offers[field]
        self._expected, self._begun = self._expected | offer.expected, self._begun | offer.shown
        self._taken |= {field}
        self._chosen(field, form)
        names = [name for setting in offer.expected for name in self._fields_of(setting)]
        return self._take(field, {name: form.texts.get(name, "") for name in names})

    def _take(self, field: str, texts: Mapping[str, str]) -> EventSpec:
        """Fill the form with what someone else made of this field."""
        return rx.call_script(f"window.hub.fill({_js(dict(texts))}); window.hub.focus({_js(field)})")

    def _chosen(self, field: str, form: Form | None) -> None:
        """The person has chosen for this field. What is left is shown as the form would show it now, if anything is."""
        self.errors = {name: words for name, words in self.errors.items() if name != field}
        left = [setting for name, one in self._offers.items() if name != field for setting in one.expected]
        if form is None or not left:
            self.theirs, self._offers = {}, {}
        else:
            self._offer(form, left)


def saved(changes: Mapping[str, object], name: str = "", *, missing: str = "") -> EventSpec:
    """What is said of a form that was saved. `missing` says what is not there yet, in a sentence."""
    said = f"{name or 'Your change'} is saved." if changes else "Nothing was changed, so nothing was saved."
    if missing:
        return rx.toast.warning(f"{said} {missing}")
    return rx.toast.success(said) if changes else rx.toast.info(said)


def _is_abstract(method: object) -> bool:
    return getattr(method, "__isabstractmethod__", False)


def _js(value: object) -> str:
    return orjson.dumps(value).decode()
