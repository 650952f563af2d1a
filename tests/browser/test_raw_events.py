"""Every event that Hub registers, sent raw by those who must not: nobody, a viewer, another tenant's owner."""

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from reflex_base.registry import RegistrationContext
from sqlmodel import SQLModel, select

from hub_app.connectors.service import connectors
from hub_app.crm.schemas.integrations import IntegrationIn
from hub_app.crm.service import integrations
from hub_app.hub_app import app
from hub_app.identity.schemas import InvitationIn
from hub_app.identity.service import invitations
from hub_app.identity.tables import ApiToken, Invitation, LoginSession, Tenant, User
from hub_app.kernel import db
from hub_app.kernel.actor import Role
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.tables import AuditEntry
from hub_app.kernel.tenancy import TenantScoped
from hub_app.oauth.schemas import AppIn
from hub_app.oauth.service import apps, connections
from hub_app.ui.guard import MARK, PUBLIC
from hub_app.webhooks.schemas import DeliveryFilter, EndpointIn, EventIn
from hub_app.webhooks.service import deliveries, endpoints, events
from tests import examples, factories, other_process, running
from tests import people as seeded
from tests.browser.conftest import SETTINGS
from tests.browser.websocket_client import Answer, tab
from tests.operation import failing
from tests.people import People, Person

Result = TypeVar("Result")
InDatabase = Callable[[Callable[[], Awaitable[Result]]], Result]
# What nobody may read in a log or, without asking for it, on a screen: a URL's path, a header, a signing secret, tokens
# and secrets of OAuth, passwords and what is kept of them.
PLANTED = (
    "planted-url-path",
    "planted-header-value",
    "whsec_cGxhbnRlZHBsYW50ZWRwbGFudGVkcGxhbnRlZA==",
    "planted-access-token",
    "planted-refresh-token",
    "planted-client-secret",
    "planted-connector-key",
    "planted-crm-key",
)
_SECRET = (*PLANTED, seeded.PASSWORD, "$argon2")
_SUSPENDED = "Mallet is suspended"
# As it stands in the name of a state.
_CAPABILITY = re.compile(r"hub_app___([a-z]+)___state")
_MODULE = re.compile(r"___state___([a-z_]+)____")
_AUDIT = {"audit_entry", "audit_head", "audit_person", "api_usage"}


def handlers() -> dict[str, Any]:
    """Every callable event by its name, Reflex's own among them."""
    return {name: one.handler for name, one in RegistrationContext.get().event_handlers.items()}


def is_reflexs(handler: Any) -> bool:
    return str(handler.fn.__module__).startswith("reflex.")


def mark(handler: Any) -> str | None:
    return getattr(handler.fn, MARK, None)


def payload_of(handler: Any, ids: dict[str, str]) -> dict[str, Any]:
    """Arguments that would do harm: other people's ids, forms that are filled in."""
    values: dict[str, Any] = {}
    for name in list(inspect.signature(handler.fn).parameters)[1:]:
        if name in ids:
            values[name] = ids[name]
        elif name == "data":
            values[name] = _filled_form()
        else:
            values[name] = True
    return values


@cache
def _filled_form() -> dict[str, str]:
    """What all capabilities' forms take, in one."""
    return {name: value for module in examples.modules() for name, value in module.FORM.items()}


def page_of(name: str, ids: dict[str, str]) -> str:
    """The address of a page on which this event happens: of its state's module or of its capability, if one is among `ids`."""
    own = [*_MODULE.findall(name)[-1:], *_CAPABILITY.findall(name)[-1:], "webhooks"]
    return next(ids[one] for one in own if one in ids)


@pytest.fixture(scope="module")
def in_database(folder: Path) -> InDatabase[Any]:
    return lambda work: other_process.in_database(folder, work, **SETTINGS)


@pytest.fixture(scope="module")
def ids(people: People, in_database: InDatabase[Any], hub: running.Hub, receiver: str) -> dict[str, str]:
    """Ids of Alice's and Erin's things, by the name of the argument that takes them; and pages, by their capability."""
    del hub

    async def make() -> dict[str, str]:
        # Before there is an endpoint: what happens to them is told to those that there are.
        crm, client = await crm_of(people.alice, receiver), await factories.client(people.alice)
        endpoint_id, delivery_id = await webhook_of(people.alice, receiver)
        connector = await factories.connector(people.alice, receiver, key=PLANTED[6])
        connection = await connection_of(people.alice, receiver)
        await seeded.token(people.alice)
        await seeded.cookie(people.alice)
        given = InvitationIn(email="guest@acme.example", role=Role.ENGINEER)
        invitation, _ = await invitations.invite(people.alice.actor, given)
        async with db.system("a test looks") as session:
            token = (
                await session.exec(select(ApiToken.id).where(ApiToken.user_id == people.alice.user_id))
            ).first()
            login = (
                await session.exec(
                    select(LoginSession.id).where(LoginSession.user_id == people.alice.user_id)
                )
            ).first()
        return {
            "user_id": str(people.erin.user_id),
            "token_id": str(token),
            "session_id": str(login),
            "invitation_id": str(invitation.id),
            "connection_id": str(connection),
            "tenant_id": str(people.alice.tenant_id),
            "work_id": str(await failing.job_of(people.alice)),
            "operation": "/operator/queues?queue=jobs",
            "key": "list_orders",
            "connector": str(connector),
            "identity": f"/operator/tenants/{people.alice.tenant_id}",
            "oauth": f"/apps/connections?connection={connection}",
            "connectors": f"/connectors/{connector}?tab=credentials",
            "crm": f"/crm/connections/{crm}?tab=settings",
            **dict.fromkeys(
                ("record", "record_form", "record_history"),
                f"/crm/clients/{client}",
            ),
            "plans": f"/connectors/plans/{await factories.plan(people.alice, connector)}",
            "webhooks": f"/webhooks/endpoints/{endpoint_id}?tab=deliveries&delivery={delivery_id}",
        }

    return in_database(make)


async def webhook_of(person: Person, url: str) -> tuple[UUID, UUID]:
    """An endpoint with a delivery that has arrived: nothing moves by itself while the sweep compares rows."""
    actor = person.actor
    given = EndpointIn(
        name="Warehouse of Acme",
        url=f"{url}/{PLANTED[0]}",
        headers={"X-Key": PLANTED[1]},
        secret=PLANTED[2],
        description="Only for Acme",
    )
    endpoint = await endpoints.create_endpoint(actor, given)
    await events.publish(actor, [EventIn(type="acme.only", data={"secret": "of Acme"})])
    while True:
        found = await deliveries.list_deliveries(actor, endpoint.id, DeliveryFilter(), PageRequest())
        if found.items[0].status == "succeeded":
            return endpoint.id, found.items[0].id
        await asyncio.sleep(0.1)


async def connection_of(person: Person, url: str) -> UUID:
    """An OAuth connection, with an app that this operator adds."""
    given = AppIn(
        slug="swept",
        name="Swept",
        authorize_url=f"{url}/authorize",
        token_url=f"{url}/token",
        client_id="hub",
        client_secret=SecretStr(PLANTED[5]),
    )
    app = await apps.create_app(person.actor, given)
    tokens = connections.Given(access_token=PLANTED[3], refresh_token=PLANTED[4])
    return (await connections.adopt(person.actor, app.slug, tokens)).id


async def crm_of(person: Person, url: str) -> UUID:
    """A CRM that was connected, and did not answer as one."""
    given = IntegrationIn(
        crm_provider="tave",
        connection_name="Swept",
        auth_config={"api_key": PLANTED[7], "base_url": url},
    )
    return (await integrations.create_integration(person.actor, given)).integration.id


async def things(tenant_id: Any, but: Person) -> set[str]:
    """Every row of a tenant and of its people, without those that `but` may change because they are theirs."""
    found: set[str] = set()
    async with db.system("a test looks at everything") as session:
        for mapper in SQLModel._sa_registry.mappers:  # noqa: SLF001 - there is no public way
            model = mapper.class_
            table = sa.inspect(model).local_table
            if issubclass(model, TenantScoped) and table.name not in _AUDIT:
                rows = await session.exec(select(model).where(model.tenant_id == tenant_id))
                found |= {str(row) for row in rows.all() if getattr(row, "user_id", None) != but.user_id}
        found.add(str(await session.get(Tenant, tenant_id)))
        for user in (await session.exec(select(User).where(User.id != but.user_id))).all():
            found.add(str(user))
        for login in (await session.exec(select(LoginSession))).all():
            if login.user_id != but.user_id:
                found.add(f"{login.id} {login.user_id} {login.tenant_id} {login.expires_at}")
    return found


def refusal_of(handler: Any, person: Person | None) -> str:
    """What says that a person may not; "" where they may, or where nobody says so."""
    needed = mark(handler)
    if person is None:
        return "" if is_reflexs(handler) or needed == PUBLIC else "/login"
    if needed in {role.value for role in Role} and not person.role.includes(Role(needed)):
        return f"{Role(needed).label} role required"
    return ""


async def send_all(
    url: str, person: Person | None, ids: dict[str, str], *, suspended: bool = False
) -> dict[str, Answer]:
    """Each handler's answer to one event of this person, who may belong to a suspended tenant alone, in a tab of its own."""
    known = handlers()
    # Most of an answer's time is waiting for whether more comes.
    few = asyncio.Semaphore(24)

    async def ask(name: str) -> Answer:
        async with few:
            cookie = await seeded.cookie(person) if person else ""
            async with tab(url, cookie=cookie) as one:
                expects = refusal_of(known[name], None if suspended else person)
                if suspended and name.endswith(".sign_in_state.load"):
                    expects = _SUSPENDED
                return await one.send(
                    name, payload_of(known[name], ids), path=page_of(name, ids), expects=expects
                )

    # One of them ends the sessions that the others' tabs have.
    first = [name for name in known if not name.endswith("account_state.end_all")]
    answers = dict(zip(first, await asyncio.gather(*(ask(name) for name in first)), strict=True))
    return answers | {name: await ask(name) for name in known if name not in answers}


def test_there_is_something_to_sweep() -> None:
    """The sweep means nothing if the list is empty, or if nothing in it is refused by default."""
    assert RegistrationContext.get().app is app
    known = handlers()
    assert sum(mark(h) is not None for h in known.values()) > 30
    assert any(name.endswith(".setvar") for name in known)
    found = {one for name in known for one in _CAPABILITY.findall(name)}
    assert found == {module.__name__.split(".")[1] for module in examples.modules()}


def test_every_handler_of_ours_has_a_mark() -> None:
    unmarked = [n for n, h in handlers().items() if not is_reflexs(h) and mark(h) is None]
    assert [name for name in unmarked if not name.endswith(".setvar")] == []


def test_nobody_is_sent_to_sign_in(
    hub: running.Hub, ids: dict[str, str], people: People, in_database: InDatabase[Any]
) -> None:
    before = in_database(lambda: things(people.alice.tenant_id, people.mallory))
    answers = in_database(lambda: send_all(hub.url, None, ids))
    for name, handler in handlers().items():
        if is_reflexs(handler) or mark(handler) == PUBLIC:
            continue
        assert answers[name].does("/login"), f"{name} was not refused: {answers[name].text[:500]}"
        assert answers[name].own_changes == {}, f"{name} changed something for nobody"
    text = " ".join(answer.text for answer in answers.values())
    for secret in (
        people.alice.email,
        "Erin Novak",
        "Mallet",
        "hub_pat_",
        "of Acme",
        "acme.only",
        "chen.example",
    ):
        assert secret not in text
    assert in_database(lambda: things(people.alice.tenant_id, people.mallory)) == before


def test_a_viewer_changes_nothing_that_is_not_hers(
    hub: running.Hub, ids: dict[str, str], people: People, in_database: InDatabase[Any]
) -> None:
    before = in_database(lambda: things(people.vera.tenant_id, people.vera))
    answers = in_database(lambda: send_all(hub.url, people.vera, ids))
    for name, handler in handlers().items():
        needed = mark(handler)
        if needed in {role.value for role in Role} and not Role.CUSTOMER_VIEWER.includes(Role(needed)):
            assert answers[name].does(f"{Role(needed).label} role required"), (
                f"{name} was not refused: {answers[name].text[:500]}"
            )
            assert answers[name].own_changes == {}, f"{name} changed something for a viewer"
        elif needed is None and not is_reflexs(handler):
            assert answers[name].does("No page has this action."), (
                f"{name} was not refused: {answers[name].text[:500]}"
            )
    assert in_database(lambda: things(people.vera.tenant_id, people.vera)) == before

    async def refusals() -> set[str]:
        async with db.system("a test looks") as session:
            entries = await session.exec(
                select(AuditEntry).where(
                    AuditEntry.action == "access.refused", AuditEntry.actor_id == people.vera.user_id
                )
            )
            return {str(entry.summary["reason"]) for entry in entries.all()}

    assert "Owner role required" in in_database(refusals)
    # Reading is hers: the page that the events come from is believed.
    text = " ".join(answer.text for answer in answers.values())
    assert "acme.only" in text
    assert [secret for secret in _SECRET if secret in text] == []


def test_a_foreign_owner_neither_sees_nor_changes_anything(
    hub: running.Hub, ids: dict[str, str], people: People, in_database: InDatabase[Any]
) -> None:
    before = in_database(lambda: things(people.alice.tenant_id, people.mallory))
    answers = in_database(lambda: send_all(hub.url, people.mallory, ids))
    text = " ".join(answer.text for answer in answers.values())
    assert people.mallory.email in text
    for secret in (
        people.alice.email,
        "Erin Novak",
        "guest@acme.example",
        "of Acme",
        "acme.only",
        "chen.example",
    ):
        assert secret not in text
    assert in_database(lambda: things(people.alice.tenant_id, people.mallory)) == before


def test_a_suspended_tenants_owner_is_sent_to_sign_in(
    hub: running.Hub, ids: dict[str, str], people: People, in_database: InDatabase[Any]
) -> None:
    """With a session that was good until now, and is again afterwards."""

    async def turn(state: str) -> None:
        async with db.system("a test suspends a tenant", write=True) as session:
            tenant = await session.get_one(Tenant, people.mallory.tenant_id)
            tenant.state = state
            session.add(tenant)

    in_database(lambda: turn("suspended"))
    try:
        answers = in_database(lambda: send_all(hub.url, people.mallory, ids, suspended=True))
    finally:
        in_database(lambda: turn("active"))
    for name, handler in handlers().items():
        if not is_reflexs(handler) and mark(handler) != PUBLIC:
            assert answers[name].does("/login"), f"{name} was not refused: {answers[name].text[:500]}"
            assert answers[name].own_changes == {}, f"{name} changed something in a suspended tenant"
    text = " ".join(answer.text for answer in answers.values())
    assert _SUSPENDED in text
    assert people.mallory.email not in text


def test_the_same_event_works_for_those_who_may(
    hub: running.Hub, ids: dict[str, str], people: People, in_database: InDatabase[Any]
) -> None:
    """Or the sweep would prove nothing: its payloads would be refused for everyone."""

    async def invite_and_withdraw() -> tuple[int, int]:
        given = InvitationIn(email="second@acme.example", role=Role.ENGINEER)
        made, _ = await invitations.invite(people.alice.actor, given)
        name = next(n for n in handlers() if n.endswith("members_state.withdraw"))
        async with tab(hub.url, cookie=await seeded.cookie(people.alice)) as one:
            await one.send(name, {"invitation_id": str(made.id)})
        async with db.system("a test looks") as session:
            left = await session.exec(select(Invitation).where(Invitation.email == "second@acme.example"))
            kept = await session.exec(select(Invitation).where(Invitation.email == "guest@acme.example"))
            return len(left.all()), len(kept.all())

    assert in_database(invite_and_withdraw) == (0, 1)

    async def retry() -> tuple[Answer, int]:
        name = next(n for n in handlers() if n.endswith("queues_state.retry"))
        given = {"tenant_id": ids["tenant_id"], "work_id": ids["work_id"]}
        async with tab(hub.url, cookie=await seeded.cookie(people.alice)) as one:
            done = "It is being tried again."
            answer = await one.send(name, given, path=ids["operation"], expects=done)
        async with db.system("a test looks") as session:
            retried = select(AuditEntry.id).where(
                AuditEntry.action == "job.retried", AuditEntry.target_id == ids["work_id"]
            )
            return answer, len((await session.exec(retried)).all())

    answer, retried = in_database(retry)
    assert retried == 1, answer.text

    async def rename() -> tuple[Answer, str]:
        opens, saves = (
            next(n for n in handlers() if n.endswith(f"endpoint_settings_state.{what}"))
            for what in ("ask_edit", "save")
        )
        form = {"name": "Renamed by Alice", "url": "https://example.com/hook", "retry_policy": "NONE"}
        async with tab(hub.url, cookie=await seeded.cookie(people.alice)) as one:
            # The first event of a tab loads its page, which closes what was open.
            for _ in range(2):
                await one.send(opens, {}, path=ids["webhooks"])
            answer = await one.send(saves, {"data": form}, path=ids["webhooks"])
        endpoint_id = UUID(ids["webhooks"].partition("?")[0].rpartition("/")[2])
        return answer, (await endpoints.get_endpoint(people.alice.actor, endpoint_id)).name

    answer, name = in_database(rename)
    assert name == "Renamed by Alice", answer.text

    async def turn_off() -> tuple[Answer, bool]:
        name = next(n for n in handlers() if n.endswith("state___connector____connector_state.turn"))
        async with tab(hub.url, cookie=await seeded.cookie(people.alice)) as one:
            answer = await one.send(name, {"on": False}, path=ids["connectors"])
        connector_id = UUID(ids["connectors"].partition("?")[0].rpartition("/")[2])
        return answer, (await connectors.get_connector(people.alice.actor, connector_id)).is_active

    answer, is_active = in_database(turn_off)
    assert not is_active, answer.text
    assert [secret for secret in (*_SECRET, "hub_pat_") if secret in hub.log()] == []


def test_headers_sent_with_an_event_are_not_believed(
    hub: running.Hub, people: People, in_database: InDatabase[Any]
) -> None:
    """Whose tab it is comes from the connection, not from what the event says about itself."""
    from hub_app.kernel.access import digest

    name = next(n for n in handlers() if n.endswith("members_state.load"))

    async def forge() -> Answer:
        cookie = await seeded.cookie(people.alice)
        headers = {"cookie": f"hub_session={cookie}; hub_session={digest(cookie)}"}
        async with tab(hub.url) as one:
            return await one.send(name, {}, headers=headers, cookie=headers["cookie"])

    answer = in_database(forge)
    assert answer.does("/login")
    assert people.alice.email not in answer.text


def test_the_digest_does_not_sign_in(hub: running.Hub, people: People, in_database: InDatabase[Any]) -> None:
    """What Reflex keeps of a session, and the database, is of no use as a cookie."""
    from hub_app.kernel.access import digest

    name = next(n for n in handlers() if n.endswith("members_state.load"))

    async def use() -> Answer:
        cookie = digest(await seeded.cookie(people.alice))
        async with tab(hub.url, cookie=cookie) as one:
            return await one.send(name, {})

    assert in_database(use).does("/login")


def test_a_stolen_tab_is_empty(hub: running.Hub, people: People, in_database: InDatabase[Any]) -> None:
    """Who knows the token of somebody's tab gets none of its state: not by loading it, not by an event alone."""
    name = next(n for n in handlers() if n.endswith("members_state.close"))

    async def steal() -> tuple[str, Answer, Answer, str]:
        token = str(uuid4())
        async with tab(
            hub.url, cookie=await seeded.cookie(people.alice), token=token, load="/settings/members"
        ) as own:
            seen = (await own.answer()).text
        async with tab(hub.url, cookie=await seeded.cookie(people.mallory), token=token) as other:
            event = await other.send(name, {})
        async with tab(hub.url, token=token, load="/settings/members") as nobody:
            loaded = await nobody.answer()
        async with tab(
            hub.url, cookie=await seeded.cookie(people.mallory), token=token, load="/settings/members"
        ) as other:
            later = (await other.answer()).text
        return seen, event, loaded, later

    seen, event, loaded, later = in_database(steal)
    assert people.alice.email in seen
    assert loaded.does("/login")
    assert people.mallory.email in later
    for text in (event.text, loaded.text, later):
        assert people.alice.email not in text


def test_a_revoked_session_ends_at_the_next_event(
    hub: running.Hub, people: People, in_database: InDatabase[Any]
) -> None:
    name = next(n for n in handlers() if n.endswith("members_state.load"))

    async def revoke() -> tuple[Answer, Answer]:
        cookie = await seeded.cookie(people.adam)
        async with tab(hub.url, cookie=cookie, load="/settings/members") as one:
            await one.answer()
            before = await one.send(name, {})
            async with db.system("a test ends a session", write=True) as session:
                for login in (
                    await session.exec(
                        select(LoginSession).where(LoginSession.user_id == people.adam.user_id)
                    )
                ).all():
                    await session.delete(login)
            return before, await one.send(name, {})

    before, after = in_database(revoke)
    assert not before.actions
    assert after.actions
    assert people.adam.email not in after.text
