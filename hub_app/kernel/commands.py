"""What the command line can do in a capability (`Capability.commands`)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `arguments` say what each of them is, by their names; `work` gets them as typed, in this order, with the
    database open; what it returns is printed. A HubError that it raises is shown after `refusal`.

    Command("reset-password", {"EMAIL": "the account's e-mail address"}, "Make a link …", "No link was made.", work)
    """

    name: str
    arguments: Mapping[str, str]
    explanation: str
    refusal: str
    work: Callable[..., Awaitable[str]]
