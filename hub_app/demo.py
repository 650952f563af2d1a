"""The demo: a Hub with data of its own, outside systems played on this machine, and logins printed.

It is a client like any other: it starts `python -m hub_app run`, a webhook receiver, an API, CRMs and a ticket system, and fills Hub over REST.
Nobody has connected the CRMs and the ticket system yet: that is for whoever tries the demo. Only
the second tenant is added directly, because REST has no way to make one.
"""

import asyncio
import os
import re
import secrets
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import cast
from uuid import UUID

import aiohttp
from pydantic import BaseModel, ValidationError

from hub_app import demo_data
from hub_app.identity.service import tenants
from hub_app.kernel import db
from hub_app.kernel.settings import Settings, get_settings

_ROOT = Path(__file__).parents[1]
_PEOPLE = {"alice": "Alice Moreau", "adam": "Adam Brandt", "erin": "Erin Novak", "vera": "Vera Lind"}
_ROLES = {"alice": "owner", "adam": "customer_admin", "erin": "engineer", "vera": "customer_viewer"}
# The outside systems: each a program of this repository, and its options.
_PEERS = (
    ("tests.peers.receiver", "--quiet"),
    ("tests.peers.api", "--key", demo_data.API_KEY),
    ("tests.peers.tave", "--contacts", "300", "--key", demo_data.CRM_KEY),
    ("tests.peers.lightblue", "--contacts", "120", "--shared", "30"),
    ("tests.peers.connectwise", "--tickets", "200"),
)
_SETUP_CODE = re.compile(r"/setup\?code=([A-Z2-7-]+)")
_PAUSE_SECONDS = 0.5
_START_SECONDS = 300
_STOP_SECONDS = 20


class DemoFailed(Exception):
    """The demo cannot go on. The message says why and what to do."""


class Logins(BaseModel):
    """What the demo keeps between starts, in a file for its owner alone."""

    passwords: dict[str, str]
    token: str
    ports: list[int]


class Demo:
    """Where the demo keeps its data and where its Hub answers."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.data_dir.resolve() / "demo"
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - only compared
        self.url = f"http://{host}:{settings.port}"
        self.shown_url = f"http://localhost:{settings.port}" if host == "127.0.0.1" else self.url
        self._port = settings.port
        self._public = bool(settings.public_url)
        self._logins_file = self.folder / "logins.json"

    @property
    def origin(self) -> str:
        return self.shown_url if self._public else self.url

    def environment(self) -> dict[str, str]:
        """Settings of the demo's Hub: its own database, this machine reachable, and retries soon enough to watch."""
        return {
            **os.environ,
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": f"sqlite:///{self.folder}/hub.db",
            **({"PUBLIC_URL": self.shown_url} if self._public else {}),
            "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32",
            "WEBHOOK_RETRY_BACKOFF_SECONDS": "2",
            "PSA_ALLOWED_HOSTS": "127.0.0.1",
            "CRM_RATE_LIMITS": "tave=6000/100000 lightblue=6000/100000",
        }

    def kept(self) -> Logins | None:
        """The logins of an earlier start; None when the demo is still to be filled, which then begins anew."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._logins_file.exists():
            # Those of an earlier version do not fit: the demo begins anew.
            with suppress(ValidationError):
                return Logins.model_validate_json(self._logins_file.read_text())
        for half_filled in self.folder.glob("hub.db*"):
            half_filled.unlink()
        return None

    def keep(self, logins: Logins) -> None:
        descriptor = os.open(self._logins_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(logins.model_dump_json(indent=2))

    def ports(self, logins: Logins | None) -> list[int]:
        """Those of the outside systems that Hub's data name, or for the first start the next free ones."""
        known = logins.ports if logins is not None else []
        free = (port for port in range(self._port + 1, 65536) if port not in known and _is_free(port))
        # Data of an older demo know fewer outside systems.
        added = [next(free) for _ in _PEERS[len(known) :]]
        for port in known:
            if not _is_free(port):
                raise DemoFailed(
                    f"Port {port}, which the demo's data name, is taken. Stop the program that has it, or delete"
                    f" {self.folder} to begin the demo anew."
                )
        return [*known, *added]

    def describe(self, logins: Logins) -> str:
        people = "\n".join(
            f"  {_ROLES[who]:<15} {_email(who):<20} {password}" for who, password in logins.passwords.items()
        )
        return (
            f"\nThe demo is at {self.shown_url}/login\n{people}\n\n"
            "Publish an event:\n"
            f"  curl {self.shown_url}/v1/integration/events \\\n"
            f"    -H 'Authorization: Bearer {logins.token}' -H 'Content-Type: application/json' \\\n"
            """    -d '{"type": "order.paid", "data": {"order": "A-2001", "total": 129.0}}'\n\n"""
            "Connect the CRMs that are played here under CRM, Connections. A Táve with 300 clients:\n"
            f"  API key  {demo_data.CRM_KEY}\n  Address  http://127.0.0.1:{logins.ports[2]}/api/v2\n"
            "Change a client there, as its studio would; a client's page in Hub shows its ID under Sources:\n"
            f"  curl http://127.0.0.1:{logins.ports[2]}/_people \\\n"
            """    -d '{"do": "edit", "id": "<ID>", "fields": {"email": "new@example.com"}}'\n"""
            "Or replace a custom field by another one, and run a full import:\n"
            f"  curl http://127.0.0.1:{logins.ports[2]}/_people \\\n"
            """    -d '{"do": "replace_field", "name": "TextField 1", "to": "Where we meet"}'\n\n"""
            "A Light Blue with 120 clients, of whom thirty are the same people:\n"
            f"  User name  {demo_data.LIGHTBLUE_USER}\n  Password   {demo_data.LIGHTBLUE_PASSWORD}\n"
            f"  Address    http://127.0.0.1:{logins.ports[3]}\n\n"
            "Connect the ConnectWise that is played here under Tickets, PSA connection, as the owner. It has 200 tickets:\n"
            f"  Site        http://127.0.0.1:{logins.ports[4]}\n"
            f"  Company ID  {demo_data.PSA_COMPANY}\n  Public key  {demo_data.PSA_PUBLIC_KEY}\n"
            f"  Private key {demo_data.PSA_PRIVATE_KEY}\n  Client ID   {demo_data.PSA_CLIENT_ID}\n\n"
            f"Data and logins are kept in {self.folder}; delete that folder to begin anew. Ctrl+C ends the demo.\n"
        )


async def run(demo: Demo) -> int:
    """Run Hub and what it talks to until one of them ends or this process is told to stop; Hub's exit code."""
    logins = demo.kept()
    ports = demo.ports(logins)
    if logins is not None and logins.ports != ports:
        logins = logins.model_copy(update={"ports": ports})
        demo.keep(logins)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    programs = [
        ("-m", module, "--port", str(port), *rest)
        for (module, *rest), port in zip(_PEERS, ports, strict=True)
    ]
    async with AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(_child(one, demo.environment())) for one in programs]
        hub = await stack.enter_async_context(_child(("-m", "hub_app", "run"), demo.environment()))
        code: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        relay = asyncio.create_task(_relay(hub, code))
        filling = asyncio.create_task(_fill(demo, logins, ports, code))
        ends = [
            asyncio.create_task(end)
            for end in (hub.wait(), *(peer.wait() for peer in peers), stopping.wait())
        ]
        await asyncio.wait([filling, *ends], return_when=asyncio.FIRST_COMPLETED)
        if filling.done():
            filling.result()
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        filling.cancel()
        if any(peer.returncode is not None for peer in peers) and not stopping.is_set():
            raise DemoFailed("The webhook receiver, the API or the CRM ended; the lines above say why.")
        if hub.returncode is None:
            hub.terminate()
        ended = await hub.wait()
        await relay
    return ended


@asynccontextmanager
async def _child(arguments: tuple[str, ...], environment: dict[str, str]) -> AsyncIterator[Process]:
    """A Python program of this repository that ends with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=_ROOT, env=environment, stdout=PIPE if "run" in arguments else None
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()


async def _relay(hub: Process, code: asyncio.Future[str]) -> None:
    """Pass on what Hub prints, and pick up the set-up code as a person would."""
    async for line in cast("asyncio.StreamReader", hub.stdout):
        found = _SETUP_CODE.search(line.decode())
        if found is None:
            _say(line.decode().rstrip())
        elif not code.done():
            code.set_result(found[1])


async def _fill(demo: Demo, logins: Logins | None, ports: list[int], code: asyncio.Future[str]) -> None:
    """Once Hub answers: make people and endpoints on the first start, print the logins, publish on the first start."""
    await _until_ready(demo.url)
    if logins is not None:
        _say(demo.describe(logins))
        return
    passwords = {who: secrets.token_urlsafe(12) for who in _PEOPLE}
    token = await _set_up(demo, await code, passwords["alice"])
    headers = {"Authorization": f"Bearer {token}", "Origin": demo.origin}
    async with aiohttp.ClientSession(
        demo.url, headers=headers, cookie_jar=aiohttp.DummyCookieJar()
    ) as client:
        for who in ("adam", "erin", "vera"):
            await _join(client, who, passwords[who])
        await _second_tenant(demo, client)
        for endpoint in demo_data.endpoints(ports[0]):
            await _post(client, "/v1/integration/webhooks", endpoint)
        await _connect(client, ports[1])
        made = Logins(passwords=passwords, token=token, ports=ports)
        demo.keep(made)
        _say(demo.describe(made))
        for number in range(demo_data.EVENTS):
            await _post(client, "/v1/integration/events", demo_data.event(number))
            await asyncio.sleep(_PAUSE_SECONDS)


async def _until_ready(url: str) -> None:
    async with aiohttp.ClientSession(url) as client, asyncio.timeout(_START_SECONDS):
        while True:
            with suppress(aiohttp.ClientError):
                async with client.get("/ping") as answer:
                    if answer.ok:
                        return
            await asyncio.sleep(0.1)


async def _set_up(demo: Demo, code: str, password: str) -> str:
    """Alice's tenant, by the address that Hub printed; an API token of hers."""
    # The cookie of an address without a name is kept by an `unsafe` jar only.
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(demo.url, headers={"Origin": demo.origin}, cookie_jar=jar) as client:
        who = {"name": _PEOPLE["alice"], "email": _email("alice"), "password": password}
        await _post(client, "/auth/setup", {"code": code, "tenant_name": "Acme Studio", **who})
        made = await _post(
            client, "/v1/integration/tokens", {"name": "Example program", "scopes": ["admin:*"]}
        )
    return cast("str", made["token"])


async def _join(client: aiohttp.ClientSession, who: str, password: str) -> None:
    invitation = await _post(
        client, "/v1/integration/invitations", {"email": _email(who), "role": _ROLES[who]}
    )
    secret = cast("str", invitation["link"]).rpartition("/")[2]
    accepted = {"token": secret, "name": _PEOPLE[who], "password": password}
    await _post(client, "/auth/invitations/accept", accepted)


async def _second_tenant(demo: Demo, client: aiohttp.ClientSession) -> None:
    """Another tenant that Alice owns too, so that there is one to switch to."""
    async with client.get("/auth/me") as answer:
        me = cast("dict[str, str]", await answer.json())
    # Its audit log begins with it, under the key of the demo's Hub.
    os.environ.update(demo.environment())
    await db.connect(get_settings())
    try:
        await tenants.add_from_command_line("Birch Records", "professional", UUID(me["user_id"]))
    finally:
        await db.disconnect()


async def _connect(client: aiohttp.ClientSession, port: int) -> None:
    """A connector with its key, and a plan."""
    here = "/api/custom-integrations"
    made = await _post(client, here, demo_data.connector(port))
    key = {"type": "api_key", "value": demo_data.API_KEY}
    await _post(client, f"{here}/{made['id']}/credentials", key)
    await _post(client, f"{here}/{made['id']}/actions/all_items/run", {"params": {}})
    await _post(client, f"{here}/plans", demo_data.plan(str(made["id"])))


async def _post(client: aiohttp.ClientSession, path: str, body: Mapping[str, object]) -> dict[str, object]:
    async with client.post(path, json=body, headers={"Accept": "application/json"}) as answer:
        if not answer.ok:
            raise DemoFailed(
                f"Filling the demo failed: {path} answered {answer.status}: {await answer.text()}"
            )
        return cast("dict[str, object]", await answer.json())


def _email(who: str) -> str:
    return f"{who}@acme.example"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    try:
        return asyncio.run(run(Demo(Settings())))
    except DemoFailed as error:
        sys.stderr.write(f"The demo has ended. {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
