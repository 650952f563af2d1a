"""What goes wrong where no handler can say it: into the log, with what the person is told."""

import logging
import secrets
import time
from collections import deque

import reflex as rx
from reflex.event import EventSpec

_MOST = 20
_SECONDS = 60
_LENGTH = 500
_log = logging.getLogger(__name__)
_logged: deque[float] = deque(maxlen=_MOST)
"""When the latest reports of browsers were logged."""


def report_failure(exception: Exception) -> EventSpec:
    """Tell the person that a screen's action failed, with the number under which the log has the details."""
    reference = secrets.token_hex(4)
    _log.error("Screen event failed, reference %s", reference, exc_info=exception)
    return rx.toast.error(
        f"Something went wrong in Hub, and the action may not have finished. Reference: {reference}"
    )


def report_browser(exception: Exception) -> None:
    """Log an error that a browser says it met. Anyone may send such a report: a few a minute are enough to notice.

    Reflex wants the argument to have this name.
    """
    now = time.monotonic()
    if len(_logged) < _MOST or now - _logged[0] > _SECONDS:
        _logged.append(now)
        _log.warning("A browser reports: %s", str(exception)[:_LENGTH])
