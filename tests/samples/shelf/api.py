"""REST of the shelf."""

from fastapi import APIRouter

from hub_app.kernel.access import CurrentActor

from . import service
from .schemas import BookIn, BookOut

router = APIRouter(prefix="/v1/shelf/books", tags=["Shelf"])


@router.post("", operation_id="add_book", summary="Add a book", status_code=201)
async def add_book(actor: CurrentActor, given: BookIn) -> BookOut:
    return await service.add_book(actor, given)
