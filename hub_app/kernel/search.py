"""Things found by a part of their name: what the palette leads to besides pages (`Capability.search`)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import SQLModel, select

from hub_app.kernel import capabilities, db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.statements import table_of

_EACH = 6


@dataclass(frozen=True, slots=True)
class Found:
    """A thing: its name, what kind it is (`Endpoint`), and its page."""

    name: str
    kind: str
    href: str


async def search(actor: Actor, text: str) -> list[Found]:
    """What has this text in its name and the actor may see, a few of each kind; nothing for an empty text."""
    text = text.strip()[:100]
    if not text:
        return []
    return [
        one
        for capability in capabilities.every()
        if capability.search is not None
        for one in await capability.search(actor, text, _EACH)
    ]


def by_name(
    model: type[SQLModel], kind: str, page: str, *, name: str, also: Sequence[str] = (), scope: str
) -> Callable[[Actor, str, int], Awaitable[list[Found]]]:
    """A capability's search: things whose column `name`, or one of `also`, holds the text, in alphabetical order, for those
    who may read them. `page` is a thing's address, with `{id}`.
    """
    columns = table_of(model).c

    async def search(actor: Actor, text: str, limit: int) -> list[Found]:
        if not actor.may(Role.CUSTOMER_VIEWER, scope):
            return []
        matches = sa.or_(*(columns[one].icontains(text, autoescape=True) for one in (name, *also)))
        async with db.read(actor.tenant_id) as session:
            found = (
                await session.exec(select(model).where(matches).order_by(columns[name]).limit(limit))
            ).all()
        return [Found(getattr(one, name), kind, page.format(id=getattr(one, "id"))) for one in found]  # noqa: B009 - SQLModel knows no id

    return search
