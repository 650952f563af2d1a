"""The kinds of errors: one list for the code, docs/errors.md and the advice on screens; and how `Retry-After` is read."""

import re
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.apiclient.errors import ADVICE, MOST_WAIT, ApiError, Kind, advice, retry_after
from hub_app.kernel import outbound
from hub_app.kernel.clock import utcnow
from hub_app.kernel.outbound import OutboundError
from hub_app.webhooks.state import delivery

_TABLE = Path(__file__).parents[2] / "docs" / "errors.md"
_ROW = re.compile(r"^\| `(\w+)` \|(?:[^|]*\|){2} (\w+)[^|]*\|", re.MULTILINE)
_ADVISED = re.compile(r"^\| `(\w+)` \|.* \| ([^|]+) \|$", re.MULTILINE)
KINDS: tuple[Kind, ...] = get_args(Kind)


def test_the_table_holds_every_kind_once_and_no_other() -> None:
    assert sorted(kind for kind, _ in _ROW.findall(_TABLE.read_text())) == sorted(KINDS)


def test_the_table_says_what_is_retried() -> None:
    said = dict(_ROW.findall(_TABLE.read_text()))
    told = {"yes": True, "no": False}
    assert {k: ApiError(k, "").retryable for k in KINDS if said[k] in told} == {
        k: told[said[k]] for k in KINDS if said[k] in told
    }


def test_the_table_says_what_to_do_as_people_read_it() -> None:
    said = dict(
        _ADVISED.findall(
            _TABLE.read_text().replace("`OUTBOUND_ALLOWED_NETWORKS`", "OUTBOUND_ALLOWED_NETWORKS")
        )
    )
    assert said == {kind: advice(kind) for kind in KINDS}
    assert set(ADVICE) == set(KINDS)
    assert advice("") == ""


@pytest.mark.parametrize("kind", [*get_args(outbound.ErrorKind), "status", "internal"])
def test_a_failed_delivery_has_advice_in_the_words_of_receivers(kind: str) -> None:
    said = delivery.what_to_do(kind)
    assert said
    assert not re.search("API|base URL|[{}]", said)


@pytest.mark.parametrize("kind", get_args(outbound.ErrorKind))
def test_what_the_guarded_client_raises_is_the_same_error(kind: outbound.ErrorKind) -> None:
    error = ApiError.of(OutboundError(kind, "It failed.", 12))
    assert (error.kind, error.message, error.status, str(error)) == (kind, "It failed.", None, "It failed.")
    assert (
        ApiError.of(OutboundError(kind, "It failed.", 12), "Peer: it failed.").message == "Peer: it failed."
    )


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 120 ", 120),
        ("0", 1),
        ("3601", MOST_WAIT),
        ("9" * 4000, MOST_WAIT),
        ("9" * 5000, MOST_WAIT),
    ]
    + [("Wed, 21 Oct 2015 07:28:00 GMT", 1), ("Wed, 21 Oct 2199 07:28:00 -0000", MOST_WAIT)]
    + [(text, None) for text in ("", "-1", "1.5", "soon", "٣", "7, 7", "Wed, 99 Oct 2015 07:28:00 GMT")],
)
def test_retry_after_is_read_and_bounded(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}) == seconds
    assert retry_after({}) is None


def test_retry_after_may_be_a_date() -> None:
    found = retry_after({"retry-after": format_datetime(utcnow() + timedelta(seconds=90), usegmt=True)})
    assert found is not None
    assert 80 < found <= 90


@given(st.text())
def test_whatever_retry_after_says_is_a_time_within_bounds_or_nothing(value: str) -> None:
    found = retry_after({"retry-after": value})
    assert found is None or 1 <= found <= MOST_WAIT
