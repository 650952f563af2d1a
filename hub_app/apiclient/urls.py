"""Where a call goes: paths that stay below a base URL, whatever a parameter holds."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote, urldefrag, urlencode, urljoin

from hub_app.kernel.outbound import MAX_URL, InvalidUrl, Target

_NAME = re.compile(r"\{([^{}]*)\}")
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
# Deeper than any server decodes.
_DECODINGS = 4


class UrlOutsideBase(ValueError):
    """A path that would leave the base URL, or is none; the message says why."""


def _climbs(path: str) -> bool:
    """Whether a part of the path is `.` or `..`, however often a server may decode it."""
    for _ in range(_DECODINGS):
        if any(part in {".", ".."} for part in re.split(r"[/\\]", path)):
            return True
        path = unquote(path)
    return False


def names(endpoint: str) -> list[str]:
    """The path parameters of an endpoint, each once, in order: `/items/{id}` has `id`."""
    return list(dict.fromkeys(_NAME.findall(endpoint)))


def checked_base(url: str) -> str:
    """A base URL without the slash at its end; ValueError with the rule when it cannot be one."""
    try:
        target = Target.parse(url)
    except InvalidUrl as error:
        raise ValueError(str(error)) from None
    if "?" in url:
        raise ValueError("must not contain a query (?…). Add it to the actions as parameters")
    if _climbs(url.partition("://")[2]):
        raise ValueError("must not contain '.' or '..' as a part of its path")
    return url.rstrip("/") if target.url.raw_path != "/" else target.scheme_host


def checked_endpoint(endpoint: str) -> str:
    """A path below the base, perhaps with `{names}`; UrlOutsideBase with the rule when it is none."""
    if not endpoint.startswith("/"):
        raise UrlOutsideBase("must begin with / and be a path below the base URL, such as /items/{id}")
    if endpoint.startswith("//"):
        raise UrlOutsideBase("must not begin with //: it would name another host")
    if not endpoint.isprintable() or any(c in " \\#" for c in endpoint):
        raise UrlOutsideBase("must not contain spaces, backslashes, # or control characters")
    path = endpoint.partition("?")[0]
    if path != endpoint:
        raise UrlOutsideBase("must not contain a query (?…). Declare its parts as parameters")
    if _climbs(path):
        raise UrlOutsideBase("must not contain '.' or '..' as a part of the path")
    if _NAME.sub("", endpoint).count("{") or _NAME.sub("", endpoint).count("}"):
        raise UrlOutsideBase("has an unmatched brace")
    if any(not name.strip() for name in names(endpoint)):
        raise UrlOutsideBase("has empty braces")
    return endpoint


def target(base: str, path: str, query: Sequence[tuple[str, str]] = ()) -> Target:
    """The URL of a call. UrlOutsideBase when, after all the ways of writing a URL, it is not below `base`."""
    text = base + path
    if query:
        text += ("&" if "?" in path else "?") + urlencode(query)
    try:
        found, below = Target.parse(text), Target.parse(base)
    except InvalidUrl as error:
        raise UrlOutsideBase(f"makes a URL that {error}") from None
    if not _is_below(found, below):
        raise UrlOutsideBase("would leave the base URL")
    return found


def followed(base: str, here: Target, link: str) -> str:
    """The path, with its query, of a link that an answer from `here` gave. UrlOutsideBase when it is not below `base`."""
    below = Target.parse(base)
    try:
        found = Target.parse(urldefrag(urljoin(str(here.url), link)).url)
    except ValueError as error:
        raise UrlOutsideBase(f"is a URL that {error}") from None
    if not _is_below(found, below):
        raise UrlOutsideBase(f"leads to {found.scheme_host}, outside the base URL")
    return found.url.raw_path_qs[len(_root(below)) :]


def _root(base: Target) -> str:
    return base.url.raw_path.rstrip("/")


def _is_below(found: Target, base: Target) -> bool:
    path = found.url.raw_path
    # Origins as texts: yarl tells https://x:443 and https://x apart.
    return (
        found.scheme_host == base.scheme_host
        and not _climbs(path)
        and f"{path}/".startswith(f"{_root(base)}/")
    )


def filled(endpoint: str, values: Mapping[str, str]) -> str:
    """The endpoint with its parameters in place. UrlOutsideBase, naming the parameter, for a value that is no path part."""

    def put(found: re.Match[str]) -> str:
        name = found.group(1)
        value = values[name]
        if not value:
            raise UrlOutsideBase(f"the path parameter {name!r} must not be empty")
        # An endpoint may name it hundreds of times.
        if len(value) > MAX_URL:
            raise UrlOutsideBase(f"the path parameter {name!r} must have at most {MAX_URL:,} characters")
        if not value.isprintable():
            raise UrlOutsideBase(f"the path parameter {name!r} must not hold control characters")
        if _climbs(value) or _ABSOLUTE.match(value):
            raise UrlOutsideBase(
                f"the path parameter {name!r} must not be a URL, nor hold '.' or '..' as a path part"
            )
        return quote(value, safe="")

    path = _NAME.sub(put, endpoint)
    if _climbs(path):
        raise UrlOutsideBase("a path parameter must not make '.' or '..' a part of the path")
    return path


def checked_path(text: str) -> str:
    """A path with its query that someone types to try an API; UrlOutsideBase when it is none."""
    path, mark, query = text.partition("?")
    checked_endpoint(path.replace("{", "%7B").replace("}", "%7D"))
    if not query.isprintable() or any(c in " \\#" for c in query):
        raise UrlOutsideBase("must not contain spaces, backslashes, # or control characters")
    return path + mark + query
