"""What the pages of audit logs show, from their addresses, and what list and drawer say in the same words."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from hub_app.governance.schemas.audit import AuditFilter, AuditOut
from hub_app.governance.service import people
from hub_app.ui import words
from hub_app.ui.inputs import read
from hub_app.ui.page_address import PageAddress, parameter
from hub_app.ui.spans import SPANS, since

_NO_PERSON = "Hub"


@dataclass(frozen=True)
class AuditAddress(PageAddress):
    actor: str = parameter()
    action: str = parameter(longest=100)
    target: str = parameter(longest=64)
    span: str = parameter(SPANS)
    entry: str = parameter(stays=False)

    @property
    def is_filtered(self) -> bool:
        return any((self.actor, self.action, self.target, self.span))

    def filter(self) -> AuditFilter:
        return read(
            AuditFilter,
            {},
            actor_id=_person(self.actor),
            action=self.action or None,
            target_id=self.target or None,
            since=since(self.span),
        )

    def export(self, log: str, form: str) -> str:
        """Where the filtered log, which REST has under `log`, is downloaded."""
        chosen = self.filter().model_dump(mode="json", exclude_none=True)
        return f"{log}/export?{urlencode({**chosen, 'format': form})}"


def who_of(actor_id: UUID | None, name: str) -> str:
    """Who did it: their name, or what stands for it."""
    return name or (_NO_PERSON if actor_id is None else people.ERASED)


def tenant_page(one: AuditOut, names: Mapping[str, str]) -> str:
    """The page of the tenant that it was done to; "" for anything else, and one that is not among the names by id."""
    is_known = one.target_type == "tenant" and one.target_id in names
    return f"/operator/tenants/{one.target_id}" if is_known else ""


def target_of(one: AuditOut, names: Mapping[str, str]) -> str:
    """What it was done to, in a few words: its kind, and its name, which `names` may know by its id, or the end of its id."""
    kind = one.target_type.replace("_", " ").replace("oauth", "OAuth")
    name = names.get(one.target_id) or one.summary.get("name")
    return f"{kind} {name or words.short(one.target_id)}".strip() if one.target_id else kind


def _person(text: str) -> UUID | None:
    """Whose acts an address asks for; None, for everyone's, when it names nobody."""
    try:
        return UUID(text)
    except ValueError:
        return None
