"""Whether ENCRYPTION_KEY is the one this database's secrets were sealed with: asked once, at start."""

from sqlmodel import select

from hub_app.kernel import db
from hub_app.kernel.audit import INSTALLATION
from hub_app.kernel.tables import Installation
from hub_app.kernel.vault import get_vault

_NAME = "key_check"
_TEXT = "sealed with the key of this installation"


async def check() -> None:
    """SealBroken when the key ring does not open what the first start sealed; the first start seals it."""
    async with db.system("is it the right key?", write=True) as session:
        mark = (await session.exec(select(Installation).where(Installation.name == _NAME))).one_or_none()
        if mark is None:
            sealed = get_vault().seal(
                _TEXT, tenant_id=INSTALLATION, table="installation", row_id=INSTALLATION, field=_NAME
            )
            session.add(Installation(name=_NAME, value=sealed.hex()))
            return
    get_vault().open(
        bytes.fromhex(mark.value),
        tenant_id=INSTALLATION,
        table="installation",
        row_id=INSTALLATION,
        field=_NAME,
    )
