"""Logging: one line per record, of printable characters, without secrets.

The filter is the last line, for what frameworks write on their own (Reflex logs a whole event, cookies and all, when
its name is unknown; HTTP clients log the URLs they call). Hub's own code logs no secret in the first place.
"""

import logging
import re
import sys
import time

_HIDDEN = "[hidden]"
# Of a record, with its traceback. Whoever can make Hub log what they sent fills no disk with it.
_LONGEST = 16 * 1024
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Headers and fields, as in a dict's repr, in JSON, in a header line or in a query.
    (
        re.compile(
            r"""(?ix)
            ( ["']? (?:set-)?(?:cookie|authorization|proxy-authorization|password|passwd|secret|api[_-]?key
              |access_token|refresh_token|client_secret|private_key|encryption_key|secret_key) ["']? \s*[:=]\s* )
            (?: "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | (?:bearer|basic)\s+\S+ | [^\s,;&}\])]+ (?:;\s*\w+=[^\s,;&}\])]+)* )
            """
        ),
        rf"\1{_HIDDEN}",
    ),
    (re.compile(r"\bhub_(?:pat|session)[_=][\w.~+/=-]+"), _HIDDEN),
    (re.compile(r"\bwhsec_[\w+/=-]+"), _HIDDEN),
    # A URL keeps its scheme and host: paths and queries of outside systems carry tokens.
    (
        re.compile(
            r"\b((?:https?|wss?|postgresql(?:\+\w+)?|rediss?)://)(?:[^\s/@'\"]+@)?([^\s/?#'\"<>]+)[^\s'\"<>,)]*"
        ),
        r"\1\2",
    ),
)


def redact(text: str) -> str:
    """The text without cookies, credentials, tokens, passwords, and without the paths of URLs."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def printable(text: str) -> str:
    """The text with everything escaped that a terminal or a viewer would obey or not show, as Python writes it."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )


class OneLine(logging.Formatter):
    """`time level logger message`, redacted and cut; line breaks, tracebacks' too, are shown as ` | `."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"
    converter = time.gmtime

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]} … ({len(text) - _LONGEST:,} more characters)"
        return printable(redact(text).replace("\n", " | "))


def setup(level: str) -> None:
    """Send every record of this process, the frameworks' among them, through one redacting handler to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("hub_app").setLevel(level)
    logging.captureWarnings(capture=True)
