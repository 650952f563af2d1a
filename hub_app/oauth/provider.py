"""Everything the protocol needs to know of a provider, whether it stands in the catalogue or is a tenant's own."""

from dataclasses import dataclass, field
from typing import Literal

from hub_app.apiclient.errors import ApiError

ClientAuth = Literal["basic", "post", "none"]
TokenBody = Literal["form", "json"]
Revocation = Literal["rfc7009", "bearer", "delete_token"]
Grant = Literal["code", "refresh"]
"""What was exchanged for tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider's addresses, our registration there, and its quirks.

    `token_path`, `account_id`, `account_name` and `kept_values` are JMESPath: where the token lies in the answer
    (`protocol.read_tokens`), what names the account in the userinfo answer (or, where there is none, in the token
    answer), what to keep of the token answer. `revocation` is how a token is given back: RFC 7009; a POST with the token as bearer (Slack); a DELETE
    with the token in its JSON, at an address with our `{client_id}` (GitHub). `expired_errors` are the provider's own
    words for `invalid_grant`.
    """

    name: str
    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    revoke_url: str = ""
    userinfo_url: str = ""
    issuer: str = ""
    scope_parameter: str = "scope"
    scope_separator: str = " "
    pkce: bool = True
    client_auth: ClientAuth = "basic"
    token_body: TokenBody = "form"  # noqa: S105 - a format
    token_path: str = ""
    revocation: Revocation = "rfc7009"
    extra_params: dict[str, str] = field(default_factory=dict[str, str])
    expired_errors: tuple[str, ...] = ()
    kept_values: tuple[str, ...] = ()
    account_id: str = ""
    account_name: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether somebody can connect: the addresses are known, and we are registered there."""
        registered = self.client_id and (self.client_secret or self.client_auth == "none")
        return bool(registered and self.authorize_url and self.token_url)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a token address answered, as it came. `whole` is False when it broke off or was too large."""

    grant: Grant
    status: int
    content_type: str
    body: bytes = field(repr=False)
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Tokens:
    """A provider's answer to a code or a refresh token. Lifetimes are seconds, None where none was stated."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_in: int | None = None
    refresh_expires_in: int | None = None
    scopes: tuple[str, ...] | None = None
    kept: dict[str, str] = field(default_factory=dict[str, str])
    account: "Account | None" = None


@dataclass(frozen=True, slots=True)
class Account:
    """Whose access it is, in the provider's words."""

    id: str = ""
    name: str = ""


class Unreadable(ApiError):
    """An answer came in which Hub finds no tokens. They may be there all the same, and nowhere else: it must be kept."""

    def __init__(self, message: str, answer: Answer) -> None:
        super().__init__("protocol", message, status=answer.status)
        self.answer = answer
