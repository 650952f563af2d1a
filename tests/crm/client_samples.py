"""A client that two people and a wedding belong to, with a history, and a CRM that knows it."""

from collections.abc import Mapping
from functools import partial

from hub_app.crm.fields import Feature
from hub_app.crm.service import FAMILY, collections
from hub_app.crm.tables import CrmAccount
from hub_app.kernel import db
from hub_app.sync.mapping.fields import Field
from hub_app.sync.service import connections, records
from hub_app.sync.service.connections import Connection, StreamSetup
from hub_app.sync.service.records import Whole
from hub_app.sync.tables import SyncLink, SyncReference
from tests.examples import Samples
from tests.people import People, Person

FORM = {"name": "Taken over"}
_CHENS = {
    "name": "Sarah & Mike Chen",
    "email": "sarah@chen.example",
    "phone": "+442079460958",
    "people": [
        {
            "name": "Sarah Chen",
            "role": "Bride",
            "emails": ["sarah@chen.example"],
            "phones": ["+442079460958"],
        },
        {"name": "Mike Chen", "role": "Groom", "emails": ["mike@chen.example"]},
    ],
    "address": "12 Orchard Lane\nBristol",
    "event_date": "2027-06-24",
    "status": "Booked",
    "value": 4500,
    "currency": "GBP",
    "lead_source": "Instagram",
    "tags": ["garden", "band"],
    "notes": "Wants the garden.\nCall after six.",
    "guests": 120,
}
_OTHERS = [
    {"name": "Ada Lovelace", "email": "ada@lovelace.example", "event_date": "2027-09-11", "status": "Lead", "value": 900},
    {"name": "Zoë Müller", "email": "zoe@mueller.example", "phone": "+4930901820", "status": "Lost"},
]  # fmt: skip


async def make(people: People, _receiver: str) -> Samples:
    async with db.begin(people.erin.tenant_id) as session:
        collection = await collections.ensure(session, people.erin.tenant_id, "clients")
        connections.add_fields(collection, [Field("guests", "Guests", "number")])
    for one in _OTHERS:
        await _record(people.erin, "clients", one)
    chens = await _record(people.erin, "clients", _CHENS)
    wedding = {"name": "Chen wedding", "event_date": "2027-06-24", "status": "Booked", "value": 4500}
    project = await _record(people.erin, "projects", wedding)
    await _link(people.adam, chens, project)
    changes = {"status": "Completed", "notes": "Wants the garden, and a band."}
    await records.update_record(people.erin.actor, FAMILY, chens.record.id, changes)
    page = f"/crm/clients/{chens.record.id}"
    return Samples(
        {
            "/crm/clients": [
                "/crm/clients",
                "/crm/clients?sort=-value&columns=email,guests,tags",
                "/crm/clients?q=nobody",
            ],
            "/crm/clients/[record_id]": [page, f"{page}?tab=history", f"{page}?tab=edit"],
        },
        dialogs=[("/crm/clients", "Columns"), (page, "Archive")],
    )


async def _record(person: Person, kind: Feature, values: Mapping[str, object]) -> Whole:
    ensure = partial(collections.ensure, tenant_id=person.tenant_id, feature=kind)
    return await records.create_record(person.actor, FAMILY, ensure, values)


async def _link(person: Person, client: Whole, project: Whole) -> None:
    """A CRM knows both, and that they belong together."""
    tenant_id = person.tenant_id
    async with db.begin(tenant_id) as session:
        setups = [
            StreamSetup(kind, (await collections.ensure(session, tenant_id, kind)).id, [])
            for kind in ("clients", "projects")
        ]
        made = Connection(
            tenant_id=tenant_id, family=FAMILY, provider="tave", name="Old studio", status="connected"
        )
        await connections.create(session, made, setups)
        session.add(CrmAccount(tenant_id=tenant_id, id=made.id, auth_type="api_key"))
        clients, projects = await connections.streams_of(session, made.id)
        for stream, one in ((clients, client), (projects, project)):
            external_id = f"01hx{one.record.id.hex[-12:]}"
            session.add(
                SyncLink(
                    tenant_id=tenant_id, stream_id=stream.id, record_id=one.record.id, external_id=external_id
                )
            )
        session.add(
            SyncReference(
                tenant_id=tenant_id,
                record_id=project.record.id,
                field="client",
                stream_id=clients.id,
                external_id=f"01hx{client.record.id.hex[-12:]}",
                target_id=client.record.id,
            )
        )
