"""What the shelf brings."""

from datetime import timedelta
from typing import Any

from hub_app.kernel.capability import Capability
from hub_app.kernel.jobs import JobKind
from hub_app.kernel.navigation import NavEntry
from hub_app.kernel.scheduler import Periodic
from hub_app.kernel.scopes import Family

from . import api, service


def _add_pages(app: Any) -> None:
    from .pages import register

    register(app)


CAPABILITY = Capability(
    routers=[api.router],
    pages=_add_pages,
    navigation=[NavEntry("Shelf", "/shelf", "library", group="Library")],
    scopes={"shelf": Family("the books of the shelf")},
    jobs={service.READ_ALL: JobKind(service.do_read_all, "Read all books")},
    periodic=[Periodic("shelf.sweep", timedelta(seconds=1), service.sweep)],
    search=service.search,
)
