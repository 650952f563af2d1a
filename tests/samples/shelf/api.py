"""REST of the shelf."""

from hub_app.kernel.access import CurrentActor
from hub_app.kernel.routes import router_of

from . import service
from .schemas import BookIn, BookOut

router = router_of("/v1/shelf/books", "Shelf")


@router.post("", summary="Add a book", status_code=201)
async def add_book(actor: CurrentActor, given: BookIn) -> BookOut:
    return await service.add_book(actor, given)
