"""What engineers write as it goes to a ticket: plain text, each line a sentence, since some systems join them."""

from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from hub_app.psa.markdown import parsed

_ENDED = (".", "!", "?", ":", ";", ",", "…")


def as_note(text: str) -> str:
    """Markdown without its marks."""
    writer = _Writer()
    for token in parsed(text):
        writer.take(token)
    return "\n".join(writer.lines).strip()


class _Writer:
    """Makes lines of blocks, with an empty one between those of the top level."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._lists: list[int | None] = []
        self._prefix = ""
        self._cells: list[str] | None = None
        self._end = "."

    def take(self, token: Token) -> None:
        kind, _, way = token.type.rpartition("_")
        if way == "open":
            self._open(kind, token)
        elif way == "close":
            self._close(kind)
        elif token.type == "inline":
            self._text(_plain(token))
        elif token.type in {"fence", "code_block"}:
            self._put(token.content.rstrip("\n").split("\n"))
            self.lines.append("")
        elif token.type == "hr":
            self.lines.append("---")

    def _open(self, kind: str, token: Token) -> None:
        if kind == "bullet_list":
            self._lists.append(None)
        elif kind == "ordered_list":
            self._lists.append(int(token.attrs.get("start", 1)))
        elif kind == "list_item":
            self._prefix = self._bullet()
        elif kind == "heading":
            self._end = ":"
        elif kind == "tr":
            self._cells = []

    def _close(self, kind: str) -> None:
        if kind in {"bullet_list", "ordered_list"}:
            self._lists.pop()
        elif kind == "tr":
            self.lines.append(" | ".join(self._cells or ()))
            self._cells = None
            return
        if not self._lists and kind in {"bullet_list", "ordered_list", "paragraph", "heading", "table"}:
            self.lines.append("")

    def _text(self, text: str) -> None:
        if self._cells is not None:
            self._cells.append(text)
            return
        if text in {"", "[ ]", "[x]"}:
            # An item that nobody has written yet.
            self._prefix = ""
            return
        *before, last = text.split("\n")
        self._put([*before, last if not last or last.endswith(_ENDED) else f"{last}{self._end}"])
        self._end = "."

    def _put(self, lines: Sequence[str]) -> None:
        """Add lines of a block; the first of a list's item begins with its mark."""
        first, *others = lines
        self.lines += [f"{self._prefix}{first}", *others]
        self._prefix = ""

    def _bullet(self) -> str:
        indent, number = "  " * (len(self._lists) - 1), self._lists[-1]
        if number is None:
            return f"{indent}- "
        self._lists[-1] = number + 1
        return f"{indent}{number}. "


def _plain(token: Token) -> str:
    """The text of a line without its marks; links keep their address."""
    return "".join(_parts(token)).strip()


def _parts(token: Token) -> Iterator[str]:
    href, label = "", ""
    for child in token.children or ():
        part = _part(child)
        label += part
        yield part
        if child.type == "link_open":
            href, label = str(child.attrs.get("href", "")), ""
        elif child.type == "link_close" and label not in {href, href.removeprefix("mailto:")}:
            yield f" ({href})"


def _part(child: Token) -> str:
    match child.type:
        case "text" | "code_inline":
            return child.content
        case "softbreak" | "hardbreak":
            return "\n"
        case "image":
            return f"{child.content} ({child.attrs.get('src', '')})"
        case "step":
            return "[x] " if child.meta["done"] else "[ ] "
        case _:
            return ""
