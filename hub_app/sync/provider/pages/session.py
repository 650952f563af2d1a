"""A signed-in session with a web site: its pages, one sign-in at a time, and never another host."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_plus, urljoin, urlsplit

from hub_app.apiclient.call import FORM, Call, encoded
from hub_app.apiclient.client import Client
from hub_app.apiclient.errors import ApiError
from hub_app.kernel import confined
from hub_app.sync.provider.calls import Ready
from hub_app.sync.provider.pages import extracting
from hub_app.sync.provider.pages.declared import SignIn

_SECONDS = 20
_LONGEST = 4 * 2**20
_HTML = {"accept": "text/html,application/xhtml+xml"}
_REDIRECTS = {301, 302, 303, 307, 308}
_WHY: dict[str, str] = {
    "time": f"were not done after {_SECONDS} seconds",
    "memory": "take more memory than they may",
    "data": "are about a page that is too large",
    "busy": "wait for others of this tenant",
}


class Session:
    """Pages below `base`, as the person of this user name and password sees them."""

    def __init__(self, base: str, ready: Ready, sign_in: SignIn, user: str, password: str) -> None:
        self.base = base.rstrip("/")
        self._ready = ready
        self._sign_in = sign_in
        self._user, self._password = user, password
        self._client: Client | None = None

    async def page(self, path: str) -> str | None:
        """A page's HTML, signed in: once more where the session has ended since; None when there is no such page. ApiError of the kind
        `auth` when the site asks for it again at once.
        """
        if self._client is None:
            await self.sign_in()
        for attempt in range(2):
            found = await self._fetched(path)
            if found is not None:
                return found or None
            if attempt == 0:
                await self.sign_in()
        raise ApiError(
            "auth",
            f"The site asks to sign in again at {path}, though that was just done.",
            status=HTTPStatus.UNAUTHORIZED,
            reauthorize=True,
        )

    async def _fetched(self, path: str) -> str | None:
        """The page, "" when there is none; None when the site wants somebody to sign in."""
        try:
            html = await self._get(path)
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return ""
            if error.status in _REDIRECTS or error.status == HTTPStatus.UNAUTHORIZED:
                return None
            raise
        return None if await self._form(html) is not None else html

    async def sign_in(self) -> None:
        """Begin a session. ApiError of the kind `auth` when the site does not take the user name and password; `layout` when there is
        no form.
        """
        if self._client is None:
            self._client = await self._ready("")
        where = self._sign_in
        html = await self._get(where.path)
        form = await self._form(html)
        if form is None:
            if await self._is_signed_in(html):
                return
            raise layout(
                "sign-in form", where.form, where.path, " ".join(re.sub(r"<[^>]*>", " ", html).split())[:400]
            )
        values = {**form["values"], where.user_field: self._user, where.password_field: self._password}
        content, kind = encoded(values, FORM)
        path = self.path_of(form["action"] or where.path, where.path)
        call = Call("POST", self.base, path, headers={**_HTML, "content-type": kind}, content=content)
        try:
            answer, _ = await self._client.send(call)
        except ApiError as error:
            if error.status in _REDIRECTS:
                return
            if error.status in (
                HTTPStatus.UNAUTHORIZED,
                HTTPStatus.FORBIDDEN,
                HTTPStatus.UNPROCESSABLE_ENTITY,
            ):
                raise self._refused() from None
            raise
        if isinstance(answer, str) and await self._form(answer) is not None:
            raise self._refused()

    async def _is_signed_in(self, html: str) -> bool:
        """A site may send who is signed in on from its sign-in page: then this one has no password field at all."""
        return f'name="{self._sign_in.password_field}"' not in html and "password" not in html.lower()

    def _refused(self) -> ApiError:
        return ApiError(
            "auth",
            "The site did not take the user name and password.",
            status=HTTPStatus.UNAUTHORIZED,
            reauthorize=True,
        )

    async def _get(self, path: str) -> str:
        if self._client is None:
            raise RuntimeError("Nobody has signed in.")
        target, _, query = path.partition("?")
        pairs = [tuple(one.partition("=")[::2]) for one in query.split("&")] if query else []
        call = Call(
            "GET", self.base, target, [(unquote_plus(a), unquote_plus(b)) for a, b in pairs], dict(_HTML)
        )
        answer, _ = await self._client.send(call)
        if not isinstance(answer, str):
            raise ApiError("protocol", f"The site answered {path} with something else than a page.")
        if len(answer) > _LONGEST:
            raise ApiError("too_large", f"The page at {path} is larger than {_LONGEST // 2**20} MiB.")
        return answer

    async def _form(self, html: str) -> dict[str, Any] | None:
        return await self.run(extracting.form_of, html, self._sign_in.form)

    async def run(self, work: Callable[..., object], *args: object) -> Any:
        """What selectors find, in a child process. ApiError when that takes too much."""
        if self._client is None:
            raise RuntimeError("Nobody has signed in.")
        try:
            return await confined.run(work, *args, partition=self._client.partition, seconds=_SECONDS)
        except confined.Stopped as error:
            message = f"The selectors {_WHY[error.reason]}."
            raise ApiError("selection", message, retryable=error.reason == "busy") from None
        except RuntimeError as error:
            # What cssselect or lxml says of a selector that is none.
            raise ApiError("layout", f"A selector cannot be used: {str(error)[:200]}.") from None

    def path_of(self, href: str, at: str) -> str:
        """A link's path below the base, with its query; ApiError for one that leads to another host, to which nothing of the session
        may go.
        """
        where = urlsplit(urljoin(f"{self.base}{at}", href))
        base = urlsplit(self.base)
        if (where.scheme, where.netloc) != (base.scheme, base.netloc) or not where.path.startswith(
            base.path or "/"
        ):
            raise ApiError(
                "refused_address", f"A link at {at} leads to another host: {where.netloc or href[:100]}."
            )
        path = where.path.removeprefix(base.path) or "/"
        return f"{path}?{where.query}" if where.query else path


def layout(what: str, selector: str, path: str, words: str) -> ApiError:
    """That of a page which does not look as it did: which selector found nothing, and what stands there instead."""
    return ApiError(
        "layout",
        f"The page at {path} has no {what}: the selector “{selector}” finds nothing. The page says: “{words[:300]}”",
    )
