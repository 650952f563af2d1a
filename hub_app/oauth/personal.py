"""What OAuth holds about people: the accounts that were connected, and what providers said."""

from hub_app.kernel.personal import ERASED, Personal, leaves, masked
from hub_app.oauth.service.records import topic
from hub_app.oauth.tables import OauthClient, OauthConnection, OauthFlow

_WORDS = "Words of Hub's own"
_PROTOCOL = "How a provider is talked to: addresses, scopes, names in requests"
_UNREAD = "An answer with tokens that Hub could not read: it is shown to nobody, and goes with the connection"
_CREDENTIAL = "What opens doors: a program's, and nobody's data"

PERSONAL = [
    Personal(
        model=OauthConnection,
        what="OAuth connections",
        page="/apps/connections",
        alone={
            "account_id": leaves(""),
            "account_name": leaves(""),
            "last_error": leaves(""),
            "kept": masked,
        },
        nothing={
            _WORDS: ["status"],
            _PROTOCOL: ["scopes_asked", "scopes_granted", "hosts"],
            _CREDENTIAL: ["access_token", "refresh_token"],
            _UNREAD: ["unread"],
        },
        owner="user_id",
        topics=lambda row: [topic(row.id), topic(row.tenant_id)],
    ),
    Personal(
        model=OauthClient,
        what="OAuth clients",
        page="/connectors",
        alone={"name": leaves(ERASED), "extra_params": masked},
        nothing={
            _PROTOCOL: [
                "authorize_url", "token_url", "revoke_url", "userinfo_url", "issuer", "scopes", "default_scopes",
                "scope_parameter", "scope_separator", "client_auth", "token_body", "token_path", "revocation",
                "expired_errors", "kept_values", "account_id", "account_name", "api_host",
            ],
            _CREDENTIAL: ["client_id", "client_secret", "secret_hint"],
        },
    ),
    Personal(
        model=OauthFlow,
        what="Authorizations",
        page="/apps/connections",
        alone={"message": leaves(""), "return_to": leaves(""), "consent": masked},
        owner="user_id",
        nothing={
            _PROTOCOL: ["scopes", "redirect_uri", "hosts"],
            _CREDENTIAL: ["state_hash", "verifier"],
            _WORDS: ["purpose"],
        },
    ),
]  # fmt: skip
