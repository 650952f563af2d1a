"""Entity tags over REST: `ETag` on answers, `If-Match` on changes, `If-None-Match` on reading (RFC 9110, 8.8.3 and 13).

A tag stands for what can be changed through an address, so that what Hub does by itself (health, next times, last
use) leaves it as it is. Only what shows nothing else may answer 304.
"""

import re
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Response

from hub_app.kernel.edits import AsTagged, Versioned
from hub_app.kernel.errors import BadRequest

Out = TypeVar("Out", bound=Versioned)
_TAG = re.compile(r'\s*(?P<weak>W/)?(?P<opaque>"[\x21\x23-\x7e\x80-\xff]*")\s*')

Responses = dict[int | str, dict[str, Any]]
_ETAG = {
    "ETag": {
        "description": "Stands for the settings as they are in this response. `If-Match` takes it.",
        "schema": {"type": "string"},
    }
}


def tagged(status: int = 200) -> Responses:
    """For the OpenAPI document: this answer has an ETag."""
    return {status: {"headers": _ETAG}}


CHECKED: Responses = {
    412: {
        "description": "`If-Match` names another state than the one that is there: nothing was done",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
NOT_MODIFIED: Responses = {304: {"description": "`If-None-Match` names what is there", "headers": _ETAG}}


def tag(answer: Response, shown: Out) -> Out:
    """What is shown, with its tag on the answer."""
    answer.headers["ETag"] = shown.version.etag
    return shown


def _lines(request: Request, name: str) -> str | None:
    lines = request.headers.getlist(name)
    return ",".join(lines) if lines else None


def _tags(name: str, text: str) -> list[tuple[bool, str]]:
    """(whether it is weak, the tag with its quotes) of a list. Its commas may be doubled; tags may hold some."""
    found: list[tuple[bool, str]] = []
    at = 0
    while at < len(text):
        one = _TAG.match(text, at)
        if one is not None:
            found.append((one["weak"] is not None, one["opaque"]))
            at = one.end()
        if at < len(text) and text[at] not in ", \t":
            raise BadRequest(f'{name} must hold tags as ETag gave them, in quotes, such as "5f2c", or *.')
        at += 1
    return found


async def _if_match(
    request: Request,
    if_match: Annotated[
        str | None,
        Header(
            description="Do it only if the ETag is still one of these; `*` for any. Weak tags never match."
        ),
    ] = None,
) -> AsTagged | None:
    del if_match  # The first line alone; declared for the OpenAPI document.
    text = _lines(request, "if-match")
    if text is None:
        return None
    if text.strip() == "*":
        return AsTagged(frozenset({"*"}))
    return AsTagged(frozenset(opaque for weak, opaque in _tags("If-Match", text) if not weak))


async def _if_none_match(
    request: Request,
    if_none_match: Annotated[
        str | None, Header(description="Answer 304 without a body if the ETag is one of these.")
    ] = None,
) -> frozenset[str]:
    del if_none_match
    text = _lines(request, "if-none-match") or ""
    if text.strip() == "*":
        return frozenset({"*"})
    return frozenset(opaque for _, opaque in _tags("If-None-Match", text))


IfMatch = Annotated[AsTagged | None, Depends(_if_match)]
"""What a change expects, from the request's `If-Match`."""
IfNoneMatch = Annotated[frozenset[str], Depends(_if_none_match)]
"""The tags that the caller has already."""


def is_known(known: frozenset[str], shown: Versioned) -> bool:
    """Whether the caller has this version already: the weak comparison."""
    return not known.isdisjoint({"*", shown.version.etag})
