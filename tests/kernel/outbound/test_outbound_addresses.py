from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address, ip_network
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.kernel import outbound
from hub_app.kernel.addresses import Network
from hub_app.kernel.errors import Invalid
from hub_app.kernel.outbound import (
    MAX_URL,
    InvalidUrl,
    OutboundClient,
    RefusedAddress,
    Target,
    scheme_host,
)
from hub_app.webhooks.delivery.sender import Sender
from tests.kernel.outbound.calls import OPENED, PRIVATE, PUBLIC, Client, failure, post
from tests.peers.dns import NameServer
from tests.peers.receiver import Answer, Receiver

# One of each refused network, and every way to write 127.0.0.1.
LITERALS = [
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"),
    *("192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.20", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("[::]", "[::1]", "[::7f00:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]"),
    *(
        "[64:ff9b::7f00:1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::1]",
        "[100::1]",
        "[2001::1]",
        "[2001:db8::1]",
    ),
    *(
        "[2002:7f00:1::1]",
        "[3fff::1]",
        "[5f00::1]",
        "[fc00::1]",
        "[fd00::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
    ),
    # Full-width digits, ideographic full stops, digits in circles
    *("\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "\u2460\u2461\u2466.0.0.1"),
]
# Never sent anywhere, whatever network is opened: other spellings of addresses, and what is no host.
ODD = [
    *("127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "0177.0.0.1", "017700000001"),
    *("127.0.0.1.", "1.2.3.4.5", "256.1.1.1", "127.0.0.1e", "%31%32%37.0.0.1", "ex%2eample.com", "a%00b.com"),
    *(
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]",
        "[::1%25lo]",
        "[2606:4700::1%25eth0]",
        "[::1",
        "[v1.x]x",
        "[1.2.3.4]",
    ),
    *(
        "",
        ".",
        "..",
        "a..b",
        ".a",
        "a,b",
        "a;b",
        "a'b",
        "-a.com",
        "a-.com",
        "xn--",
        "a" * 64 + ".com",
        "a." * 130 + "b",
    ),
    *("example.com:0", "example.com:65536", "example.com:-1", "example.com:http", "example.com:80:80", ":80"),
]


@pytest.mark.parametrize("host", LITERALS)
async def test_refused_literals(outbound_client: OutboundClient, client: Client, host: str) -> None:
    with pytest.raises(RefusedAddress, match=r" is (a|an) .*OUTBOUND_ALLOWED_NETWORKS\."):
        await outbound_client.check_url(f"http://{host}/hook")
    assert (await failure(client, f"http://{host}:9/hook")).kind == "refused_address"


@pytest.mark.parametrize("host", ODD)
def test_odd_hosts_are_no_urls(host: str) -> None:
    with pytest.raises(InvalidUrl):
        Target.parse(f"http://{host}/hook")


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("ftp://example.com/", "must begin with https:// or http://"),
        ("javascript:alert(1)", "must begin with https:// or http://"),
        ("//example.com/", "must begin with https:// or http://"),
        ("example.com", "must begin with https:// or http://"),
        ("", "must begin with https:// or http://"),
        ("https:/example.com", "must begin with https:// or http://"),
        ("http://a@example.com/", "must not contain a user name or password. Send credentials in a header"),
        ("http://a:b@example.com/", "must not contain a user name or password. Send credentials in a header"),
        ("http://@example.com/", "must not contain a user name or password. Send credentials in a header"),
        (
            "http://example.com@127.0.0.1/",
            "must not contain a user name or password. Send credentials in a header",
        ),
        ("http://example.com/#top", "must not contain a fragment (#…)"),
        ("http://example.com#@127.0.0.1/", "must not contain a fragment (#…)"),
        ("http://example.com\\@127.0.0.1/", "must not contain spaces, control characters or backslashes"),
        ("http:\\\\example.com/", "must not contain spaces, control characters or backslashes"),
        ("http://exam ple.com/", "must not contain spaces, control characters or backslashes"),
        (" http://example.com/", "must not contain spaces, control characters or backslashes"),
        ("http://example.com/\n", "must not contain spaces, control characters or backslashes"),
        ("http://example.com/\r\nX-A: b", "must not contain spaces, control characters or backslashes"),
        ("http://example.com/\x00", "must not contain spaces, control characters or backslashes"),
        ("http://exa\u00admple.com/", "must not contain spaces, control characters or backslashes"),
        ("http://example\u200b.com/", "must not contain spaces, control characters or backslashes"),
        ("http://example.com/\ud800", "must not contain spaces, control characters or backslashes"),
        ("http:///hook", "is not a complete URL such as https://example.com/hook"),
        ("http://127.1/", "must have a host name, or an IP address in its usual form"),
        ("http://example.com/" + "x" * MAX_URL, "must have at most 2048 characters"),
    ],
)
def test_rules_for_urls(url: str, rule: str) -> None:
    with pytest.raises(InvalidUrl) as caught:
        Target.parse(url)
    assert str(caught.value) == rule


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.com/hook/secret?key=1", "https://example.com"),
        ("https://example.com:443/", "https://example.com"),
        ("http://example.com:8080/", "http://example.com:8080"),
        ("HTTPS://EXAMPLE.com./a@b", "https://example.com."),
        ("https://exämple.com/", "https://xn--exmple-cua.com"),
        ("https://[2606:4700::1]:8443/", "https://[2606:4700::1]:8443"),
        ("https://my_app.example.com/?to=a@b.c", "https://my_app.example.com"),
        ("http://localhost:9000/", "http://localhost:9000"),
    ],
)
def test_what_is_shown_of_a_url(url: str, shown: str) -> None:
    assert scheme_host(url) == shown


@given(
    st.text()
    | st.text().map(lambda text: f"http://{text}")
    | st.from_regex(r"https?://[\[\]:@%.0-9a-fx]{1,30}/?")
)
def test_any_text_is_a_target_or_invalid(text: str) -> None:
    with suppress(InvalidUrl):
        target = Target.parse(text)
        assert target.url.scheme in {"http", "https"}
        assert target.url.raw_host
        assert not target.url.user


@given(st.ip_addresses(), st.integers(1, 65535))
def test_every_address_is_known_as_one(address: object, port: int) -> None:
    host = f"[{address}]" if ":" in str(address) else str(address)
    parsed = Target.parse(f"http://{host}:{port}/").address
    mapped = getattr(address, "ipv4_mapped", None)
    assert parsed == (mapped or ip_address(str(address)))


@pytest.mark.parametrize(
    ("answers", "refused"),
    [
        ([PUBLIC], None),
        ([PUBLIC, PUBLIC], None),
        ([PRIVATE], PRIVATE),
        ([PUBLIC, PRIVATE], PRIVATE),
        ([PRIVATE, PUBLIC], PRIVATE),
        ([PUBLIC, "::1"], None),  # loopback of the other family
        (["::1"], "::1"),
        ([PUBLIC, "fd00::1"], "fd00::1"),
        (["::ffff:10.0.0.1"], "10.0.0.1"),
        (["169.254.169.254"], "169.254.169.254"),
    ],
)
async def test_every_answer_of_a_name_counts(
    outbound_client: OutboundClient,
    client: Client,
    names: NameServer,
    receiver: Receiver,
    answers: Sequence[str],
    refused: str | None,
) -> None:
    names.names["shop.test"] = [answers]
    url = f"http://shop.test:{receiver.port}/"
    if refused is None:
        assert await outbound_client.check_url(url)
        assert (await post(client, url)).status == 200
        return
    with pytest.raises(RefusedAddress, match=rf"^{refused} is an? .* address"):
        await outbound_client.check_url(url)
    error = await failure(client, url)
    assert error.kind == "refused_address"
    assert str(error).startswith(f"{refused} is ")
    assert receiver.connections == 0


async def test_a_name_that_changes_to_a_private_address(
    outbound_client: OutboundClient, client: Client, names: NameServer, receiver: Receiver
) -> None:
    names.names["shop.test"] = [[PUBLIC], [PUBLIC], [PRIVATE]]
    receiver.answers["/"] = [Answer(headers={"Connection": "close"})]
    async with Receiver(host=PRIVATE, port=receiver.port) as private:
        url = f"http://shop.test:{receiver.port}/"
        assert await outbound_client.check_url(url)
        assert (await post(client, url)).status == 200
        error = await failure(client, url)
        assert error.kind == "refused_address"
        assert str(error) == (
            f"{PRIVATE} is a loopback address. Hub connects to public addresses only; "
            "the operator can open others with OUTBOUND_ALLOWED_NETWORKS."
        )
        assert private.connections == 0


async def test_a_kept_connection_stays_where_it_is(
    client: Client, names: NameServer, receiver: Receiver
) -> None:
    names.names["shop.test"] = [[PUBLIC], [PRIVATE]]
    async with Receiver(host=PRIVATE, port=receiver.port) as private:
        for _ in range(3):
            await post(client, f"http://shop.test:{receiver.port}/")
        assert (receiver.count, receiver.connections, private.connections) == (3, 1, 0)


async def test_this_machine_s_names_are_refused() -> None:
    async with OutboundClient() as client:
        for url in ("http://localhost/", "http://LOCALHOST:80/", "http://app.localhost/"):
            with pytest.raises(RefusedAddress, match="is a loopback address"):
                await client.check_url(url)


async def test_an_unknown_name_is_accepted_for_now(
    outbound_client: OutboundClient, names: NameServer
) -> None:
    assert await outbound_client.check_url("https://nowhere.test/hook") is False
    assert "nowhere.test" in names.asked


@pytest.mark.parametrize("opened", [[], OPENED, [ip_network("::/0")]])
@pytest.mark.parametrize("sends", [False, True], ids=["client", "sender"])
async def test_only_the_opened_networks_are_open(
    opened: Sequence[Network], receiver: Receiver, *, sends: bool
) -> None:
    async with OutboundClient(opened) as made:
        client = Sender(made.dialler) if sends else made
        if opened is OPENED:
            assert (await post(client, receiver.url)).status == 200
        else:
            assert (await failure(client, receiver.url)).kind == "refused_address"
            assert receiver.connections == 0


async def test_several_urls_are_checked_at_once_and_those_that_are_there_already_not_again() -> None:
    urls = {"inside": "http://127.0.0.1/hook", "odd": "ftp://example.com/", "empty": ""}
    try:
        with pytest.raises(Invalid) as refused:
            await outbound.check_urls(urls, prefix="oauth.")
        assert [error.field for error in refused.value.errors] == ["oauth.inside", "oauth.odd"]
        with pytest.raises(Invalid) as refused:
            await outbound.check_urls(urls, there=SimpleNamespace(inside=urls["inside"]))
        assert [error.field for error in refused.value.errors] == ["odd"]
        await outbound.check_urls(urls, there=SimpleNamespace(**urls))
    finally:
        await outbound.close_client()
