"""Reading a receiver's answer as it comes.

Parsing is httptools' (llhttp), as lenient with servers as aiohttp is. What is read is bounded: heads, bodies, and what a body is
wrapped in.
"""

import httptools

from hub_app.kernel import dialling
from hub_app.kernel.dialling import CallFailed

# More than any receiver needs. Answers before the final one (1xx) count too.
_HEAD_BYTES = 65_536
# Reading a little more than is kept is cheaper than a new connection for the next request.
_DRAINED = 65_536
_FIRST_FINAL = 200


class AnswerReader:
    """One answer. `status` is 0 until its head is there, `body` holds at most `max_body` bytes, and `reusable` tells, once it
    is `complete`, whether the connection may serve another request.
    """

    def __init__(self, max_body: int) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.truncated = False
        self.complete = False
        self.reusable = False
        self._max_body = max_body
        self._head_size = 0
        self._read = 0
        self._parser = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )

    def feed(self, data: bytes) -> None:
        """Take in what came. Raises CallFailed."""
        self._read += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.reusable = False
            if not self.complete:
                raise CallFailed("protocol", dialling.NOT_HTTP) from None
        if self._head_size > _HEAD_BYTES or (not self.status and self._read > _HEAD_BYTES):
            raise CallFailed("too_large", dialling.HEAD_TOO_LARGE)
        if not self.complete and self._read > _HEAD_BYTES + _DRAINED:
            # Enough is known of it. Not only its body counts: chunks may be wrapped in anything.
            self.truncated = self.complete = True

    def may_end_here(self) -> bool:
        """Whether nothing says where the body ends, so that the server closes the connection to tell (RFC 9112 §6.3)."""
        encoding = self.headers.get("transfer-encoding")
        ends_elsewhere = (
            "content-length" in self.headers if encoding is None else "chunked" in encoding.lower()
        )
        return self.status > 0 and not ends_elsewhere

    # What httptools calls

    def on_message_begin(self) -> None:
        # A second answer to one request: the connection cannot be trusted.
        self.reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.status:
            return  # A trailer, or a second answer.
        self._head_size += len(name) + len(value)
        if self._head_size > _HEAD_BYTES:
            return
        # Those that come several times are one list. No database takes bytes that are no text, and PostgreSQL no NUL.
        key, text = name.decode("latin-1").lower(), value.decode("utf-8", "replace").replace("\x00", "\ufffd")
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        if self.complete:
            return
        status = self._parser.get_status_code()
        if status >= _FIRST_FINAL:
            self.status = status
        else:
            self.headers = {}

    def on_body(self, data: bytes) -> None:
        if self.complete:
            return
        room = self._max_body - len(self.body)
        self.body += data[:room]
        self.truncated = self.truncated or len(data) > room

    def on_message_complete(self) -> None:
        if self.status and not self.complete:
            self.complete = True
            self.reusable = self._parser.should_keep_alive()
