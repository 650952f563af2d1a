"""Text as a field keeps it: plain, without what cannot be seen or stored, and the same when it is cleaned again.

Nothing here takes longer than in proportion to its text, whatever that holds.
"""

import html
import re
import unicodedata
from itertools import groupby, islice

MAX_TEXT = 1_000
CUT = "and was cut"
MAX_MULTILINE = 20_000
# Markup may be much longer than what it says.
MAX_RAW = 100_000

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# HTML's own elements, and those of Office, alone: `<sarah@example.com>` and `a <b` are text.
_ELEMENTS = (
    "a abbr address area article aside audio b bdi bdo big blockquote body br button canvas caption center cite code col"
    " colgroup data dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form frame h1 h2 h3"
    " h4 h5 h6 head header hr html i iframe img input ins kbd label legend li link main map mark meta nav noscript object ol"
    " optgroup option p param path picture pre q s samp script section select small source span strike strong style sub summary"
    " sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr"
).replace(" ", "|")
_BEGINNING = rf"(?=[/a-z!?])(?:/?(?:{_ELEMENTS}|(?:o|v|w|st1):[a-z]+)(?=[\s/>])|!--|!doctype\s|!\[|\?xml)"
_MARKUP = re.compile(f"<{_BEGINNING}", re.IGNORECASE)
_OPENING = re.compile(f"(?<!<)<++(?={_BEGINNING})", re.IGNORECASE)
_NAME = re.compile(r"/?([A-Za-z][A-Za-z0-9]*)")
# What a tag holds up to its end: `>` in quotes is none.
_TAG_END = re.compile(r"(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>")
_NEXT_END = re.compile(r"[^<>]*+>")
# In longer ones quotes are not looked at: an image may lie in them.
_LONGEST_TAG = 1_000
_BREAKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "footer", "h1", "h2", "h3", "h4", "h5",
    "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "ul",
})  # fmt: skip
_DROPPED = frozenset({"script", "style", "template", "head", "title"})
_MARKS, _MANY_MARKS = 30, 1_000
_ENDS = {name: re.compile(f"</{name}", re.IGNORECASE) for name in _DROPPED}

# Halves of characters, which no database takes, and what turns the direction of all that follows.
_LINES = dict.fromkeys(map(ord, "\n\x0b\x0c\r\x1c\x1d\x1e\x85\u2028\u2029"), "\n")
_INVISIBLE = [
    *range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A),
]  # fmt: skip
_TABLE = str.maketrans({**dict.fromkeys(_INVISIBLE), **_LINES, ord("\t"): " "})


def cleaned(text: str, *, lines: bool = False, most: int = MAX_TEXT) -> tuple[str, str]:
    """The text as a field keeps it, and what was lost of it in words, "" if nothing was. `lines` may stay lines."""
    if len(text) <= most and text.isascii() and text.isprintable() and "<" not in text and "&" not in text:
        return text.strip(" "), ""
    whole = len(text) <= MAX_RAW
    made = _plain(text[:MAX_RAW], lines=lines)
    if len(made) > most:
        # Cutting may take away what kept entities as they were.
        whole, made = False, _plain(made[:most], lines=lines)
    return made, "" if whole else f"is longer than {most:,} characters, {CUT}"


def _plain(text: str, *, lines: bool) -> str:
    """The text without markup. Entities are decoded once, and stay where the result would be markup or entities again: what is
    cleaned twice is what was cleaned once.
    """
    bare = _stripped(_normal(text, lines=lines), lines=lines)
    if "&" not in bare:
        return bare
    decoded = _decoded(bare, lines=lines)
    is_plain = not _MARKUP.search(decoded) and _decoded(decoded, lines=lines) == decoded
    return decoded if is_plain else bare


def _decoded(text: str, *, lines: bool) -> str:
    return _normal(_ENTITY.sub(lambda found: html.unescape(found.group()), text), lines=lines)


def _normal(text: str, *, lines: bool) -> str:
    if not (text.isascii() and text.isprintable()):
        text = text.replace("\r\n", "\n").translate(_TABLE)
        if not lines:
            text = text.replace("\n", " ")
        if len(text) > _MANY_MARKS:
            text = _few_marks(text)
        text = unicodedata.normalize("NFC", text)
    return text.strip()


def _few_marks(text: str) -> str:
    """No character has more than a few marks above and below it: ordering them takes time with the square of their number."""
    runs = groupby(text, lambda one: unicodedata.combining(one) > 0)
    return "".join("".join(islice(run, _MARKS if is_mark else None)) for is_mark, run in runs)


def _stripped(text: str, *, lines: bool) -> str:
    """The text content of what may be HTML, as `_normal` has it."""
    if not _MARKUP.search(text):
        return text
    line_break = "\n" if lines else " "
    made = _content(text, line_break)
    if made == text:
        return text
    made = _normal(made, lines=lines)
    if _content(made, line_break) != made:
        # Tags within tags: nobody means any of it.
        made = _normal(_OPENING.sub("", made), lines=lines)
    paragraphs = [" ".join(line.split()) for line in made.split("\n")]
    kept = [line for number, line in enumerate(paragraphs) if line or (number and paragraphs[number - 1])]
    return "\n".join(kept).strip()


def _content(text: str, line_break: str) -> str:
    """What lies between the tags. A tag without an end is text."""
    parts: list[str] = []
    at = 0
    while (found := _MARKUP.search(text, at)) is not None:
        parts.append(text[at : found.start()])
        name, end = _after(text, found.start())
        at = end if end > 0 else found.end()
        if end < 0:
            parts.append(found.group())
        elif name in _BREAKS:
            parts.append(line_break)
    parts.append(text[at:])
    return "".join(parts)


def _after(text: str, begin: int) -> tuple[str, int]:
    """The name of the tag that begins here, and where what follows it begins; -1 when it does not end."""
    if text.startswith("<!--", begin):
        end = text.find("-->", begin + 4)
        return "", end + 3 if end >= 0 else len(text)
    found = _NAME.match(text, begin + 1)
    name = found.group(1).lower() if found else ""
    end = _end_of_tag(text, begin)
    if name in _DROPPED and text[begin + 1] != "/" and end > 0:
        closing = _ENDS[name].search(text, end)
        end = _end_of_tag(text, closing.start()) if closing else -1
        return name, end if end > 0 else len(text)
    return name, end


def _end_of_tag(text: str, begin: int) -> int:
    """Where what follows the tag begins, -1 when it does not end."""
    found = _TAG_END.match(text, begin + 1, begin + _LONGEST_TAG) or _NEXT_END.match(text, begin + 1)
    return found.end() if found else -1
