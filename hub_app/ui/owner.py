"""Whose tab it is, and as what: its state was read with the rights that this person had then."""

import reflex as rx
from reflex.state import BaseState

from hub_app.identity.service import sessions

_NOBODY = "nobody"
_EMPTIED = "emptied"


class OwnerState(rx.State):
    """The person, the tenant and the rights for whom this tab's states were filled."""

    _owner: str = ""

    @classmethod
    async def is_still(cls, root: BaseState, login: sessions.Login | None, *, loading: bool) -> bool:
        """Whether the tab is this login's. If not, nothing is left of it; a page that is `loading` makes it theirs."""
        owner = mark_of(login)
        kept = await root.get_state(cls)
        if kept._owner not in {"", owner}:  # noqa: SLF001 - a backend variable of this very class
            root.reset()
            if not loading:
                # What the browser shows is still of before: it must load anew before anything else happens.
                kept._owner = _EMPTIED  # noqa: SLF001 - as above
                return False
        kept._owner = owner  # noqa: SLF001 - as above
        return True


def mark_of(login: sessions.Login | None) -> str:
    """Equal for two logins exactly when both may see the same."""
    if login is None:
        return _NOBODY
    actor = login.actor
    operator = " operator" if actor.is_operator else ""
    return f"{actor.user_id} {actor.tenant_id} {actor.role.value}{operator}"
