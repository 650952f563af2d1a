"""Forms that declared parameters make: those of a call, of a plugin's configuration, of a provider's settings."""

from typing import Protocol

from pydantic import JsonValue

from hub_app.kernel.values import ValueType


class Declared(Protocol):
    """What a form needs to know of a parameter. `default` stands in when nothing is given; `api_default` is what somebody
    else takes then, and is only shown.
    """

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> ValueType: ...
    @property
    def required(self) -> bool: ...
    @property
    def default(self) -> JsonValue: ...
    @property
    def api_default(self) -> JsonValue: ...
    @property
    def description(self) -> str: ...
    @property
    def nullable(self) -> bool: ...
    @property
    def hint(self) -> str: ...
