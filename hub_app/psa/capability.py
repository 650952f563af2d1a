"""What tickets bring."""

from functools import partial
from typing import Any

from hub_app.kernel.capability import Capability
from hub_app.kernel.navigation import NavEntry
from hub_app.kernel.scopes import Family
from hub_app.psa import api, worker
from hub_app.psa.personal import PERSONAL
from hub_app.psa.service import consent, posts, sessions, status


def _add_pages(app: Any) -> None:
    # They bring Reflex along, which only a process that serves screens needs.
    from hub_app.psa.pages import register

    register(app)


CAPABILITY = Capability(
    routers=api.ROUTERS,
    pages=_add_pages,
    navigation=[
        NavEntry("Sessions", "/sessions", "notebook_pen", group="Tickets", order=1),
        NavEntry("Tickets", "/tickets", "ticket", group="Tickets", order=2),
        NavEntry("PSA connection", "/psa", "plug_zap", group="Tickets", order=3),
    ],
    working=worker.running,
    resumed=posts.resumed,
    scopes={
        "psa": Family(
            "work sessions, tickets and the PSA connection", "write work sessions, and post to tickets"
        )
    },
    acts={"psa.credential_used": "Credential used"},
    search=sessions.search,
    health={
        "psa": partial(
            posts.QUEUE.health,
            "Notes for tickets are sent when they are due.",
            "Notes for tickets have waited for more than two minutes. Check that a process with the role all or worker"
            " runs, and see its log.",
        )
    },
    status={"psa": status.status},
    consents={consent.NAME: consent.KIND},
    personal=PERSONAL,
)
