"""Operation's screens."""

import reflex as rx

from hub_app.operation.pages.health import page_of_health
from hub_app.operation.pages.queues import page_of_queues
from hub_app.operation.pages.schedule import page_of_schedule
from hub_app.operation.state.health import HealthState
from hub_app.operation.state.queues import QueuesState
from hub_app.operation.state.schedule import ScheduleState
from hub_app.ui.shell import add_page


def register(app: rx.App) -> None:
    # The watchers last: they run for as long as the page is open.
    for body, route, title, state in (
        (page_of_queues, "/operator/queues", "Queues", QueuesState),
        (page_of_schedule, "/operator/scheduler", "Scheduler", ScheduleState),
        (page_of_health, "/operator/health", "Health", HealthState),
    ):
        add_page(app, body, route, title, state.load, state.watch)
