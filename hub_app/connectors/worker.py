"""Background work of connectors: cleaning up."""

from hub_app.connectors.service import cleanup
from hub_app.kernel.scheduler import Periodic

PERIODIC = [Periodic("connectors.clean_up", cleanup.EVERY, cleanup.clean_up)]
