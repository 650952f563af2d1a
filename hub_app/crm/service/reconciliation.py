"""The proof that nothing is missing: what a CRM says that it has, what was read, and what became of each record."""

from uuid import UUID

from hub_app.crm.provider.leads import LEADS
from hub_app.crm.schemas.integrations import Reconciled, Reconciliation
from hub_app.crm.service import FAMILY, READ
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.sync.service import access, connections
from hub_app.sync.service.connections import Stream


async def get_reconciliation(actor: Actor, connection_id: UUID) -> Reconciliation:
    """By kind of record, of the last full import of each, beside what is here now."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        await access.connection(session, FAMILY, connection_id)
        found = [
            _reconciled(one, await connections.figures(session, one))
            for one in await connections.streams_of(session, connection_id)
            # What was sent there is neither counted nor compared.
            if one.resource != LEADS
        ]
    return Reconciliation(resources=found)


def _reconciled(stream: Stream, figures: dict[str, int]) -> Reconciled:
    full = stream.last_full
    imported = sum(full.get(name, 0) for name in ("created", "updated", "unchanged"))
    skipped: dict[str, int] = full.get("skipped", {})
    read = full.get("read", 0)
    told = imported + full.get("repeated", 0) + full.get("quarantined", 0) + sum(skipped.values())
    made = Reconciled(
        resource=stream.resource,
        at=stream.last_full_at,
        stated=full.get("stated"),
        read=read,
        imported=imported,
        repeated=full.get("repeated", 0),
        quarantined=full.get("quarantined", 0),
        skipped=skipped,
        not_explained=read - told,
        here=figures["linked"],
        gone=figures["gone"],
        not_found=full.get("unmet", 0),
        merged=figures["merged"],
        waiting_in_quarantine=figures["quarantined"],
        open_conflicts=figures["conflicts"],
        complete=bool(full) and bool(full.get("clean")) and read == told,
        sentence="",
    )
    return made.model_copy(update={"sentence": _sentence(made, full.get("why", ""))})


def _sentence(one: Reconciled, why: str) -> str:
    """What the figures say, for people."""
    if one.at is None:
        return (
            f"There is no full import of {one.resource} to go by. Run one to see whether anything is missing."
        )
    if not one.complete:
        reason = f" because {why}" if why else ""
        return f"Records may have been missed{reason}. Run a full import again to be sure."
    distinct = one.read - one.repeated
    if one.stated is None:
        said = f"The CRM does not state how many {one.resource} it has; {distinct:,} were read"
    elif one.stated == distinct:
        said = f"The CRM stated {one.stated:,} {one.resource}, and all of them were read"
    else:
        said = f"The CRM stated {one.stated:,} {one.resource}, and {distinct:,} were read"
    left = [f"{one.imported:,} were imported"]
    if one.skipped:
        left.append(f"{sum(one.skipped.values()):,} were skipped")
    if one.quarantined:
        left.append(f"{one.quarantined:,} are in quarantine")
    return f"{said}: {', '.join(left)}."
