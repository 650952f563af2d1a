"""An endpoint whose stored address does not open holds up no other, and says what to do."""

import pytest
from sqlmodel import select

from hub_app.kernel import db
from hub_app.kernel.vault import SealBroken
from hub_app.webhooks.delivery import targets
from hub_app.webhooks.schemas import EndpointPatch
from hub_app.webhooks.service import endpoints
from hub_app.webhooks.tables import WebhookEndpoint, WebhookSecret
from tests import seals
from tests.peers.receiver import Answer, Receiver
from tests.webhooks.conftest import Acme

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32"),
    pytest.mark.usefixtures("dispatcher"),
]
WHAT_TO_DO = "Enter it again, or let whoever runs Hub name the former key"


async def test_the_others_deliver_and_their_health_is_followed(acme: Acme, receiver: Receiver) -> None:
    broken, whole = await acme.endpoint("/broken"), await acme.endpoint("/whole", retry_policy="NONE")
    receiver.answers["/whole"] = [Answer(500)]
    await seals.lose(WebhookEndpoint, broken, "url")
    await acme.publish()
    (failed,) = await acme.settled(broken)
    assert failed.status == "failed"
    assert WHAT_TO_DO in failed.attempts_made[0].error_detail
    await acme.settled(whole)
    assert (await endpoints.get_endpoint(acme.actor, whole)).failing_since is not None
    assert [one.path for one in receiver.requests] == ["/whole"]


async def test_it_is_left_out_of_many_that_are_read_together(acme: Acme) -> None:
    broken, whole = await acme.endpoint("/broken"), await acme.endpoint("/whole")
    await seals.lose(WebhookEndpoint, broken, "url")
    tenant = acme.actor.tenant_id
    assert list(await targets.of([(tenant, broken), (tenant, whole)])) == [(tenant, whole)]
    with pytest.raises(SealBroken, match=WHAT_TO_DO):
        await targets.one((tenant, broken))


async def test_it_can_be_given_again(acme: Acme, receiver: Receiver) -> None:
    endpoint = await acme.endpoint("/hook")
    await seals.lose(WebhookEndpoint, endpoint, "url", "headers")
    with pytest.raises(SealBroken, match=WHAT_TO_DO):
        await endpoints.reveal_endpoint(acme.actor, endpoint)
    await endpoints.update_endpoint(
        acme.actor, endpoint, EndpointPatch(url=f"{receiver.url}/hook", headers={})
    )
    await acme.publish()
    assert (await acme.settled(endpoint))[0].status == "succeeded"


async def test_a_signing_secret_that_does_not_open_is_refused_and_rotated(acme: Acme) -> None:
    endpoint = await acme.endpoint("/hook")
    async with db.system("a test looks") as session:
        secret = (await session.exec(select(WebhookSecret.id))).one()
    await seals.lose(WebhookSecret, secret, "secret")
    with pytest.raises(SealBroken, match=WHAT_TO_DO):
        await endpoints.reveal_secret(acme.actor, endpoint)
    assert (await endpoints.rotate_secret(acme.actor, endpoint)).secret.startswith("whsec_")
