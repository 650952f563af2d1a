import base64
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from hub_app.kernel.outbound import OutboundClient, Target
from hub_app.webhooks.delivery.signing import decode_secret, new_secret, sign
from tests.peers.receiver import Receiver

KEYS = st.binary(min_size=24, max_size=64)


def secret_of(key: bytes) -> str:
    return "whsec_" + base64.b64encode(key).decode()


@pytest.mark.parametrize(
    ("secret", "message_id", "timestamp", "body", "signature"),
    [
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1649367553,
            b'{"email":"test@example.com","username":"test_user"}',
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ),
    ],
)
def test_published_vectors(secret: str, message_id: str, timestamp: int, body: bytes, signature: str) -> None:
    assert sign([decode_secret(secret)], message_id, timestamp, body) == signature


@given(st.lists(KEYS, min_size=1, max_size=3, unique=True), st.text().map(str.encode))
def test_the_public_library_accepts_every_key(keys: list[bytes], body: bytes) -> None:
    now = int(datetime.now(UTC).timestamp())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": sign(keys, "msg_1", now, body),
    }
    for key in keys:
        Webhook(secret_of(key)).verify(body, headers, json_parse=False)
    stranger = b"no key of ours, and of full length"
    assume(stranger not in keys)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_of(stranger)).verify(body, headers, json_parse=False)


def test_each_part_is_signed() -> None:
    keys = [bytes(32)]
    signed = {
        sign(keys, *parts) for parts in [("a", 1, b"x"), ("b", 1, b"x"), ("a", 2, b"x"), ("a", 1, b"y")]
    }
    assert len(signed) == 4


def test_new_secrets_are_good_and_differ() -> None:
    secrets = {new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert all(len(decode_secret(secret)) == 32 for secret in secrets)


@given(KEYS)
def test_a_secret_gives_its_key(key: bytes) -> None:
    assert decode_secret(secret_of(key)) == key


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        secret_of(bytes(23)),
        secret_of(bytes(65)),
        secret_of(bytes(32)).removeprefix("whsec_"),
        "whsk_" + base64.b64encode(bytes(32)).decode(),
        secret_of(bytes(32)) + " ",
        secret_of(bytes(32)).rstrip("="),
        "whsec_" + "é" * 40,
        "whsec_" + "-_" * 22,
    ],
)
def test_what_is_no_secret(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_ followed by the base64 of 24 to 64 bytes"):
        decode_secret(secret)


async def test_a_signed_request_is_verified_where_it_arrives(receiver: Receiver) -> None:
    secret, now, body = new_secret(), int(datetime.now(UTC).timestamp()), b'{"n": 1}'
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": sign([decode_secret(secret)], "msg_1", now, body),
    }
    target = Target.parse(receiver.url)
    async with OutboundClient([ip_network("127.0.0.1/32")]) as client:
        await client.send(target, method="POST", headers=headers, content=body, timeout=5, max_body=0)
    (request,) = await receiver.wait_for(1)
    assert request.verify(secret) == {"n": 1}
    with pytest.raises(WebhookVerificationError):
        request.verify(new_secret())
