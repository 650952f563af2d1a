"""What reaches the log: one line per record, and nothing secret."""

import logging
import time

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


@pytest.mark.parametrize(
    "sent",
    [
        "\x1b[31mred\x1b[0m",
        "\x07",
        "\x00",
        "a\rb",
        "\u202eevil",
        "\u2028next",
        "\u2029next",
        "\x85next",
        "\ud800",
        "\u200b",
        "\x9b31m",
    ],
)
def test_control_characters_do_not_reach_the_log(sent: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A terminal would obey them, a viewer would break the line at them or show another order."""
    before = logging.root.handlers[:], logging.root.level
    try:
        log.setup("INFO")
        logging.getLogger("hub_app.test").info("%s", sent)
    finally:
        logging.root.handlers[:], logging.root.level = before
    written = capfd.readouterr().err
    assert written.endswith("\n")
    assert written[:-1].isprintable()
    assert written.isascii()


def test_what_people_write_stays_readable() -> None:
    assert log.printable("Zoë — 東京 🙂") == "Zoë — 東京 🙂"


def test_a_huge_record_is_cut(capfd: pytest.CaptureFixture[str]) -> None:
    before = logging.root.handlers[:], logging.root.level
    try:
        log.setup("INFO")
        logging.getLogger("hub_app.test").info("%s", "a" * 1_000_000)
    finally:
        logging.root.handlers[:], logging.root.level = before
    written = capfd.readouterr().err
    assert len(written) < 20_000
    assert "more characters)" in written


# What each pattern begins to match, and cannot end.
HOSTILE = [
    "cookie",
    "cookie ",
    "secret= ",
    'secret="\\',
    'secret="a',
    "secret='a\"secret=\"a'",
    "secret=bearer ",
    "cookie=a;bb",
    "cookie=a;b=c",
    "api_key: ",
    "set-",
    "hub_pat_",
    "whsec_",
    "http://",
    "http://a",
    "http://a@",
    "postgresql+a",
    "redis",
    "@",
    " ",
    "a",
]


@pytest.mark.parametrize(
    "begun", ["", 'secret="', "secret=", "secret=bearer ", "cookie=a;", "http://", "postgresql+"]
)
@pytest.mark.parametrize("unit", HOSTILE)
def test_hiding_takes_time_in_proportion(begun: str, unit: str) -> None:
    """Sixteen times the text takes about sixteen times as long, not 256 times."""
    times = [_seconds(begun + unit * (size // len(unit))) for size in (4_000, 64_000)]
    assert times[1] < 80 * max(times[0], 1e-4)


def _seconds(text: str) -> float:
    """The processor's time, the best of three."""
    taken: list[float] = []
    for _ in range(3):
        begun = time.process_time()
        log.redact(text)
        taken.append(time.process_time() - begun)
    return min(taken)
