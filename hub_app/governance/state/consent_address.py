"""What the page of consents shows, from its address, and what all of its tabs say in the same words."""

from dataclasses import dataclass
from uuid import UUID

from hub_app.governance.schemas.consents import ConsentFilter, ConsentOut, ConsentType
from hub_app.governance.service.people import ERASED
from hub_app.kernel.consents import kinds
from hub_app.kernel.settings import get_settings
from hub_app.ui import words
from hub_app.ui.inputs import read, read_optional_id
from hub_app.ui.page_address import PageAddress, parameter
from hub_app.ui.spans import SPANS, since

HERE = "/governance/consents"
TABS = ("status", "history", "settings")
TYPES: dict[ConsentType, str] = {
    "THIRD_PARTY": "Third party",
    "DATA_PROCESSING": "Data processing",
    "MARKETING": "Marketing",
    "ANALYTICS": "Analytics",
}
STATES = {"given": "Not revoked", "revoked": "Revoked"}
_SOURCES = {"rest": "REST API", "screen": "Browser", "upgrade": "Connected before Hub asked"}


@dataclass(frozen=True)
class ConsentsAddress(PageAddress):
    """`consent` is the one in the drawer, `give` the connection (`connector.<id>`) whose consent is asked for at once."""

    tab: str = parameter(TABS, default="status")
    type: str = parameter(TYPES)
    person: str = parameter()
    resource: str = parameter(longest=200)
    state: str = parameter(STATES)
    span: str = parameter(SPANS)
    consent: str = parameter(stays=False)
    give: str = parameter(stays=False)

    @property
    def is_filtered(self) -> bool:
        return any((self.type, self.person, self.resource, self.state, self.span))

    @property
    def asked(self) -> tuple[str, UUID] | None:
        """The connection whose consent is asked for: its kind and id."""
        kind, _, text = self.give.partition(".")
        one = read_optional_id(text)
        return None if one is None else (kind, one)

    def filter(self) -> ConsentFilter:
        return read(
            ConsentFilter,
            {},
            consent_type=self.type or None,
            given_by=self.person or None,
            resource_id=self.resource or None,
            state=self.state or None,
            since=since(self.span),
        )


def state_of(one: ConsentOut) -> str:
    """The state of a consent in the history."""
    if one.revoked_at is not None:
        return "revoked"
    if one.replaced_by is not None:
        return "replaced"
    return "outdated" if one.policy_version < get_settings().consent_policy_version else "given"


def name_of(one: ConsentOut) -> str:
    return one.name or one.resource_id


def kind_of(resource_type: str) -> str:
    """A kind of connection in words; other people's own word for what Hub does not know."""
    kind = kinds().get(resource_type)
    return resource_type if kind is None else kind.label


def giver_of(one: ConsentOut) -> str:
    if one.user_id is None:
        return "No one" if one.source == "upgrade" else ERASED
    return one.user_name


def source_of(one: ConsentOut) -> str:
    return _SOURCES[one.source]


def when(one: ConsentOut) -> str:
    return words.iso(one.created_at)
