"""What is declared of a web site, so that its pages can be read without code of its own. All selectors are CSS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from hub_app.sync.provider.source import Payload, Resource


@dataclass(frozen=True, slots=True)
class SignIn:
    """The form by which a session begins: its page, the form on it, and the names of its two fields."""

    path: str
    form: str
    user_field: str
    password_field: str


def as_it_is(values: Mapping[str, JsonValue]) -> Payload:
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResource:
    """A list of records with a page of their own. In each `row` the `link` leads to that page, whose address ends in the record's id;
    `following` is the link to the next page of the list, `empty` is there when the list has nothing. `fields` are the selectors of the detail page by name; one that ends in `::href` takes a link's address.
    The `needed` one is on every such page. `prepare` makes the payload.
    """

    resource: Resource
    path: str
    row: str
    link: str
    following: str
    empty: str
    fields: Mapping[str, str]
    needed: str
    prepare: Callable[[Mapping[str, JsonValue]], Payload] = as_it_is
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """What each selector is called in the connection's settings, by what it is here."""
