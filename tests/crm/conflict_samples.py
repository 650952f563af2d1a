"""A Táve with conflicts and people who came twice: one conflict resolved, one pair merged, one kept as two."""

from hub_app.crm.schemas.conflicts import ChoiceIn, MergeIn, ResolveIn
from hub_app.crm.service import conflicts, duplicates
from tests.crm.waiting import wait
from tests.examples import Samples
from tests.people import People

FORM = {"take:phone": "hub", "keep": "first"}
_CONFLICTS = "/crm/conflicts"
_DUPLICATES = f"{_CONFLICTS}?tab=duplicates"


async def make(people: People, _receiver: str) -> Samples:
    erin = people.erin.actor
    waiting = await wait(people)
    done = next(one for one in waiting.conflicts if one.id != waiting.rich.id)
    await conflicts.resolve(erin, done.id, ResolveIn(choices={done.fields[0].field: ChoiceIn(take="crm")}))
    # The same studio once more, under another name.
    merged, kept, pair, *_ = (await wait(people, name="Archive", sync_direction="bidirectional")).duplicates
    await duplicates.merge(erin, merged.id, MergeIn(keep=merged.first.id))
    await duplicates.dismiss(erin, kept.id)
    return Samples(
        {
            _CONFLICTS: [
                _CONFLICTS,
                f"{_CONFLICTS}?conflict={waiting.rich.id}",
                f"{_CONFLICTS}?status=resolved",
                f"{_CONFLICTS}?status=obsolete",
                f"{_CONFLICTS}?conflict=gone",
                _DUPLICATES,
                f"{_DUPLICATES}&pair={pair.id}",
                f"{_DUPLICATES}&decided=merged",
                f"{_DUPLICATES}&decided=dismissed",
                f"{_DUPLICATES}&kind=contracts",
            ]
        },
        [
            (f"{_DUPLICATES}&pair={pair.id}", "Not the same"),
            (f"{_DUPLICATES}&decided=merged", "Take apart"),
        ],
    )
