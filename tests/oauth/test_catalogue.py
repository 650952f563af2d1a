"""The catalogue: what ships, and how its operator keeps it."""

import base64

import pytest
from pydantic import SecretStr, ValidationError
from sqlmodel import select

from hub_app.kernel import db, rotation, vault
from hub_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.rotation import Resealed
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tables import AuditEntry
from hub_app.kernel.tenancy import INSTALLATION
from hub_app.kernel.validation import validated
from hub_app.oauth import worker
from hub_app.oauth.schemas import AppIn, AppPatch, ClientIn
from hub_app.oauth.service import apps, clients, connections, providers
from hub_app.oauth.tables import OauthApp
from tests.oauth.conftest import Acme, row
from tests.people import People

SECRET = "a planted client secret"
OLD, NEW = (base64.urlsafe_b64encode(bytes([n] * 32)).decode() for n in (1, 2))


async def test_what_ships_is_there_once_and_keeps_what_the_operator_entered(people: People) -> None:
    async with worker.running():
        pass
    alice = people.alice.actor
    await apps.update_app(alice, "github", AppPatch(client_id="ours", client_secret=SecretStr(SECRET)))
    async with worker.running():
        pass
    found = (await apps.list_apps(people.vera.actor, PageRequest())).items
    assert [(app.slug, app.ready) for app in found] == [
        ("github", True),
        ("google", False),
        ("honeybook", False),
        ("hubspot", False),
        ("pipedrive", False),
        ("slack", False),
    ]
    assert "API access from HoneyBook" in found[2].note
    entry = await apps.get_entry(alice, "github")
    assert (entry.client_id, entry.secret_hint) == ("ours", vault.hint(SECRET))
    assert SECRET not in entry.model_dump_json()


async def test_only_the_operator_keeps_the_catalogue(people: People) -> None:
    await apps.add_templates()
    for person in (people.adam, people.mallory):
        with pytest.raises(Forbidden, match="Operator"):
            await apps.update_app(person.actor, "github", AppPatch(client_id="mine"))
        with pytest.raises(Forbidden, match="Operator"):
            await apps.list_catalogue(person.actor, PageRequest())
        with pytest.raises(Forbidden, match="Operator"):
            await apps.create_app(person.actor, AppIn(slug="own", name="Own"))
        with pytest.raises(Forbidden, match="Operator"):
            await apps.delete_app(person.actor, "github")


async def test_an_app_that_is_off_is_not_shown(people: People) -> None:
    await apps.add_templates()
    await apps.update_app(people.alice.actor, "slack", AppPatch(enabled=False))
    with pytest.raises(NotFound):
        await apps.get_app(people.adam.actor, "slack")
    assert (await apps.get_entry(people.alice.actor, "slack")).enabled is False


@pytest.mark.parametrize("field", ["authorize_url", "token_url", "revoke_url", "userinfo_url"])
@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/token", "https://169.254.169.254/latest", "javascript:alert(1)", "https://u:p@e.com/"],
)
async def test_addresses_that_hub_does_not_call_are_refused(people: People, field: str, url: str) -> None:
    await apps.add_templates()
    with pytest.raises(Invalid) as refusal:
        await apps.update_app(people.alice.actor, "github", AppPatch.model_validate({field: url}))
    assert [error.field for error in refusal.value.errors] == [field]
    own = {"authorize_url": "https://example.com/a", "token_url": "https://example.com/t", "client_id": "x"}
    if field in ClientIn.model_fields:
        with pytest.raises(Invalid, match=f"oauth_config.{field}"):
            await clients.check_client(ClientIn(name="Own", **{**own, field: url}), prefix="oauth_config.")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "Not A Slug"},
        {"token_path": "authed_user["},
        {"issuer": "https://example.com/\x00"},
        {"extra_params": {"state": "fixed"}},
        {"scopes": {"two words": ""}},
        {"pkce": "perhaps"},
        {"client_auth": "jwt"},
    ],
)
def test_entries_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AppIn.model_validate({"slug": "own", "name": "Own", **wrong})


async def test_a_slug_is_given_once(people: People) -> None:
    await apps.add_templates()
    with pytest.raises(Conflict, match="github"):
        await apps.create_app(people.alice.actor, AppIn(slug="github", name="Another"))


async def test_default_scopes_are_among_the_apps(people: People) -> None:
    with pytest.raises(Invalid) as refused:
        validated(AppIn, {"slug": "No", "name": "Own", "scopes": {"read": "R"}, "default_scopes": ["write"]})
    assert [(one.field, one.message.partition(";")[0]) for one in refused.value.errors] == [
        ("slug", "may contain only lowercase letters a to z, digits, and single hyphens between them"),
        ("default_scopes", "must be among the app's scopes"),
    ]
    alice = people.alice.actor
    await apps.create_app(
        alice, AppIn(slug="own", name="Own", scopes={"read": "Read"}, default_scopes=["read"])
    )
    for stray in (AppPatch(default_scopes=["write"]), AppPatch(scopes={})):
        with pytest.raises(Invalid, match="is not"):
            await apps.update_app(alice, "own", stray)


@pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
async def test_deleting_an_app_takes_its_connections_along(acme: Acme) -> None:
    alice = acme.people.alice.actor
    connection = await acme.connect()
    await acme.connect(acme.people.mallory.actor)
    assert (await apps.app_losses(alice, "peer")).model_dump() == {"connections": 2, "tenants": 2}
    await apps.delete_app(alice, "peer")
    with pytest.raises(NotFound):
        await connections.get_connection(acme.people.erin.actor, connection)
    async with db.system("a test looks") as session:
        entries = (
            await session.exec(select(AuditEntry).where(AuditEntry.action == "oauth.app.deleted"))
        ).all()
    assert [(one.tenant_id, one.summary["connections"]) for one in entries] == [(INSTALLATION, 2)]


@pytest.mark.settings(encryption_key=OLD)
async def test_rotating_keys_seals_an_apps_secret_again(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def use(key: str, *old: str) -> None:
        monkeypatch.setenv("ENCRYPTION_KEY", key)
        monkeypatch.setenv("ENCRYPTION_KEYS_OLD", " ".join(old))
        get_settings.cache_clear()
        vault.get_vault.cache_clear()

    use(OLD)
    await apps.add_templates()
    await apps.update_app(people.alice.actor, "github", AppPatch(client_secret=SecretStr(SECRET)))
    before = await entry("github")
    use(NEW, OLD)
    assert await rotation.reseal() == Resealed(1)
    use(NEW)
    after = await entry("github")
    assert providers.provider_of(after).client_secret == SECRET
    assert after.updated_at == before.updated_at
    assert await rotation.reseal() == Resealed(0)
    vault.get_vault.cache_clear()


async def entry(slug: str) -> OauthApp:
    async with db.system("a test looks") as session:
        return await providers.find_app(session, slug)


async def test_kept_secrets_do_not_follow_a_client_to_another_host(people: People) -> None:
    adam = people.adam.actor
    given = {
        "name": "Own",
        "authorize_url": "https://login.example/a",
        "token_url": "https://login.example/t",
        "client_id": "x",
        "client_secret": SECRET,
    }
    async with db.begin(adam.tenant_id) as session:
        client = await clients.save_client(session, adam, None, ClientIn.model_validate(given))
        await connections.adopt_for_client(session, adam, client, access_token="t", refresh_token="r")
    moved = ClientIn.model_validate(given | {"token_url": "https://thief.example/t", "client_secret": None})
    with pytest.raises(Invalid, match="entered again"):
        async with db.begin(adam.tenant_id) as session:
            await clients.save_client(session, adam, client, moved)
    again = ClientIn.model_validate(given | {"token_url": "https://thief.example/t"})
    async with db.begin(adam.tenant_id) as session:
        await clients.save_client(session, adam, client, again)
        connection = await connections.connection_of_client(session, client)
    assert connection is not None
    made = await connections.get_connection(adam, connection)
    assert (made.status, made.refreshes) == ("expired", False)


@pytest.mark.parametrize("field", ["token_url", "revoke_url"])
async def test_a_clients_id_stands_in_no_host(people: People, field: str) -> None:
    """Its hosts are where its secret goes: they are known when it is saved."""
    del people
    given = dict.fromkeys(("authorize_url", "token_url"), "https://1.1.1.1/a")
    client = {"name": "Own", "client_id": "thief.example", **given, field: "https://{client_id}/t"}
    with pytest.raises(Invalid) as refused:
        await clients.check_client(ClientIn.model_validate(client))
    assert [one.field for one in refused.value.errors] == [field]


@pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
async def test_an_app_pointed_to_another_host_leaves_secrets_behind(acme: Acme) -> None:
    """The operator reads no tenant's tokens: a new address gets neither them nor the client secret."""
    connection = await acme.connect()
    alice = acme.people.alice.actor
    renamed = await apps.update_app(alice, "peer", AppPatch(name="Renamed"))
    assert renamed.secret_hint
    assert (await row(connection)).access_token
    elsewhere = AppPatch(token_url="http://127.0.0.1:9/token")
    moved = await apps.update_app(alice, "peer", elsewhere)
    assert moved.secret_hint == ""
    found = await row(connection)
    assert (found.status, found.access_token, found.refresh_token) == ("expired", b"", b"")


async def test_what_is_there_already_is_not_checked_again(people: People) -> None:
    """An app whose provider's name leads inside today can still be turned off, and sent as it is."""
    await apps.add_templates()
    alice, inside = people.alice.actor, "http://127.0.0.1/token"
    async with db.system("its name leads elsewhere today", write=True) as session:
        (await session.exec(select(OauthApp).where(OauthApp.slug == "github"))).one().token_url = inside
    assert not (await apps.update_app(alice, "github", AppPatch(enabled=False))).enabled
    assert (await apps.update_app(alice, "github", AppPatch(token_url=inside, name="Off"))).name == "Off"
    with pytest.raises(Invalid):
        await apps.update_app(alice, "github", AppPatch(token_url=inside, revoke_url=inside))
