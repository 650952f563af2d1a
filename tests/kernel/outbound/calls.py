"""Calls through the guarded client, to receivers at two addresses of this machine."""

from ipaddress import ip_network

import pytest

from hub_app.kernel.outbound import OutboundClient, OutboundError, OutboundResponse, Target

# Two addresses of this machine: one that the operator opened, in the part of a public one, and one that is refused.
PUBLIC, PRIVATE = "127.0.0.2", "127.0.0.3"
OPENED = [ip_network(f"{PUBLIC}/32")]


async def post(
    client: OutboundClient,
    url: str,
    content: bytes = b"{}",
    *,
    timeout: float = 5,
    read: float | None = None,
    max_body: int = 4096,
) -> OutboundResponse:
    headers = {"content-type": "application/json", "user-agent": "Test/1"}
    return await client.send(
        Target.parse(url),
        method="POST",
        headers=headers,
        content=content,
        timeout=timeout,
        read=read,
        max_body=max_body,
    )


async def failure(
    client: OutboundClient, url: str, *, timeout: float = 5, read: float | None = None
) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        await post(client, url, timeout=timeout, read=read)
    return caught.value
