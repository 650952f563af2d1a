"""What reaches the log: one line per record, and nothing secret."""

import logging

import pytest

from hub_app.kernel import log

SECRETS = [
    "{'cookie': 'hub_session=s3cr3t; theme=dark', 'user-agent': 'x'}",
    "Cookie: hub_session=s3cr3t; other=s3cr3t",
    '{"authorization": "Bearer s3cr3t", "accept": "*/*"}',
    "Authorization: Bearer s3cr3t",
    "Authorization: Basic s3cr3t==",
    "token hub_pat_s3cr3t was used",
    "signed with whsec_s3cr3t==",
    "password=s3cr3t&email=a@b.c",
    '{"password": "s3\\"cr3t s3cr3t"}',
    "client_secret='s3cr3t'",
    "POST https://hooks.example.com/s3cr3t?key=s3cr3t failed",
    "postgresql://hub:s3cr3t@db.example.com/hub is down",
    "redis://:s3cr3t@cache.example.com:6379/0",
    "wss://example.com/_event?token=s3cr3t",
]


@pytest.mark.parametrize("line", SECRETS)
def test_secrets_are_hidden(line: str) -> None:
    assert "s3" not in log.redact(line)


def test_the_rest_stays() -> None:
    line = (
        "Delivery 0190 to https://hooks.example.com:8443/in?a=b answered 500 after 12 ms; cookie jar: 3 kinds"
    )
    assert log.redact("Webhook secret rotated") == "Webhook secret rotated"
    shown = log.redact(line)
    assert "https://hooks.example.com:8443 answered 500 after 12 ms" in shown


def test_a_record_with_traceback_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    before = logging.root.handlers[:], logging.root.level
    try:
        log.setup("INFO")
        logging.getLogger("hub_app.test").info("first\nsecond")
        try:
            int("https://example.com/s3cr3t")
        except ValueError:
            logging.getLogger("reflex_base.event").exception("handler failed, 'cookie': 'hub_session=s3cr3t'")
        lines = capfd.readouterr().err.splitlines()
    finally:
        logging.root.handlers[:], logging.root.level = before
    assert len(lines) == 2
    assert lines[0].endswith("INFO hub_app.test first | second")
    assert "ValueError: invalid literal" in lines[1]
    assert "s3cr3t" not in lines[1]
