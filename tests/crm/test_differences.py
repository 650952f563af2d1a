"""What differs between two texts is marked, and the rest is what both have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.crm.differences import Piece, compare
from hub_app.crm.said import said

_TEXTS = st.text(alphabet="ab ,\nö", max_size=60)


def marked(one: str, other: str) -> tuple[list[str], list[str]]:
    mine, theirs = compare(one, other)
    return [piece.text for piece in mine if piece.differs], [piece.text for piece in theirs if piece.differs]


@given(_TEXTS, _TEXTS)
def test_the_pieces_are_the_texts(one: str, other: str) -> None:
    mine, theirs = compare(one, other)
    assert "".join(piece.text for piece in mine) == one
    assert "".join(piece.text for piece in theirs) == other
    same = [[piece.text for piece in side if not piece.differs] for side in (mine, theirs)]
    if any(piece.differs for piece in (*mine, *theirs)):
        assert "".join(same[0]) == "".join(same[1])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Villa Aurora, Como", "Villa Aurora, Lake Como", ([], ["Lake "])),
        ("+1 415 555 0199", "+1 628 555 0107", (["415", "0199"], ["628", "0107"])),
        ("Mia", "Noor", ([], [])),
        ("", "Noor", ([], [])),
        ("the same", "the same", ([], [])),
    ],
)
def test_what_is_marked(one: str, other: str, expected: tuple[list[str], list[str]]) -> None:
    assert marked(one, other) == expected


def test_long_texts_are_cut_to_what_differs() -> None:
    same = "word " * 20_000
    mine, theirs = compare(f"{same}here {same}", f"{same}there {same}")
    assert [piece for piece in mine if piece.differs] == [Piece("here", differs=True)]
    assert [piece for piece in theirs if piece.differs] == [Piece("there", differs=True)]
    assert sum(len(piece.text) for piece in mine) < 500


def test_very_many_different_words_are_marked_as_a_whole() -> None:
    mine, theirs = compare("x" + " a b" * 2000 + " c", "y" + " b a" * 2000 + " d")
    assert [piece.differs for piece in (*mine, *theirs)] == [True, True]


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (None, "text", ""),
        (False, "boolean", "No"),
        (4500, "money", "4,500.00"),
        ("2027-06-19", "date", "19 June 2027"),
        ("2027-06-19T14:30:00Z", "datetime", "19 June 2027, 14:30 UTC"),
        (["wedding", "lake"], "list", "wedding, lake"),
        ([{"name": "Mia Berg", "role": "bride", "emails": ["mia@example.net"]}], "people", "Mia Berg (bride), mia@example.net"),
    ],
)  # fmt: skip
def test_values_in_words(value: object, kind: str, words: str) -> None:
    assert said(value, kind) == words
