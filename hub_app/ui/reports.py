"""What goes wrong where no handler can say it: into the log, with what the person is told."""

import logging
import secrets
import time

import reflex as rx
from reflex.event import EventSpec

_MOST = 20
_SECONDS = 60
_LENGTH = 500
_log = logging.getLogger(__name__)


def report_failure(exception: Exception) -> EventSpec:
    """Tell the person that a screen's action failed, with the number under which the log has the details."""
    reference = secrets.token_hex(4)
    _log.error("Screen event failed, reference %s", reference, exc_info=exception)
    return rx.toast.error(
        f"Something went wrong in Hub, and the action may not have finished. Reference: {reference}"
    )


class _Browsers:
    """What browsers report of themselves. Anyone may send such a report: a few a minute are enough to notice."""

    def __init__(self) -> None:
        self._window = 0.0
        self._count = 0

    def may_report(self) -> bool:
        now = time.monotonic()
        if now - self._window > _SECONDS:
            self._window, self._count = now, 0
        self._count += 1
        return self._count <= _MOST


_browsers = _Browsers()


def report_browser(exception: Exception) -> None:
    """Log an error that a browser says it met. Reflex wants the argument to have this name."""
    if _browsers.may_report():
        _log.warning("A browser reports: %s", str(exception)[:_LENGTH])
