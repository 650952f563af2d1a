"""The PSAs that can be connected, and what each takes."""

from dataclasses import asdict

from hub_app.kernel.actor import Actor, Role
from hub_app.psa import providers
from hub_app.psa.provider import Provider
from hub_app.psa.schemas.connections import AskedOut, NoteKindOut, PsaProviderOut, PsaProviders
from hub_app.psa.service import READ


async def list_providers(actor: Actor) -> PsaProviders:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    return PsaProviders(providers=[_out(one) for one in providers.every().values()])


def get_provider(provider_id: str) -> PsaProviderOut | None:
    """None for one that this version does not know."""
    found = providers.every().get(provider_id)
    return _out(found) if found is not None else None


def _out(one: Provider) -> PsaProviderOut:
    can = one.capabilities
    return PsaProviderOut(
        id=one.id,
        name=one.name,
        description=one.description,
        fields=[
            AskedOut(
                key=each.key,
                label=each.label,
                help=each.help,
                secret=each.secret,
                optional=each.optional,
                default=each.default,
                placeholder=each.placeholder,
            )
            for each in one.fields
        ],
        note_kinds=[NoteKindOut(**asdict(kind)) for kind in can.note_kinds],
        statuses_by_board=can.statuses_by_board,
        configurations=can.configurations,
        time_entries=can.time_entries,
        notify=can.notify,
        post_as_member=can.post_as_member,
        board_word=one.board_word,
    )
