"""The OAuth connections that one's connectors can use."""

from hub_app.kernel.actor import Actor
from hub_app.kernel.paging import MAX_LIMIT, PageRequest
from hub_app.oauth.service import connections


async def own_connections(actor: Actor) -> list[tuple[str, str]]:
    """One's own connections that work, as (id, words), newest first."""
    found = await connections.list_connections(
        actor, PageRequest(limit=MAX_LIMIT), chosen=connections.Chosen(status="connected")
    )
    return [
        (str(one.id), f"{one.app_name} · {one.account_name}" if one.account_name else one.app_name)
        for one in found.items
        if one.oauth_app_id is not None
    ]
