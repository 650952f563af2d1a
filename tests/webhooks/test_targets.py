"""Which types a subscription covers, as it may be entered; and which secrets of an endpoint sign."""

from datetime import timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from hub_app.kernel.clock import utcnow
from hub_app.kernel.outbound import Target as Address
from hub_app.kernel.redaction import Redactor
from hub_app.webhooks.delivery.retry import RetryPolicy
from hub_app.webhooks.delivery.targets import Target
from hub_app.webhooks.schemas import EndpointIn, EventIn
from hub_app.webhooks.service.subscriptions import matches

WORDS = st.text("abcXYZ019_", min_size=1, max_size=8)
TYPES = st.lists(WORDS, min_size=1, max_size=5).map(".".join)


def families(event_type: str) -> list[str]:
    """`a.*` and `a.b.*` of `a.b.c`."""
    words = event_type.split(".")
    return [".".join([*words[:n], "*"]) for n in range(1, len(words))]


@given(TYPES)
def test_a_type_is_covered_by_itself_its_families_and_all(event_type: str) -> None:
    """And each of these may be entered."""
    assert EventIn(type=event_type, data=None).type == event_type
    for pattern in (event_type, *families(event_type)):
        endpoint = EndpointIn.model_validate({"url": "https://example.com", "events": [pattern]})
        assert matches(endpoint.events, event_type)
    assert matches([], event_type)
    assert matches(["*"], event_type)


@given(TYPES, st.lists(TYPES))
def test_whatever_is_not_its_own_or_its_familys_does_not_cover_it(event_type: str, others: list[str]) -> None:
    patterns = [one for other in others for one in (other, *families(other))]
    own = {event_type, *families(event_type)}
    assert matches([*patterns, "nobody.else"], event_type) is not own.isdisjoint(patterns)


@given(TYPES, st.lists(TYPES, min_size=1), st.lists(TYPES, min_size=1))
def test_patterns_add_up(event_type: str, some: list[str], more: list[str]) -> None:
    either = matches(some, event_type) or matches(more, event_type)
    assert matches(some + more, event_type) is either


@given(TYPES)
def test_letters_count_as_they_are_written(event_type: str) -> None:
    other = event_type.swapcase()
    assert matches([other], event_type) is (other == event_type)


@given(st.lists(st.none() | st.integers(-3, 3).filter(bool), max_size=5))
def test_the_secrets_in_force_sign_in_their_order(hours: list[int | None]) -> None:
    """One without an end signs, and one whose end is to come."""
    now = utcnow()
    keys = [
        (bytes([n]), None if hour is None else now + timedelta(hours=hour)) for n, hour in enumerate(hours)
    ]
    target = Target(
        tenant_id=uuid4(),
        endpoint_id=uuid4(),
        name="Shop",
        address=Address.parse("https://example.com/hook"),
        head=b"",
        keys=tuple(keys),
        policy=RetryPolicy.NONE,
        rate_limit=None,
        enabled=True,
        clean=Redactor([]),
        failing_since=None,
        turned_on_at=None,
    )
    assert target.signing_keys() == [bytes([n]) for n, hour in enumerate(hours) if hour is None or hour > 0]
