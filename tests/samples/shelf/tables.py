"""Tables of the shelf."""

from sqlmodel import Field

from hub_app.kernel.tenancy import TenantOwned


class ShelfBook(TenantOwned, table=True):
    title: str = Field(max_length=100)
    read: bool = False
