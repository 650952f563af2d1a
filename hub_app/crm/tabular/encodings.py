"""How the characters of a file are encoded."""

import codecs
from typing import BinaryIO

from hub_app.crm.tabular.errors import NotTabular

# Those that a person may choose; the first three are recognized.
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252", "cp1250", "mac_roman", "iso-8859-15")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FOREIGN = {
    b"PK\x03\x04": "is an Excel workbook or a ZIP file",
    b"\xd0\xcf\x11\xe0": "is an Excel workbook",
    b"%PDF": "is a PDF",
    b"\x1f\x8b": "is compressed",
    b"{\\rtf": "is a document of a word processor",
}
_CONTROLS = frozenset(range(0x20)) - frozenset(b"\t\n\v\f\r")
_CHUNK = 2**20
_HEAD = 1_000


def encoding_of(file: BinaryIO) -> tuple[str, int]:
    """The encoding of a file, and how many bytes its byte order mark takes. NotTabular for what is no text.

    It reads the whole file: one late umlaut tells Windows-1252 from UTF-8.
    """
    file.seek(0)
    head = file.read(_HEAD)
    for signature, what in _FOREIGN.items():
        if head.startswith(signature):
            raise NotTabular(f"{what}. Save it as CSV (UTF-8) and choose that file")
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    if utf16 := _unmarked_utf16(head):
        return utf16, 0
    if sum(byte in _CONTROLS for byte in head) > len(head) // 10:
        raise NotTabular("is no text. Export it as CSV and choose that file")
    return "utf-8" if _is_utf8(file) else "cp1252", 0


def mark_of(file: BinaryIO, encoding: str) -> int:
    """How many bytes the byte order mark of a file takes that somebody says is encoded so."""
    file.seek(0)
    head = file.read(len(codecs.BOM_UTF8))
    return next((len(mark) for mark, name in _MARKS if name == encoding and head.startswith(mark)), 0)


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 shows in every second byte being zero: what has such tables is nearly all ASCII."""
    most = len(head) * 2 // 5
    if head[1::2].count(0) > most:
        return "utf-16-le"
    return "utf-16-be" if head[::2].count(0) > most else None


def _is_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
