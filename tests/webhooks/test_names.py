"""Deliveries to a name: it is looked up and judged for each new connection, whatever it said before."""

import aiohttp
import pytest

from hub_app.kernel import outbound
from hub_app.webhooks.schemas import EndpointIn
from hub_app.webhooks.service import endpoints
from tests.peers.dns import NameServer
from tests.peers.receiver import Receiver
from tests.webhooks.conftest import Acme

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", webhook_retry_backoff_seconds=1),
    pytest.mark.usefixtures("dispatcher"),
]


async def use(names: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this machine's names answered by `names`, as another /etc/resolv.conf would."""
    resolver = names.resolver()
    monkeypatch.setattr(aiohttp, "AsyncResolver", lambda: resolver)
    await outbound.close_client()


async def test_a_name_that_changes_its_answer_is_refused_at_the_attempt(
    acme: Acme, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Good when the endpoint was made, private at the first attempt, good again at the retry."""
    async with NameServer() as names:
        names.names["shop.test"] = [["127.0.0.1"], ["10.1.2.3"], ["127.0.0.1"]]
        await use(names, monkeypatch)
        given = EndpointIn(url=f"http://shop.test:{receiver.port}/hook")
        endpoint_id = (await endpoints.create_endpoint(acme.actor, given)).id
        await acme.publish()
        (delivery,) = await acme.until(endpoint_id, lambda found: bool(found) and found[0].attempts == 1)
        assert receiver.connections == 0
        assert delivery.error_kind == "refused_address"
        assert delivery.attempts_made[0].error_detail == (
            "10.1.2.3 is a private address. Hub connects to public addresses only; "
            "the operator can open others with OUTBOUND_ALLOWED_NETWORKS."
        )
        (delivery,) = await acme.settled(endpoint_id)
        assert (delivery.status, delivery.attempts, len(receiver.requests)) == ("succeeded", 2, 1)


async def test_one_bad_answer_among_good_ones_refuses_the_name(
    acme: Acme, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with NameServer() as names:
        names.names["shop.test"] = [["127.0.0.1"], ["127.0.0.1", "169.254.169.254"]]
        await use(names, monkeypatch)
        given = EndpointIn.model_validate(
            {"url": f"http://shop.test:{receiver.port}/hook", "retry_policy": "NONE"}
        )
        endpoint_id = (await endpoints.create_endpoint(acme.actor, given)).id
        await acme.publish()
        (delivery,) = await acme.settled(endpoint_id)
        assert (delivery.status, delivery.error_kind) == ("failed", "refused_address")
        assert "169.254.169.254" in delivery.attempts_made[0].error_detail
        assert receiver.connections == 0


async def test_a_name_that_is_gone_is_a_failed_attempt(
    acme: Acme, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with NameServer() as names:
        await use(names, monkeypatch)
        given = EndpointIn.model_validate(
            {"url": f"http://shop.test:{receiver.port}/hook", "retry_policy": "NONE"}
        )
        endpoint_id = (await endpoints.create_endpoint(acme.actor, given)).id
        await acme.publish()
        (delivery,) = await acme.settled(endpoint_id)
        assert (delivery.status, delivery.error_kind) == ("failed", "dns")
        assert delivery.attempts_made[0].error_detail == "The name shop.test could not be resolved."
