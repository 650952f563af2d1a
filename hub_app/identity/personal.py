"""What identity holds about people: who was invited. Members themselves are found by their accounts."""

from hub_app.identity.tables import ApiToken, ApiUsage, Invitation, Membership
from hub_app.kernel.personal import ERASED, Personal, leaves

_WORDS = "Words of Hub's own, and routes"
_DIGEST = "Digests, and the last four characters"

PERSONAL = [
    Personal(
        model=Invitation,
        what="Invitations",
        page="/settings/members",
        whole={"email": leaves("")},
        nothing={_WORDS: ["role"], _DIGEST: ["token_hash"]},
        deleted=True,
    ),
    Personal(
        model=ApiToken,
        what="API tokens",
        page="/developers/tokens",
        alone={"name": leaves(ERASED)},
        owner="user_id",
        nothing={
            _WORDS: ["scopes"],
            _DIGEST: ["token_hash", "old_token_hash", "hint"],
            "An address of the owner's program, which goes with the owner": ["last_used_ip"],
        },
    ),
    Personal(model=Membership, what="Memberships", nothing={_WORDS: ["role"]}),
    Personal(model=ApiUsage, what="Counts of calls", nothing={_WORDS: ["route"]}),
]
