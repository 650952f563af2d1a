"""What the command line can do in a capability (`Capability.commands`)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One command with one argument. `work` gets it as typed, with the database open; what it returns is printed. A
    HubError that it raises is shown after `refusal`.

    Command("reset-password", "EMAIL", "the account's e-mail address", "Make a link …", "No link was made.", work)
    """

    name: str
    argument: str
    argument_help: str
    explanation: str
    refusal: str
    work: Callable[[str], Awaitable[str]]
