"""What tickets bring."""

from hub_app.kernel.capability import Capability
from hub_app.kernel.scopes import Family
from hub_app.kernel.search import by_name
from hub_app.psa import api, worker
from hub_app.psa.personal import PERSONAL
from hub_app.psa.service import READ, consent, posts, status
from hub_app.psa.tables import WorkSession

CAPABILITY = Capability(
    routers=api.ROUTERS,
    working=worker.running,
    resumed=posts.resumed,
    scopes={
        "psa": Family(
            "work sessions, tickets and the PSA connection", "write work sessions, and post to tickets"
        )
    },
    acts={"psa.credential_used": "Credential used"},
    search=by_name(WorkSession, "Work session", "/sessions/{id}", name="title", scope=READ),
    status={"psa": status.status},
    consents={consent.NAME: consent.KIND},
    personal=PERSONAL,
)
