"""The rule by which a secret is forgotten: it goes to no other host than one that it was given for."""

import pytest

from hub_app.kernel import pinned

HERE = "https://api.example.com/v1"


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        (HERE, False),
        ("https://api.example.com", False),
        ("https://API.example.com:443/other?x=1", False),
        ("", False),
        ("http://api.example.com/v1", True),
        ("https://api.example.com:8443/v1", True),
        ("https://example.com/v1", True),
        ("https://api.example.com.evil.example/v1", True),
        ("no URL", True),
    ],
)
def test_a_secret_stays_with_scheme_host_and_port(now: str, *, leaves: bool) -> None:
    assert pinned.leaves([HERE], [now]) is leaves
    # A host that is kept in place of its URL means the same.
    assert pinned.leaves([pinned.host_of(HERE)], [pinned.host_of(now)]) is leaves


def test_of_several_hosts_each_must_be_known() -> None:
    assert not pinned.leaves([HERE, "https://id.example.com"], ["https://id.example.com/token"])
    assert pinned.leaves([HERE], [HERE, "https://id.example.com"])
    assert pinned.leaves([""], [HERE])
    assert not pinned.leaves([], [])
