"""Two Táves: one that was previewed, imported and checked, and one whose key is wrong; and a CRM of files with one to import."""

from hub_app.crm.schemas.integrations import IntegrationIn
from hub_app.crm.schemas.jobs import CheckIn
from hub_app.crm.service import integrations, quarantine, syncs
from tests.crm import filing
from tests.crm.acme import ALL, Acme
from tests.crm.mapped import require
from tests.examples import Samples
from tests.peers.tave import Tave
from tests.people import People

FORM = {
    "connection_name": "Taken over",
    "auth_config.api_key": "taken-over-key",
    "sync_direction": "import_only",
    "sync_interval_minutes": "60",
    "conflict_resolution": "crm_wins",
    "deleted_records": "archive",
    "source": "firstName",
    "target": "last_name",
    "label": "Taken over",
    "key": "taken_over",
    "type": "text",
}


async def make(people: People, _receiver: str) -> Samples:
    async with Tave(contacts=20) as tave:
        acme = Acme(people, tave)
        made = await acme.connect("Main studio")
        preview = await acme.sync(made.id, preview=True)
        imported = await acme.sync(made.id)
        tave.edit(tave.ids(kind="person")[0], lastName="Changed")
        await require(acme, made.id, "clients", "email")
        await acme.sync(made.id, resources=["clients"])
        aside = (await quarantine.list_quarantine(acme.actor, made.id, ALL)).items
        check = await acme.finish((await syncs.start_check(acme.actor, made.id, CheckIn())).id)
        wrong = IntegrationIn(
            crm_provider="tave",
            connection_name="Second studio",
            auth_config={"api_key": "tave_wrong_key", "base_url": tave.base},
        )
        failed = (await integrations.create_integration(acme.admin, wrong)).integration
        filed = await filing.connect(acme, "studio_ninja", "Old files")
        file = await filing.examine(acme, filed.id, filing.sample("studio_ninja"))
    files = f"/crm/connections/{filed.id}/import"
    page, new = f"/crm/connections/{made.id}", "/crm/connections/new"
    return Samples(
        {
            "/crm/connections/new": [
                new,
                f"{new}?provider=tave",
                f"{new}?connection={failed.id}",
                f"{new}?connection={made.id}",
                f"{new}?connection={made.id}&step=import",
            ],
            "/crm/connections/[connection_id]/import": [files, f"{files}?file={file.file_id}"],
            "/crm/connections/[connection_id]": [
                page,
                f"{page}?tab=jobs",
                f"{page}?tab=jobs&job={imported.id}",
                f"{page}?tab=jobs&job={preview.id}&view=findings",
                f"{page}?tab=jobs&job={check.id}&view=findings",
                f"{page}?tab=jobs&job={imported.id}&view=log",
                f"{page}?tab=mapping",
                f"{page}?tab=mapping&resource=projects",
                f"{page}?tab=quarantine",
                f"{page}?tab=quarantine&item={aside[0].id}",
                f"{page}?tab=quarantine&status=dismissed",
                f"{page}?tab=settings",
                f"/crm/connections/{failed.id}",
            ],
        },
        [
            (files, "Make an inbound URL"),
            (f"{page}?tab=mapping", "Edit Phone"),
            (f"{page}?tab=mapping", "Custom field"),
            (f"{page}?tab=settings", "Edit the connection"),
            (f"{page}?tab=settings", "Edit the account"),
            (f"{page}?tab=settings", "Delete connection"),
        ],
    )
