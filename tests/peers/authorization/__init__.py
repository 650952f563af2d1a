"""An independent OAuth server in a process of its own: npm's `oidc-provider`, run by the Node beside this Python.

It is installed on first use into `build/`, from the lock file here.
"""

import ssl
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin

import httpx

from hub_app.oauth.schemas import AppIn
from tools import npm

_HERE = Path(__file__).parent
# Nothing here speaks TLS, and httpx takes 35 ms to read the trusted authorities for a client.
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class AuthorizationServer:
    """`url`, and what a person and an operator do there."""

    def __init__(self, url: str) -> None:
        self.url = url

    def app(self, **more: object) -> AppIn:
        """The entry for Hub's catalogue."""
        values: dict[str, object] = {
            "slug": "peer",
            "name": "The peer",
            "authorize_url": f"{self.url}/auth",
            "token_url": f"{self.url}/token",
            "revoke_url": f"{self.url}/token/revocation",
            "userinfo_url": f"{self.url}/me",
            "issuer": self.url,
            "client_id": "hub",
            "client_secret": self.secret("hub"),
            "scopes": {"openid": "Who you are", "profile": "Your name", "email": "", "tasks": "Your tasks"},
            "default_scopes": ["openid", "profile"],
            "account_id": "sub",
            "account_name": "name",
        }
        return AppIn.model_validate(values | more)

    def secret(self, client_id: str) -> str:
        """Form-encoding changes it, which shows whether both sides do it."""
        return f"{client_id} secret/with signs+"

    async def allow(self, authorize_url: str, account: str = "ada") -> str:
        """Open the address as a person's browser would and let Hub in; the callback's address, not yet opened."""
        return await self._decide(authorize_url, {"choice": "allow", "account": account})

    async def deny(self, authorize_url: str) -> str:
        return await self._decide(authorize_url, {"choice": "deny"})

    async def _decide(self, authorize_url: str, decision: dict[str, str]) -> str:
        async with httpx.AsyncClient(trust_env=False, verify=_NO_AUTHORITIES) as browser:
            page = await self._follow(browser, await browser.get(authorize_url))
            if not page.is_success:
                # The request itself was refused: the answer is on its way to Hub.
                return page.headers.get("location") or page.text
            answer = await self._follow(browser, await browser.post(page.url, data=decision))
            return answer.headers["location"]

    async def _follow(self, browser: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
        """Follow redirects for as long as they stay here."""
        while answer.is_redirect:
            location = urljoin(str(answer.url), answer.headers["location"])
            if not location.startswith(self.url):
                break
            answer = await browser.get(location)
        return answer

    def token_requests(self, grant_type: str = "refresh_token") -> list[dict[str, str]]:
        """What reached the token endpoint since `clear`: `grant_type`, `client_id`, `error`."""
        return [one for one in self._ask("_log") if one["grant_type"] == grant_type]

    def clear(self) -> None:
        self._ask("_clear")

    def go_down(self) -> None:
        """Answer 503 from now on."""
        self._ask("_down")

    def come_up(self) -> None:
        self._ask("_up")

    def _ask(self, path: str) -> list[dict[str, str]]:
        answer: Any = httpx.get(f"{self.url}/{path}", trust_env=False, verify=_NO_AUTHORITIES).json()
        return cast("list[dict[str, str]]", answer)


@contextmanager
def running(*, seconds: int = 5) -> Generator[AuthorizationServer]:
    """The server, for the time of the block; its access tokens live for some seconds."""
    program = [str(npm.BIN / "node"), str(_HERE / "server.mjs"), str(npm.installed(_HERE)), str(seconds)]
    process = subprocess.Popen(  # noqa: S603 - a program of ours
        program,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("READY "):
                yield AuthorizationServer(line.removeprefix("READY ").strip())
                return
        raise RuntimeError(f"The authorization server ended with {process.wait()}.")
    finally:
        process.stdin.close()
        process.terminate()
        process.wait()
        process.stdout.close()
