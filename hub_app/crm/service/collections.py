"""The collections that records of CRMs lie in, one of each kind, with the standard fields."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm.fields import STANDARD, Feature
from hub_app.crm.service import FAMILY
from hub_app.sync.schemas import RecordField
from hub_app.sync.service import connections
from hub_app.sync.service.connections import Collection

# Text that people look for, besides what every record is found by.
_SEARCHED = {"company"}


async def ensure(session: AsyncSession, tenant_id: UUID, feature: Feature) -> Collection:
    """The tenant's collection of this kind, in the open transaction, made when it is not there."""
    return await connections.ensure_collection(session, tenant_id, FAMILY, feature, standard_fields(feature))


def standard_fields(feature: Feature) -> list[RecordField]:
    return [
        RecordField(
            key=one.key,
            label=one.label,
            type=one.type,
            column=one.column,
            searched=one.key in _SEARCHED,
            to=one.to or "",
        )
        for one in STANDARD[feature]
    ]
