"""Background work of connectors: runs of plans, their schedules, and cleaning up."""

from hub_app.connectors import runner
from hub_app.connectors.service import cleanup
from hub_app.kernel.scheduler import Periodic

PERIODIC = [Periodic("connectors.clean_up", cleanup.EVERY, cleanup.clean_up), *runner.PERIODIC]
running = runner.running
