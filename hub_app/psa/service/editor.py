"""How a tenant's engineers write: an admin says it, everybody's editor obeys."""

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, db, edits
from hub_app.kernel.actor import Actor, Role
from hub_app.psa.schemas.templates import EditorSettingsIn, EditorSettingsOut, Snippet
from hub_app.psa.service import READ, WRITE
from hub_app.psa.tables import EditorSettings


async def get_settings(actor: Actor) -> EditorSettingsOut:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        return _out(await _found(session))


async def replace_settings(
    actor: Actor, given: EditorSettingsIn, *, expected: edits.Expected | None = None
) -> EditorSettingsOut:
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        await db.lock(session, f"editor settings {actor.tenant_id}")
        row = await _found(session)
        before = _out(row).version
        wanted = given.model_dump()
        edits.check(expected, before, wanted)
        row = row or EditorSettings(tenant_id=actor.tenant_id)
        row.toolbar, row.theme, row.snippets = given.toolbar, given.theme, wanted["snippets"]
        session.add(row)
        await session.flush()
        await audit.change(session, actor, "psa.editor.updated", row, before.fields, _out(row).version.fields)
        db.notify(session, f"psa_templates:{actor.tenant_id}")
    return _out(row)


async def _found(session: AsyncSession) -> EditorSettings | None:
    return (await session.exec(select(EditorSettings))).one_or_none()


def _out(row: EditorSettings | None) -> EditorSettingsOut:
    kept = row or EditorSettings()
    written: dict[str, object] = {"toolbar": kept.toolbar, "theme": kept.theme, "snippets": kept.snippets}
    return EditorSettingsOut(
        toolbar=kept.toolbar,  # type: ignore[arg-type]
        theme=kept.theme,  # type: ignore[arg-type]
        snippets=[Snippet.model_validate(one) for one in kept.snippets],
        updated_at=row.updated_at if row else None,
    ).of(lambda: edits.Version.of(written))
