"""A connection of Adam's with an app of the operator's."""

from hub_app.oauth.schemas import AppIn
from hub_app.oauth.service import apps, connections
from tests.examples import Samples
from tests.people import People

FORM = {"display_name": "Taken over"}


async def make(people: People, receiver: str) -> Samples:
    given = AppIn(
        slug="ledger",
        name="Ledger",
        authorize_url=f"{receiver}/authorize",
        token_url=f"{receiver}/token",
        client_id="hub",
        client_auth="none",
        scopes={"invoices:read": "Read invoices", "invoices:write": "Write invoices"},
        default_scopes=["invoices:read"],
    )
    app = await apps.create_app(people.alice.actor, given)
    tokens = connections.Given(access_token="of-the-examples", refresh_token="of-the-examples-too")
    connection = await connections.adopt(people.adam.actor, app.slug, tokens)
    return Samples(
        {
            "/apps/connections": [
                "/apps/connections",
                "/apps/connections?of=everyone",
                f"/apps/connections?connection={connection.id}",
                "/apps/connections?outcome=denied",
            ],
            "/operator/oauth-apps/[app]": ["/operator/oauth-apps/github", "/operator/oauth-apps/unknown"],
        }
    )
