"""What jobs bring."""

from hub_app.jobs.api import router
from hub_app.kernel import jobs
from hub_app.kernel.capability import Capability

CAPABILITY = Capability(routers=[router], periodic=jobs.PERIODIC)
