"""An endpoint's headers may be secrets: they go to the host that they were given for, and to no other."""

from uuid import UUID

import pytest

from hub_app.kernel.edits import AsOpened
from hub_app.kernel.errors import EditConflict
from hub_app.webhooks.schemas import EndpointPatch, TrialIn
from hub_app.webhooks.service import endpoints, testing
from tests.peers.receiver import Receiver
from tests.webhooks.conftest import Acme

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
HEADERS = {"Authorization": "Bearer planted-secret"}


async def move(acme: Acme, endpoint_id: UUID, url: str, **more: object) -> dict[str, str]:
    """Give the endpoint another address; the headers that it has then."""
    patch = EndpointPatch.model_validate({"url": url, **more})
    await endpoints.update_endpoint(acme.actor, endpoint_id, patch)
    return (await endpoints.reveal_endpoint(acme.actor, endpoint_id)).headers


async def test_headers_do_not_follow_an_endpoint_to_another_host(acme: Acme) -> None:
    endpoint_id = await acme.endpoint(headers=HEADERS)
    async with Receiver() as other:
        assert await move(acme, endpoint_id, f"{other.url}/hook") == {}
        sent = await testing.send_test(acme.actor, endpoint_id, TrialIn())
        assert sent.status == "succeeded"
        (came,) = other.requests
        assert "planted-secret" not in str(came)


async def test_headers_stay_with_another_path_and_come_along_when_they_are_given(
    acme: Acme, receiver: Receiver
) -> None:
    endpoint_id = await acme.endpoint(headers=HEADERS)
    assert await move(acme, endpoint_id, f"{receiver.url}/other") == HEADERS
    async with Receiver() as other:
        assert await move(acme, endpoint_id, f"{other.url}/hook", headers=HEADERS) == HEADERS


async def test_headers_that_are_saved_while_somebody_moves_the_endpoint_are_a_conflict(
    acme: Acme, receiver: Receiver
) -> None:
    """The form sends the address with them."""
    endpoint_id = await acme.endpoint()
    opened = AsOpened((await endpoints.reveal_endpoint(acme.actor, endpoint_id)).version.fields)
    async with Receiver() as other:
        await move(acme, endpoint_id, f"{other.url}/hook")
        mine = EndpointPatch(url=f"{receiver.url}/hook", headers=HEADERS)
        with pytest.raises(EditConflict, match="url"):
            await endpoints.update_endpoint(acme.actor, endpoint_id, mine, expected=opened)
