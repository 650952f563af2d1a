"""Whatever a parameter or a link holds, a call goes below its base URL."""

from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_app.apiclient import urls
from hub_app.apiclient.urls import UrlOutsideBase
from hub_app.kernel.outbound import Target

BASES = st.sampled_from(
    [
        "https://api.example.com",
        "https://api.example.com/v1",
        "http://127.0.0.1:8080/a/b%20c",
        "https://h.example/~x",
    ]
)
PIECES = st.sampled_from(
    [
        "..", ".", "/", "\\", "@", "#", "?", "%", "%2e", "%2E", "%2f", "%5c", "%252e", "%25252e", "//", "\t", "\r\n",
        ":", ";", "evil.example", "http://", "https:", "{id}", "a", "\u2024", "\uff0e", "\u3002", "\u2215", "\ufe68",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=8).map("".join)


def is_below(target: Target, base: str) -> bool:
    """As strict as the most lenient server: after every decoding the path is still below the base's."""
    found, below = target.url, Target.parse(base).url
    if (found.scheme, found.host, found.port) != (below.scheme, below.host, below.port):
        return False
    path = found.raw_path
    for _ in range(6):
        parts = path.replace("\\", "/").split("/")
        if "." in parts or ".." in parts:
            return False
        path = unquote(path)
    return f"{found.raw_path}/".startswith(f"{below.raw_path.rstrip('/')}/")


@settings(max_examples=1000)
@given(BASES, TEXTS, TEXTS)
def test_a_filled_path_stays_below_the_base(base: str, one: str, other: str) -> None:
    try:
        target = urls.target(base, urls.filled("/items/{one}{other}/x", {"one": one, "other": other}))
    except UrlOutsideBase:
        return
    assert is_below(target, base)
    parts = target.url.raw_path.removeprefix(Target.parse(base).url.raw_path.rstrip("/")).split("/")
    assert [unquote(part) for part in parts] == ["", "items", one + other, "x"]


@settings(max_examples=1000)
@given(BASES, TEXTS)
def test_a_typed_path_stays_below_the_base(base: str, typed: str) -> None:
    try:
        target = urls.target(base, urls.checked_path(typed))
    except UrlOutsideBase:
        return
    assert is_below(target, base)


@settings(max_examples=1000)
@given(BASES, TEXTS)
def test_a_followed_link_stays_below_the_base(base: str, link: str) -> None:
    here = urls.target(base, "/items", [("page", "1")])
    try:
        target = urls.target(base, urls.followed(base, here, link))
    except UrlOutsideBase:
        return
    assert is_below(target, base)


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("https://api.example.com/v1/items?page=2&q=a%20b", "/items?page=2&q=a%20b"),
        ("?page=2", "/items?page=2"),
        ("items/next#top", "/items/next"),
        ("/v1/other", "/other"),
        ("HTTPS://API.example.com:443/v1/items?page=2", "/items?page=2"),
        ("https://api.example.com/v1", ""),
    ],
)
def test_a_link_below_the_base_is_followed(link: str, path: str) -> None:
    base = "https://api.example.com/v1"
    assert urls.followed(base, urls.target(base, "/items", [("page", "1")]), link) == path


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1/items",
        "http://api.example.com/v1/items",
        "https://api.example.com:8443/v1/items",
        "https://api.example.com@evil.example/v1/items",
        "//evil.example/v1/items",
        "/v2/items",
        "/v10/items",
        "../admin",
        "https://api.example.com/v1/%2e%2e/admin",
        "https://api.example.com/v1/..%2fadmin",
        "javascript:alert(1)",
    ],
)
def test_a_link_elsewhere_is_refused(link: str) -> None:
    base = "https://api.example.com/v1"
    with pytest.raises(UrlOutsideBase):
        urls.followed(base, urls.target(base, "/items"), link)


@pytest.mark.parametrize(
    ("base", "kept"),
    [
        ("https://api.example.com/", "https://api.example.com"),
        ("https://api.example.com/v1/", "https://api.example.com/v1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_a_base_ends_without_a_slash(base: str, kept: str) -> None:
    assert urls.checked_base(base) == kept


@pytest.mark.parametrize(
    "base",
    [
        "api.example.com",
        "ftp://x.example",
        "https://a:b@x.example",
        "https://x.example/a?b",
        "https://x.example/../y",
        "https://x.example/#f",
        "https://x.example/%2e%2e",
    ],
)
def test_a_base_that_is_none_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match="must"):
        urls.checked_base(base)


@pytest.mark.parametrize(
    ("endpoint", "rule"),
    [
        ("items", "must begin with /"),
        ("//evil.example", "must not begin with //"),
        ("/a?b=1", "must not contain a query"),
        ("/a b", "must not contain spaces"),
        ("/a/../b", "must not contain '.' or '..'"),
        ("/a/%2e%2e/b", "must not contain '.' or '..'"),
        ("/{a", "has an unmatched brace"),
        ("/{}", "has empty braces"),
    ],
)
def test_an_endpoint_that_is_none_is_refused(endpoint: str, rule: str) -> None:
    with pytest.raises(UrlOutsideBase, match=f"^{rule}"):
        urls.checked_endpoint(endpoint)
