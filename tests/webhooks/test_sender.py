"""The client that posts to receivers, against servers that do what no server should.

What it has in common with the general client (addresses, names, TLS, deadlines, limits) is in test_outbound.py and
test_outbound_addresses.py, where each test runs with both.
"""

import asyncio
import tracemalloc
from collections.abc import AsyncGenerator

import pytest

from hub_app.kernel.dialling import Dialler
from hub_app.kernel.outbound import OutboundError, OutboundResponse, Target
from hub_app.webhooks.delivery.sender import Sender, request_head
from tests.kernel.outbound.calls import OPENED, PUBLIC
from tests.peers.scripted import Line, ScriptedPeer, answering

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PLANTED = b"HTTP/1.1 299 Planted\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
async def dialler() -> AsyncGenerator[Dialler]:
    made = Dialler(OPENED)
    yield made
    await made.aclose()


@pytest.fixture
async def sender(dialler: Dialler) -> AsyncGenerator[Sender]:
    made = Sender(dialler)
    yield made
    made.close()


async def post(
    sender: Sender, url: str, content: bytes = b"{}", *, timeout: float = 5, max_body: int = 4096
) -> OutboundResponse:
    target = Target.parse(url)
    head = request_head(target, {"content-type": "application/json"})
    return await sender.post(target, head, {"webhook-id": "1"}, content, timeout=timeout, max_body=max_body)


async def failure(sender: Sender, url: str, *, timeout: float = 5) -> tuple[str, str]:
    with pytest.raises(OutboundError) as caught:
        await post(sender, url, timeout=timeout)
    return caught.value.kind, str(caught.value)


# Where an answer ends


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n3\r\ndef\r\n0\r\nX-T: 1\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef",
        b"HTTP/1.1 200 OK\nContent-Length: 6\n\nabcdef",
        b"HTTP/1.1 200\r\nContent-Length: 6\r\nX-Folded: a\r\n b\r\n\r\nabcdef",
    ],
    ids=["chunks with a trailer", "after 1xx", "bare line feeds", "folded header"],
)
async def test_a_whole_answer_leaves_its_connection_free(sender: Sender, answer: bytes) -> None:
    async with ScriptedPeer(PUBLIC, [answering(answer, OK)]) as peer:
        first = await post(sender, peer.url)
        assert (first.status, first.body, first.truncated) == (200, b"abcdef", False)
        assert "link" not in first.headers
        assert (await post(sender, peer.url)).body == b"ok"
        assert peer.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + PLANTED,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok" + PLANTED,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more",
    ],
    ids=["Connection: close", "HTTP/1.0", "two answers", "an answer after the last", "too long"],
)
async def test_a_connection_that_is_not_clean_is_not_used_again(sender: Sender, answer: bytes) -> None:
    async with ScriptedPeer(PUBLIC, [answering(answer, PLANTED), answering(OK)]) as peer:
        assert (await post(sender, peer.url)).body == b"ok"
        second = await post(sender, peer.url)
        assert (second.status, peer.connections) == (200, 2)


async def test_a_body_may_end_with_its_connection(sender: Sender) -> None:
    async def play(line: Line) -> None:
        await line.request()
        await line.send(b"HTTP/1.1 200 OK\r\n\r\nall ")
        await asyncio.sleep(0.05)
        await line.send(b"of it")

    async with ScriptedPeer(PUBLIC, [play]) as peer:
        for _ in range(2):
            answer = await post(sender, peer.url)
            assert (answer.status, answer.body) == (200, b"all of it")
        assert peer.connections == 2


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
async def test_a_part_of_an_answer_is_none(sender: Sender, part: bytes) -> None:
    async def play(line: Line) -> None:
        await line.request()
        await line.send(part)

    async with ScriptedPeer(PUBLIC, [play]) as peer:
        assert await failure(sender, peer.url) == (
            "connect",
            "The server closed the connection before its response was complete.",
        )


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
        b"POST / HTTP/1.1\r\n\r\n",
    ],
)
async def test_an_answer_that_contradicts_itself(sender: Sender, answer: bytes) -> None:
    async with ScriptedPeer(PUBLIC, [answering(answer)]) as peer:
        assert await failure(sender, peer.url) == ("protocol", "The server's response was not valid HTTP.")
        await peer.wait_for(left=1)


# Answers without an end


@pytest.mark.parametrize("part", [b"HTTP/1.1 102 Processing\r\nX: 1\r\n\r\n", b"HTTP/1.1 200 " + b"O" * 500])
async def test_a_head_without_end_is_refused(sender: Sender, part: bytes) -> None:
    async def play(line: Line) -> None:
        await line.request()
        while True:
            await line.send(part)

    async with ScriptedPeer(PUBLIC, [play]) as peer:
        assert await failure(sender, peer.url) == (
            "too_large",
            "The headers of the server's response were too large.",
        )
        await peer.wait_for(left=1)


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 50_000),
        (b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: ", b"x" * 50_000),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 5000),
        (b"Content-Length: 1000000000000\r\n\r\n", b"x" * 50_000),
        (b"\r\n", b"x" * 50_000),
    ],
    ids=["extension", "trailer", "chunks", "length", "until it closes"],
)
async def test_a_body_without_end_is_left(sender: Sender, begin: bytes, more: bytes) -> None:
    async def play(line: Line) -> None:
        await line.request()
        await line.send(b"HTTP/1.1 200 OK\r\n" + begin)
        while True:
            await line.send(more)

    async with ScriptedPeer(PUBLIC, [play]) as peer:
        tracemalloc.start()
        answer = await post(sender, peer.url)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (answer.status, answer.truncated, len(answer.body) <= 4096) == (200, True, True)
        assert peak < 2_000_000
        await peer.wait_for(left=1)


# Whose answer it is


async def test_an_answer_nobody_asked_for_is_nobody_s(sender: Sender) -> None:
    async def planting(line: Line) -> None:
        await line.request()
        await line.send(OK)
        await asyncio.sleep(0.05)
        await line.send(PLANTED)
        await line.until_left()

    async with ScriptedPeer(PUBLIC, [planting, answering(OK)]) as peer:
        await post(sender, peer.url)
        await peer.wait_for(left=1)
        assert (await post(sender, peer.url)).status == 200
        assert peer.connections == 2


async def test_of_two_answers_at_once_the_first_one_counts(sender: Sender) -> None:
    """A server that answers before it has read the body may take that for another request."""
    second = b"HTTP/1.1 400 Bad Request\r\nX-Of: second\r\nContent-Length: 3\r\n\r\nbad"
    async with ScriptedPeer(PUBLIC, [answering(OK + second), answering(OK)]) as peer:
        answer = await post(sender, peer.url)
        assert (answer.status, answer.body, "x-of" in answer.headers) == (200, b"ok", False)
        assert (await post(sender, peer.url)).status == 200
        assert peer.connections == 2


async def test_a_refusal_before_all_was_sent_ends_the_connection(sender: Sender) -> None:
    async def refusing(line: Line) -> None:
        await line.read(10)
        await line.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await asyncio.sleep(0.2)
        await line.until_left()

    async with ScriptedPeer(PUBLIC, [refusing, answering(OK)]) as peer:
        assert (await post(sender, peer.url, b"x" * 20_000_000)).status == 413
        assert (await post(sender, peer.url)).status == 200
        assert peer.connections == 2


async def test_a_connection_that_the_server_ended_is_not_used(sender: Sender) -> None:
    async def once(line: Line) -> None:
        await line.request()
        await line.send(OK)

    async with ScriptedPeer(PUBLIC, [once]) as peer:
        for count in (1, 2, 3):
            assert (await post(sender, peer.url)).status == 200
            await peer.wait_for(left=count)
            await asyncio.sleep(0.02)


async def test_each_server_has_connections_of_its_own(sender: Sender) -> None:
    async with (
        ScriptedPeer(PUBLIC, [answering(OK, OK)]) as one,
        ScriptedPeer(PUBLIC, [answering(PLANTED, PLANTED)]) as other,
    ):
        seen = [(await post(sender, url)).status for url in (one.url, other.url) * 2]
        assert (seen, one.connections, other.connections) == ([200, 299, 200, 299], 1, 1)


async def test_many_at_once_each_get_their_own_answer(sender: Sender) -> None:
    async def echo(line: Line) -> None:
        while True:
            body = (await line.request()).partition(b"\r\n\r\n")[2]
            await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    async with ScriptedPeer(PUBLIC, [echo]) as peer:
        for _ in range(3):
            wanted = [b"%d" % n for n in range(50)]
            answers = await asyncio.gather(*(post(sender, peer.url, body) for body in wanted))
            assert [one.body for one in answers] == wanted
        assert peer.connections == 50


# The end of a connection


async def test_a_cancelled_post_ends_its_connection(sender: Sender) -> None:
    async def silent(line: Line) -> None:
        await line.request()
        await line.until_left()

    async with ScriptedPeer(PUBLIC, [silent, answering(OK)]) as peer:
        task = asyncio.create_task(post(sender, peer.url))
        await peer.wait_for(connections=1)
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await peer.wait_for(left=1)
        assert (await post(sender, peer.url)).status == 200


async def test_idle_connections_are_ended_after_a_while(dialler: Dialler) -> None:
    sender = Sender(dialler, keepalive_seconds=0.1)
    async with ScriptedPeer(PUBLIC, [answering(OK, OK)]) as peer:
        await asyncio.gather(post(sender, peer.url), post(sender, peer.url))
        await peer.wait_for(left=2)
        assert (await post(sender, peer.url)).status == 200
        assert peer.connections == 3
        sender.close()
        await peer.wait_for(left=3)


async def test_a_server_that_takes_nothing_in_meets_the_deadline(sender: Sender) -> None:
    async def deaf(line: Line) -> None:
        del line
        await asyncio.sleep(60)

    async with ScriptedPeer(PUBLIC, [deaf]) as peer:
        for url in (peer.url, peer.url.replace("http:", "https:")):
            async with asyncio.timeout(5):
                assert await failure(sender, url, timeout=0.3) == (
                    "timeout",
                    "The server's response was not complete in time.",
                )


# What is sent


@pytest.mark.parametrize("bad", ["a\r\nx: y", "a\nb", "a\0b", "a\x7f"])
async def test_no_header_brings_another_one_along(sender: Sender, bad: str) -> None:
    target = Target.parse(f"http://{PUBLIC}:9/")
    with pytest.raises(ValueError, match="control characters"):
        request_head(target, {"x-name": bad})
    with pytest.raises(ValueError, match="control characters"):
        request_head(target, {bad: "value"})
    with pytest.raises(ValueError, match="control characters"):
        await sender.post(target, request_head(target, {}), {"x-name": bad}, b"", timeout=1, max_body=1)


def test_the_request_line_is_the_url_s() -> None:
    head = request_head(Target.parse("https://shop.test:8443/a%20b/ü?q=%C3%BC&x=1+2"), {"x-a": "1"})
    assert head == b"POST /a%20b/%C3%BC?q=%C3%BC&x=1+2 HTTP/1.1\r\nhost: shop.test:8443\r\nx-a: 1\r\n"
    assert b"\r\nhost: shop.test\r\n" in request_head(Target.parse("https://shop.test/"), {})
    assert b"\r\nhost: [2606:4700::1]:81\r\n" in request_head(Target.parse("http://[2606:4700::1]:81/"), {})
