"""ConnectWise's conditions. Nobody documents how a quote in a text is escaped, so none gets there: fields are those written here,
numbers are numbers, and of a text only those characters are sent that mean nothing to the language.
"""

import re
from collections.abc import Sequence

LONGEST = 100
"""Characters of a text to search for. The whole URL must have fewer than 2,000."""
# Quotes, backslashes, brackets, wildcards, and whatever cannot be seen.
_SPECIAL = re.compile(r"[\"'`\\\[\]{}()<>*%;=|\x00-\x1f\x7f-\x9f\u2018-\u201f\u2028\u2029]+")
_FIELD = re.compile(r"[A-Za-z/]+")


def pieces(text: str) -> list[str]:
    """The parts of a text that can be searched for, all of which must be there."""
    found = (" ".join(part.split()) for part in _SPECIAL.split(text[:LONGEST]))
    return [part for part in found if part]


def like(field: str, text: str) -> str:
    """That a field holds each part of the text. ValueError when there is no part."""
    parts = pieces(text)
    if not parts:
        raise ValueError("nothing to search for")
    return " and ".join(f'{_known(field)} like "%{part}%"' for part in parts)


def equals(field: str, value: int | str) -> str:
    """That a field has this value: a number, True or False. A text must be one that Hub wrote itself: letters and digits alone."""
    match value:
        # True and False among them.
        case int():
            return f"{_known(field)} = {value}"
        case _ if value.isalnum() and value.isascii():
            return f'{_known(field)} = "{value}"'
        case _:
            raise ValueError("must be letters and digits")


def one_of(field: str, numbers: Sequence[int]) -> str:
    return f"{_known(field)} in ({','.join(f'{one:d}' for one in numbers)})"


def all_of(*conditions: str) -> str:
    """All of them, each in parentheses where it has several parts."""
    return " and ".join(f"({one})" if " or " in one else one for one in conditions if one)


def either(*conditions: str) -> str:
    return " or ".join(f"({one})" if " and " in one else one for one in conditions)


def _known(field: str) -> str:
    if not _FIELD.fullmatch(field):
        raise ValueError(f"{field} is no field")
    return field
