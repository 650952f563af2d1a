"""How a tenant asks for consent."""

from typing import cast

from sqlmodel import select

from hub_app.governance.schemas.consents import ConsentSettingOut, ConsentSettingPatch
from hub_app.governance.service.consent_log import READ, WRITE
from hub_app.governance.tables import ConsentSetting
from hub_app.kernel import audit, bulk, db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.settings import get_settings


async def get_settings_of(actor: Actor) -> ConsentSettingOut:
    """The tenant's setting; off until somebody turns it on."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        found = (await session.exec(select(ConsentSetting))).one_or_none()
    return _out(ask_explicitly=found is not None and found.ask_explicitly)


async def change_settings(actor: Actor, given: ConsentSettingPatch) -> ConsentSettingOut:
    """Change the tenant's setting, for the next call."""
    actor.require(Role.OWNER, WRITE)
    asks = cast("bool", given.changes()["ask_explicitly"])
    async with db.begin(actor.tenant_id) as session:
        await bulk.insert_missing(
            session, ConsentSetting, [ConsentSetting(tenant_id=actor.tenant_id).model_dump()]
        )
        row = (await session.exec(select(ConsentSetting).with_for_update())).one()
        changed = ["ask_explicitly"] if row.ask_explicitly != asks else []
        row.ask_explicitly = asks
        session.add(row)
        await audit.record(
            session,
            actor,
            "consent.settings_updated",
            target_type="tenant",
            target_id=actor.tenant_id,
            summary={"changed": changed},
        )
    return _out(ask_explicitly=asks)


def _out(*, ask_explicitly: bool) -> ConsentSettingOut:
    return ConsentSettingOut(
        ask_explicitly=ask_explicitly, policy_version=get_settings().consent_policy_version
    )
