"""The periodic tasks of the installation, and having one run now."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import col, select

from hub_app.kernel import audit, db, processes, retention, scheduler
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, NotFound
from hub_app.kernel.tables import HubProcess, Schedule
from hub_app.operation.schemas import TaskOut

_LATE = timedelta(minutes=10)


async def list_tasks(actor: Actor) -> list[TaskOut]:
    """For operators: every periodic task, in the order of their names."""
    actor.require_operator()
    known = {task.name: task for task in retention.every_task()}
    workers = [one for one in await processes.alive() if one.role != "web"]
    async with db.system("an operator looks at the schedule") as session:
        rows = (await session.exec(select(Schedule).order_by(col(Schedule.name)))).all()
    found: list[TaskOut] = []
    for row in rows:
        if task := known.get(row.name):
            about, seconds = task.about, int(task.every.total_seconds())
            found.append(_out(row, about, seconds, workers))
    return found


async def run_now(actor: Actor, name: str) -> None:
    """For operators: make a task due; one process runs it at once. NotFound, and Conflict while it runs."""
    actor.require_operator()
    task = next((one for one in await list_tasks(actor) if one.name == name), None)
    if task is None:
        raise NotFound("Task not found")
    if task.state == "running":
        raise Conflict("This task is running. Wait for it to finish.")
    async with db.system("an operator runs a periodic task", write=True) as session:
        await scheduler.run_now(session, name)
        await audit.record(
            session,
            audit.of_installation(actor),
            "operator.task_run",
            target_type="schedule",
            target_id=name,
        )


def _out(row: Schedule, about: str, seconds: int, workers: Sequence[HubProcess]) -> TaskOut:
    runs = row.started_at is not None and (row.finished_at is None or row.finished_at < row.started_at)
    stopped = runs and _was_cut_off(row.started_at, workers)
    last = None
    if stopped:
        last = "stopped"
    elif row.finished_at is not None:
        last = "failed" if row.error else "succeeded"
    overdue = row.due_at < utcnow() - _LATE
    return TaskOut(
        name=row.name,
        about=about,
        every_seconds=seconds,
        state="running" if runs and not stopped else "overdue" if overdue else "waiting",
        due_at=row.due_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        last=last,
    )


def _was_cut_off(started_at: datetime | None, workers: Sequence[HubProcess]) -> bool:
    """Whether every process that works in the background began after this."""
    return started_at is not None and all(one.created_at > started_at for one in workers)
