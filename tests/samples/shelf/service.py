"""The use cases of the shelf."""

from sqlmodel import col, select, update

from hub_app.kernel import audit, db, jobs
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.jobs import Run
from hub_app.kernel.search import Found
from hub_app.kernel.tables import Job

from .schemas import BookIn, BookOut
from .tables import ShelfBook

READ_ALL = "shelf.read_all"
swept: list[str] = []


async def add_book(actor: Actor, given: BookIn) -> BookOut:
    actor.require(Role.ENGINEER, "write:shelf")
    book = ShelfBook(tenant_id=actor.tenant_id, title=given.title)
    async with db.begin(actor.tenant_id) as session:
        session.add(book)
        await session.flush()
        await audit.record(
            session, actor, "shelf.book.added", target_type="shelf_book", target_id=book.id, summary={}
        )
    return BookOut(id=book.id, title=book.title, read=book.read)


async def read_all(actor: Actor) -> Job:
    actor.require(Role.ENGINEER)
    async with db.begin(actor.tenant_id) as session:
        return jobs.start(session, actor, READ_ALL, title="Read every book", href="/shelf", arguments={})


async def do_read_all(run: Run) -> str:
    async with run.step() as session:
        done = await session.exec(update(ShelfBook).where(col(ShelfBook.read).is_(False)).values(read=True))
        run.done = done.rowcount
    return f"{run.done} books were read."


async def search(actor: Actor, text: str, limit: int) -> list[Found]:
    if not actor.may(Role.CUSTOMER_VIEWER):
        return []
    statement = select(ShelfBook).where(col(ShelfBook.title).icontains(text, autoescape=True)).limit(limit)
    async with db.read(actor.tenant_id) as session:
        return [Found(one.title, "Book", "/shelf") for one in (await session.exec(statement)).all()]


async def sweep() -> None:
    swept.append("swept")
