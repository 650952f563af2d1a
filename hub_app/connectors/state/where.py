"""Where on a connector's page one is, all from the address."""

from uuid import UUID

import reflex as rx

from hub_app.ui.inputs import read_id
from hub_app.ui.urls import path, query, url_with

TABS = ("actions", "run", "connection", "credentials", "import", "executions")


def connector_id(state: rx.State) -> UUID:
    """The connector that the page is about; NotFound when the address holds no id."""
    return read_id(path(state).rpartition("/")[2])


def tab_of(state: rx.State) -> str:
    return query(state, "tab", TABS, TABS[0])


def address(state: rx.State, **chosen: str | None) -> str:
    """The connector's page with this tab and what else is chosen."""
    return url_with(path(state), **chosen)
