import asyncio
import datetime as dt
import gzip
import ssl
import traceback
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub_app.kernel.outbound import OutboundClient, OutboundError, Target, close_client, get_client
from hub_app.kernel.settings import Settings
from hub_app.webhooks.delivery.sender import Sender
from tests.kernel.outbound.calls import OPENED, PRIVATE, PUBLIC, Client, failure, post
from tests.peers.dns import NameServer
from tests.peers.receiver import FAULTS, Answer, Receiver

# What is asked arrives, and the answer comes back


async def test_a_request_arrives_as_it_was_given(client: Client, receiver: Receiver) -> None:
    receiver.answers["/hook?a=1"] = [Answer(202, {"X-Note": "thanks"}, b"kept")]
    answer = await post(client, f"{receiver.url}/hook?a=1", b'{"n": 1}')
    assert (answer.status, answer.body, answer.truncated) == (202, b"kept", False)
    assert answer.headers["x-note"] == "thanks"
    assert answer.duration_ms >= 0
    (request,) = receiver.requests
    assert (request.method, request.path, request.body) == ("POST", "/hook?a=1", b'{"n": 1}')
    assert request.headers == {
        "host": f"{PUBLIC}:{receiver.port}",
        "content-type": "application/json",
        "user-agent": "Test/1",
        "content-length": "8",
    }


async def test_no_body_is_sent_where_there_is_none(
    outbound_client: OutboundClient, receiver: Receiver
) -> None:
    target = Target.parse(f"{receiver.url}/state")
    answer = await outbound_client.send(target, method="GET", headers={}, content=b"", timeout=5, max_body=10)
    assert answer.status == 200
    assert receiver.requests[0].headers == {"host": f"{PUBLIC}:{receiver.port}"}


async def test_a_large_body_arrives_whole(client: Client, receiver: Receiver) -> None:
    content = b"x" * 3_000_000
    await post(client, receiver.url, content)
    assert receiver.requests[0].body == content


async def test_connections_are_kept(client: Client, receiver: Receiver) -> None:
    receiver.answers["/wordy"] = [Answer(body=b"x" * 30_000)]
    for path in ("/", "/wordy", "/broken", "/"):
        await post(client, receiver.url + path)
    assert (receiver.count, receiver.connections) == (4, 1)


async def test_headers_that_are_no_text_are_mended(client: Client, receiver: Receiver) -> None:
    receiver.answers["/"] = [Answer(raw=b"HTTP/1.1 200 OK\r\nX-Name: M\xfcller\r\nContent-Length: 0\r\n\r\n")]
    answer = await post(client, f"{receiver.url}/")
    assert answer.headers["x-name"] == "M\ufffdller"


# What is never done


async def test_redirects_are_not_followed(client: Client, receiver: Receiver) -> None:
    receiver.answers["/"] = [Answer(302, {"Location": f"{receiver.url}/elsewhere"})]
    answer = await post(client, f"{receiver.url}/")
    assert (answer.status, receiver.count) == (302, 1)


async def test_cookies_are_not_sent_back(client: Client, receiver: Receiver) -> None:
    receiver.answers["/"] = [Answer(headers={"Set-Cookie": "visit=1; Path=/"})]
    await post(client, f"{receiver.url}/")
    await post(client, f"{receiver.url}/")
    assert all("cookie" not in request.headers for request in receiver.requests)


async def test_proxies_of_the_environment_are_ignored(
    client: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Receiver() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
            monkeypatch.setenv(name.lower(), proxy.url)
        assert (await post(client, receiver.url)).status == 200
        assert (receiver.count, proxy.connections) == (1, 0)


async def test_errors_do_not_tell_the_path(client: Client, receiver: Receiver) -> None:
    receiver.answers["/T0ken?key=T0ken"] = [Answer(wait=60)]
    for url in (f"{receiver.url}/T0ken?key=T0ken", f"http://{PRIVATE}/T0ken", "http://nowhere.test/T0ken"):
        error = await failure(client, url, timeout=0.1)
        assert "T0ken" not in "".join(traceback.format_exception(error))


# Limits


async def test_a_long_answer_is_cut(client: Client, receiver: Receiver) -> None:
    receiver.answers["/"] = [Answer(body=b"x" * 50_000_000)]
    answer = await post(client, f"{receiver.url}/")
    assert (len(answer.body), answer.truncated) == (4096, True)
    assert answer.body == b"x" * 4096


@pytest.mark.parametrize("size", [0, 4096, 4097, 70_000])
async def test_the_limit_is_exact(client: Client, receiver: Receiver, size: int) -> None:
    receiver.answers["/"] = [Answer(body=b"x" * size)]
    answer = await post(client, f"{receiver.url}/")
    assert (answer.body, answer.truncated) == (b"x" * min(size, 4096), size > 4096)


async def test_compressed_answers_stay_compressed(client: Client, receiver: Receiver) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    receiver.answers["/"] = [Answer(headers={"Content-Encoding": "gzip"}, body=bomb)]
    answer = await post(client, f"{receiver.url}/", max_body=100_000)
    assert answer.body == bomb


@pytest.mark.parametrize(
    "headers", [{f"x-{n}": "v" * 8000 for n in range(2500)}, {"x": "v" * 100_000}], ids=["20 MB", "one line"]
)
async def test_headers_without_end_are_refused(
    client: Client, receiver: Receiver, headers: dict[str, str]
) -> None:
    receiver.answers["/"] = [Answer(headers=headers)]
    assert (await failure(client, f"{receiver.url}/")).kind == "too_large"


# Failures, by kind


@pytest.mark.parametrize(
    "answer",
    [
        Answer(wait=60),
        Answer(drip_head=0.05),
        Answer(body=b"x" * 1000, drip_body=0.05),
    ],
    ids=["silent", "slow headers", "slow body"],
)
async def test_the_whole_has_a_deadline(client: Client, receiver: Receiver, answer: Answer) -> None:
    receiver.answers["/"] = [answer]
    async with asyncio.timeout(5):
        error = await failure(client, f"{receiver.url}/", timeout=0.3)
    assert error.kind == "timeout"
    assert 250 <= error.duration_ms < 3000


async def test_each_part_may_have_a_deadline(outbound_client: OutboundClient, receiver: Receiver) -> None:
    receiver.answers["/"] = [Answer(wait=60)]
    error = await failure(outbound_client, f"{receiver.url}/", timeout=60, read=0.2)
    assert error.kind == "timeout"
    assert error.duration_ms < 3000


@pytest.mark.parametrize("after", [0, 9, 45])
async def test_a_cut_connection(client: Client, receiver: Receiver, after: int) -> None:
    receiver.answers["/"] = [Answer(body=b"x" * 100, cut_after=after)]
    error = await failure(client, f"{receiver.url}/")
    assert (error.kind, str(error)) == (
        "connect",
        "The server closed the connection before its response was complete.",
    )


async def test_nobody_listens(client: Client) -> None:
    error = await failure(client, f"http://{PUBLIC}:9/")
    assert (error.kind, str(error)) == ("connect", "The connection failed: Connection refused.")


@pytest.mark.parametrize(
    "raw", [b"SSH-2.0-OpenSSH_9.7\r\n\r\n", b"HTTP/1.1 99999 ?\r\n\r\n", b"\0" * 100 + b"\r\n\r\n"]
)
async def test_an_answer_that_is_no_http(client: Client, receiver: Receiver, raw: bytes) -> None:
    receiver.answers["/"] = [Answer(raw=raw)]
    assert (await failure(client, f"{receiver.url}/")).kind == "protocol"


async def test_every_fault_of_the_demo_is_an_answer_or_a_kind(client: Client, receiver: Receiver) -> None:
    receiver.answers.update(FAULTS)
    seen: dict[str, str] = {}
    for path in FAULTS:
        # The others have as long as a busy machine takes.
        timeout = 0.3 if path in {"/slow", "/silent", "/drip"} else 20
        try:
            seen[path] = str((await post(client, receiver.url + path, timeout=timeout)).status)
        except OutboundError as error:
            seen[path] = error.kind
    assert seen == {
        "/flaky": "500",
        "/changing": "500",
        "/moody": "200",
        "/broken": "500",
        "/gone": "410",
        "/busy": "429",
        "/moved": "302",
        "/slow": "timeout",
        "/silent": "timeout",
        "/drip": "timeout",
        "/cut": "connect",
        "/huge": "200",
        "/cookie": "200",
    }


async def test_an_unknown_name(client: Client) -> None:
    error = await failure(client, "http://nowhere.test/")
    assert (error.kind, str(error)) == ("dns", "The name nowhere.test could not be resolved.")


async def test_a_name_server_that_keeps_silent(client: Client, names: NameServer) -> None:
    names.names["mute.test"] = []
    async with asyncio.timeout(20):
        error = await failure(client, "http://mute.test/", timeout=30)
    assert error.kind == "dns"
    assert 4900 < error.duration_ms < 6000


# TLS


def make_certificate(folder: Path, name: str) -> ssl.SSLContext:
    """A server's context with a self-signed certificate for `name`, kept as certificate.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


async def test_certificates_are_checked(names: NameServer, client: Client, tmp_path: Path) -> None:
    names.names |= {"shop.test": [[PUBLIC]], "other.test": [[PUBLIC]]}
    served = make_certificate(tmp_path, "shop.test")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
    async with (
        Receiver(host=PUBLIC, tls=served) as receiver,
        OutboundClient(OPENED, resolver=names.resolver(), ssl_context=trusting) as trusting_client,
    ):
        same = isinstance(client, OutboundClient)
        knowing = trusting_client if same else Sender(trusting_client.dialler)
        good, wrong = f"https://shop.test:{receiver.port}/", f"https://other.test:{receiver.port}/"
        assert (await post(knowing, good)).status == 200
        assert (await post(knowing, good.replace(".test", ".test."))).status == 200
        error = await failure(knowing, wrong)
        assert (error.kind, str(error)) == (
            "tls",
            "The server's certificate was not accepted: Hostname mismatch, certificate is not valid for 'other.test'.",
        )
        error = await failure(client, good)
        assert (error.kind, str(error)) == (
            "tls",
            "The server's certificate was not accepted: self-signed certificate.",
        )
        assert receiver.count == 2


async def test_https_to_a_port_that_speaks_http(client: Client, receiver: Receiver) -> None:
    error = await failure(client, receiver.url.replace("http:", "https:"))
    assert (error.kind, str(error)) == (
        "tls",
        "No TLS connection was established. Check that the server supports https on this port.",
    )


# One for the process


@pytest.mark.settings(outbound_allowed_networks=f"{PUBLIC}/32")
async def test_the_process_s_client(settings: Settings, receiver: Receiver) -> None:
    assert settings.outbound_allowed_networks == tuple(OPENED)
    assert get_client() is get_client()
    assert (await post(get_client(), receiver.url)).status == 200
    closed = get_client()
    await close_client()
    await close_client()
    assert get_client() is not closed
    await close_client()
