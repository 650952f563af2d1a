"""Ids made of titles, operation ids and paths."""

import re
import unicodedata

MAX_SLUG = 64
_WORDS_MEET = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OTHERS = re.compile(r"[^a-z0-9_-]+")


def slug(text: str, otherwise: str) -> str:
    """`listItems` → `list_items`, `GET /items/{id}` → `get_items_id`; `otherwise` when nothing usable is left."""
    plain = unicodedata.normalize("NFKD", text[:500]).encode("ascii", "ignore").decode()
    made = _OTHERS.sub("_", _WORDS_MEET.sub("_", plain).lower())
    made = re.sub("_{2,}", "_", made).strip("_-")
    if made and not made[0].isalpha():
        made = f"{otherwise}_{made}"
    return made[:MAX_SLUG].rstrip("_-") or otherwise


class Ids:
    """Gives each id once: `get_item`, `get_item_2`."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._counted: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        made = wanted
        while made in self._taken:
            number = self._counted.get(wanted, 1) + 1
            self._counted[wanted] = number
            ending = f"_{number}"
            made = wanted[: MAX_SLUG - len(ending)] + ending
        self._taken.add(made)
        return made
