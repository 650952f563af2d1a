"""Files that Erin brings, and what became of them."""

from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.datastructures import UploadFile

from hub_app.crm.schemas.importing import ExaminedOut, ImportIn, LayoutIn
from hub_app.crm.schemas.integrations import IntegrationIn, IntegrationOut
from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.service import importing, integrations
from tests.crm.acme import Acme

SAMPLES = Path(__file__).parents[1] / "samples" / "crm"


async def connect(acme: Acme, provider: str = "studio_ninja", name: str = "Files") -> IntegrationOut:
    """A CRM that has files alone."""
    given = IntegrationIn.model_validate({"crm_provider": provider, "connection_name": name})
    return (await integrations.create_integration(acme.admin, given)).integration


def upload(content: bytes | str, name: str = "clients.csv") -> UploadFile:
    return UploadFile(BytesIO(content.encode() if isinstance(content, str) else content), filename=name)


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.csv").read_bytes()


async def examine(acme: Acme, connection_id: UUID, content: bytes | str, **layout: Any) -> ExaminedOut:
    given = LayoutIn.model_validate(layout)
    return await importing.examine_file(acme.actor, connection_id, upload(content), "clients.csv", given)


async def begin(
    acme: Acme,
    connection_id: UUID,
    content: bytes | str,
    mapping: dict[str, Any] | None = None,
    *,
    dry_run: bool = False,
    **layout: Any,
) -> SyncJobOut:
    """Start the import of a file."""
    found = await examine(acme, connection_id, content, **layout)
    given = ImportIn.model_validate({"mapping": mapping or {}, "dry_run": dry_run})
    return await importing.start_import(acme.actor, connection_id, found.file_id, given)


async def bring(
    acme: Acme,
    connection_id: UUID,
    content: bytes | str,
    mapping: dict[str, Any] | None = None,
    *,
    dry_run: bool = False,
    **layout: Any,
) -> SyncJobOut:
    """Import a file to the end."""
    job = await begin(acme, connection_id, content, mapping, dry_run=dry_run, **layout)
    return await acme.finish(job.id)
