"""Notices: what every page tells somebody above its own contents, with where to deal with it."""

from dataclasses import dataclass

import reflex as rx

from hub_app.kernel import notices as known
from hub_app.kernel.actor import Role
from hub_app.ui.components.button import button_link
from hub_app.ui.components.callout import callout
from hub_app.ui.guard import current_actor, guarded


@dataclass(frozen=True)
class NoticeRow:
    title: str
    text: str
    href: str
    link: str


class NoticesState(rx.State):
    """The notices of this person. `load` is among the `on_load` of every page for signed-in people."""

    rows: rx.Field[list[NoticeRow]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        found = await known.notices_for(await current_actor(self))
        self.rows = [NoticeRow(one.title, one.text, one.href, one.link) for one in found]


def notices() -> rx.Component:
    """The notices, if there are any."""
    return rx.fragment(rx.foreach(NoticesState.rows, _notice))


def _notice(row: rx.vars.ObjectVar[NoticeRow]) -> rx.Component:
    return callout(row.text, "warning", title=row.title, action=button_link(row.link, row.href, small=True))
