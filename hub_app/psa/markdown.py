"""What engineers write, in Markdown: as HTML for the screen, and how many of its steps are done.

Tags of HTML are dropped, links lead to http, https and mail alone, and pictures become links: nothing is loaded from elsewhere.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

LONGEST = 100_000
"""Characters."""
_STEP = re.compile(r"^[ \t]*(?:>[ \t]*)*(?:[-*+]|\d{1,9}[.)])[ \t]+\[(?P<mark>[ xX])\](?=\s|$)", re.MULTILINE)
_MARK = re.compile(r"\[([ xX])\](?:\s+|$)")
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_HTML = re.compile(
    r"<!--[^<>]*-->|</?(?:a|abbr|audio|b|base|blockquote|body|br|button|code|details|div|em|embed|font|form|h[1-6]|head|hr|html|i|iframe"
    r"|img|input|li|link|math|meta|object|ol|option|p|pre|s|script|section|select|small|span|strong|style|sub|summary|sup|svg|table"
    r"|tbody|td|textarea|th|thead|tr|u|ul|video)(?:[\s/][^<>]*)?>",
    re.IGNORECASE,
)
_SCHEMES = ("http://", "https://", "mailto:")
_NEST = 20


def rendered(text: str) -> str:
    """The text as HTML that may stand in a page."""
    return str(_parser().render(text))


def steps(text: str) -> tuple[int, int]:
    """How many steps of the text's checklists are done, and how many there are."""
    marks = [found["mark"] for found in _STEP.finditer(_without_code(text))]
    return sum(one != " " for one in marks), len(marks)


def parsed(text: str) -> Sequence[Token]:
    """The text's blocks, for those who write it in another way."""
    return _parser().parse(text)


def _without_code(text: str) -> str:
    """The text with code blocks emptied: what looks like a step there is none."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if fence:
            if found and found.group(1).startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            lines.append("")
        elif found:
            fence = found.group(1)
            lines.append("")
        else:
            lines.append(line)
    return "\n".join(lines)


@cache
def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": _NEST}).enable(["table", "strikethrough"])
    made.core.ruler.push("steps", _find_steps)
    made.core.ruler.push("html", _drop_html)
    made.validateLink = _is_link  # type: ignore[method-assign]
    for name, rule in _RULES.items():
        made.add_render_rule(name, rule)
    return made


def _is_link(url: str) -> bool:
    return url.strip().lower().startswith(_SCHEMES)


def _drop_html(state: StateCore) -> None:
    """Take the tags of HTML out of texts. What merely looks like one stays, such as `<hostname>`."""
    for token in state.tokens:
        for child in token.children or ():
            if child.type == "text" and "<" in child.content:
                child.content = _HTML.sub("", child.content)


def _find_steps(state: StateCore) -> None:
    """Make steps of what begins list items with `[ ]` or `[x]`. The plug-in for it takes ten seconds for ten thousand."""
    for before, opening, token in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if (before.type, opening.type, token.type) != ("list_item_open", "paragraph_open", "inline"):
            continue
        first = token.children[0] if token.children else None
        found = _MARK.match(first.content) if first is not None and first.type == "text" else None
        if first is None or found is None or token.children is None:
            continue
        first.content = first.content[found.end() :]
        told = {"done": found.group(1) != " ", "line": (token.map or [0])[0], "text": first.content.strip()}
        token.children.insert(0, Token("step", "", 0, meta=told))
        before.attrSet("class", "hub-task")


def _step(_renderer: object, tokens: Sequence[Token], at: int, *_: object) -> str:
    found = tokens[at].meta
    checked = " checked" if found["done"] else ""
    label = _escaped(found["text"] or "Step")
    return f'<input type="checkbox" class="hub-check" data-line="{found["line"]}" aria-label="{label}" disabled{checked}> '


def _link_open(_renderer: object, tokens: Sequence[Token], at: int, *_: object) -> str:
    href = str(tokens[at].attrs.get("href", ""))
    return f'<a href="{_escaped(href)}" target="_blank" rel="noopener noreferrer nofollow" class="hub-link">'


def _image(_renderer: object, tokens: Sequence[Token], at: int, *_: object) -> str:
    token = tokens[at]
    url = _escaped(str(token.attrs.get("src", "")))
    return f'<a href="{url}" target="_blank" rel="noopener noreferrer nofollow" class="hub-link">{_escaped(token.content) or url}</a>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


_RULES: dict[str, Callable[..., str]] = {
    "step": _step,
    "link_open": _link_open,
    "image": _image,
}
