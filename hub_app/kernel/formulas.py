"""Cells of files that spreadsheets open: none is taken for a formula, which would run on the computer of whoever opens it.

A cell that would be is written with an apostrophe before it, which `restored` takes away. Numbers and phone numbers such as
`-4,500.00` and `+44 20 7946 0958` stay as they are: a sign with digits calculates nothing. One with a second operator, such as
`+1-555-0100`, is a calculation, and gets the apostrophe.
"""

# Full-width ones too.
_BEGINNINGS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
_SIGNS = ("+", "-")
_OF_NUMBERS = frozenset("0123456789.,()% \u00a0\u202f")
# Spreadsheets skip these before a formula.
_SKIPPED = " \t\r\n\v\f\0\u00a0\u200b\ufeff\u3000"
_CONTROLS = ("\t", "\r", "\n")


def defused(text: str) -> str:
    """The text as it may stand in a cell."""
    return f"'{text}" if _is_formula(text.lstrip("'")) else text


def restored(text: str) -> str:
    """What `defused` was given."""
    return text[1:] if text.startswith("'") and _is_formula(text.lstrip("'")) else text


def _is_formula(text: str) -> bool:
    if text.startswith(_CONTROLS):
        return True
    bare = text.lstrip(_SKIPPED)
    if not bare.startswith(_BEGINNINGS):
        return False
    return not (bare.startswith(_SIGNS) and _OF_NUMBERS.issuperset(bare[1:]))
