"""Calls through the guarded clients, to receivers at two addresses of this machine."""

from ipaddress import ip_network

import pytest

from hub_app.kernel.outbound import OutboundClient, OutboundError, OutboundResponse, Target
from hub_app.webhooks.delivery.sender import Sender, request_head

# Two addresses of this machine: one that the operator opened, in the part of a public one, and one that is refused.
PUBLIC, PRIVATE = "127.0.0.2", "127.0.0.3"
OPENED = [ip_network(f"{PUBLIC}/32")]
# The general client, and the one that posts to receivers: what holds for one holds for the other.
Client = OutboundClient | Sender


async def post(
    client: Client,
    url: str,
    content: bytes = b"{}",
    *,
    timeout: float = 5,
    read: float | None = None,
    max_body: int = 4096,
) -> OutboundResponse:
    headers = {"content-type": "application/json", "user-agent": "Test/1"}
    target = Target.parse(url)
    if isinstance(client, Sender):
        head = request_head(target, headers)
        return await client.post(target, head, {}, content, timeout=timeout, max_body=max_body)
    return await client.send(
        target,
        method="POST",
        headers=headers,
        content=content,
        timeout=timeout,
        read=read,
        max_body=max_body,
    )


async def failure(
    client: Client, url: str, *, timeout: float = 5, read: float | None = None
) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        await post(client, url, timeout=timeout, read=read)
    return caught.value
