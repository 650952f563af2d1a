"""A delivery in the dispatcher's hands, and what became of it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from hub_app.kernel.ids import new_id
from hub_app.kernel.queue import Held


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A claimed delivery with all that sending it takes; `payload` is None where it is to be read then."""

    held: Held
    endpoint_id: UUID
    event_id: UUID
    attempts: int
    tries: int
    trigger: str
    created_at: datetime
    expires_at: datetime
    payload: bytes | None

    @property
    def endpoint(self) -> tuple[UUID, UUID]:
        return self.held.tenant_id, self.endpoint_id


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt's result. `error_kind` is empty exactly when the receiver accepted."""

    started_at: datetime
    duration_ms: int
    status_code: int | None = None
    error_kind: str = ""
    error_detail: str = ""
    retry_after: str | None = None
    response_headers: dict[str, str] = field(default_factory=dict[str, str])
    response_body: str = ""

    @property
    def ok(self) -> bool:
        return not self.error_kind


@dataclass(frozen=True, slots=True)
class Result:
    """What is to be written about a claimed delivery. Without an outcome nothing was sent."""

    delivery: ClaimedDelivery
    status: str
    due_at: datetime
    outcome: Outcome | None = None
    attempt_id: UUID = field(default_factory=new_id)

    def without_answer(self) -> "Result":
        """The same with nothing of what the receiver said but its status."""
        if self.outcome is None:
            return self
        kept = replace(self.outcome, error_detail="", response_headers={}, response_body="")
        return replace(self, outcome=kept)
