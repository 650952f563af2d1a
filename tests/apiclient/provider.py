"""A provider as one will be written: it knows the other system, and of Hub `apiclient` and `kernel.errors` alone."""

from collections.abc import Sequence

from pydantic import JsonValue

from hub_app.apiclient.call import FORM, Call, Credential, encoded
from hub_app.apiclient.client import Client
from hub_app.apiclient.declarations import Pagination
from hub_app.apiclient.errors import ApiError
from hub_app.apiclient.pagination import read_pages
from hub_app.apiclient.quota import Quota, Rate
from hub_app.kernel.errors import Conflict, Unavailable

RATES = (Rate(4, 1), Rate(100, 60))
_SIGNED_IN = 302


class SiteProvider:
    """The API of tests/peers/site.py for one account, named by its connection's id."""

    def __init__(
        self, base: str, token: str, account: str, *, patience: float = 0, rates: Sequence[Rate] = RATES
    ) -> None:
        self._base = base
        self.client = Client(
            Credential(headers={"Authorization": f"Bearer {token}"}, texts=(token,)),
            account,
            quota=Quota(account, rates),
            patience=patience,
            timeout=5,
            max_body=65_536,
        )

    async def items(self) -> JsonValue:
        pages = Pagination(type="page", parameter="page")
        try:
            found = await read_pages(
                self.client, Call("GET", self._base, "/api/items"), pages, partition=self._base
            )
        except ApiError as error:
            if error.reauthorize:
                raise Conflict(f"Connect again. {error}") from None
            raise Unavailable(str(error)) from None
        return found.value

    async def item_page(self, number: int) -> JsonValue:
        value, _ = await self.client.send(Call("GET", self._base, "/api/items", [("page", str(number))]))
        return value


class Scraper:
    """Pages that only people are meant for: signed in to by a form, recognised by a cookie."""

    def __init__(self, base: str, password: str) -> None:
        self._base, self._password = base, password
        self.client = Client(Credential(texts=(password,)), keeps_cookies=True)

    async def sign_in(self) -> None:
        """Conflict when the site shows its form again."""
        content, kind = encoded({"password": self._password}, FORM)
        call = Call("POST", self._base, "/sign-in", headers={"content-type": kind}, content=content)
        try:
            await self.client.send(call)
        except ApiError as error:
            if error.status == _SIGNED_IN:
                return
            raise
        raise Conflict("The site does not take this password.")

    async def page(self, path: str, base: str = "") -> JsonValue:
        value, _ = await self.client.send(Call("GET", base or self._base, path))
        return value
