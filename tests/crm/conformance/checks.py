"""What holds for every CRM that is read over the network. Each check has a provider and its peer, with `RECORDS` records of each
resource or as many as it asks for.
"""

import json
from collections.abc import Awaitable, Callable, Sequence

import pytest
from pydantic import JsonValue

from hub_app.apiclient.errors import ApiError
from hub_app.apiclient.quota import Rate
from hub_app.crm.provider import Provider
from hub_app.kernel import selection
from hub_app.sync.provider.source import Draft, Item, Payload, Source
from tests.crm.conformance.reading import Copy, credential_of, opened
from tests.peers.counterpart import CounterpartBase

Peer = type[CounterpartBase]
Check = Callable[[Provider, Peer], Awaitable[None]]
# More than two pages of a hundred.
RECORDS = 230
_BOUNDARIES = (0, 1, 99, 100, 101, RECORDS)


async def everything_is_read_once(provider: Provider, peer: Peer) -> None:
    """With none, one, a page that is full, one that is not quite, and one more than that."""
    for records in _BOUNDARIES:
        async with peer(records) as there:
            source = opened(provider, there)
            for name in source.resources:
                copy = Copy(source, name)
                ids = await copy.run()
                assert len(ids) == len(set(ids))
                assert sorted(copy.records) == sorted(there.ids(name))
                assert not any(page.unread for page in copy.pages)
                _adds_up(copy, len(ids))


def _adds_up(copy: Copy, read: int) -> None:
    """What the source says there is, was read or left out."""
    total, left_out = copy.pages[-1].total, sum(sum(page.left_out.values()) for page in copy.pages)
    if total is not None:
        assert total == read + left_out


async def reading_goes_on_from_what_was_kept(provider: Provider, peer: Peer) -> None:
    async with peer(RECORDS) as there:
        for name in opened(provider, there).resources:
            ids: list[str] = []
            at: JsonValue = None
            while True:
                page = await opened(provider, there).read(name, at)
                ids += [one.external_id for one in page.items if not one.gone]
                if page.next is None:
                    break
                at = json.loads(json.dumps(page.next))
                assert len(json.dumps(at)) < 4096
            assert sorted(ids) == sorted(there.ids(name))


async def records_are_the_same_however_they_are_read(provider: Provider, peer: Peer) -> None:
    async with peer(RECORDS) as there:
        source = opened(provider, there)
        for name, resource in source.resources.items():
            first, second = Copy(source, name), Copy(opened(provider, there), name)
            await first.run()
            await second.run()
            assert first.records == second.records
            json.dumps(first.records)
            chosen = list(first.records)[:: max(1, len(first.records) // 50)] if resource.gets else []
            for external_id in chosen:
                alone = await source.get(name, external_id)
                assert alone is not None
                assert (alone.external_id, dict(alone.payload)) == (external_id, first.records[external_id])


async def what_was_changed_is_read_and_little_else(provider: Provider, peer: Peer) -> None:
    async with peer(RECORDS) as there:
        source = opened(provider, there)
        if not source.resources[there.main].incremental:
            return
        copy = Copy(source, there.main)
        await copy.run()
        before, edited = dict(copy.records), there.ids(there.main)[-3:]
        for one in edited:
            there.edit(one)
        added, gone = there.add(), there.ids(there.main)[0]
        if source.resources[there.main].tells_gone:
            there.delete(gone)
        ids = await copy.run()
        assert {*edited, added} <= set(ids)
        assert len(copy.pages) == 1
        changed = {one for one, payload in copy.records.items() if payload != before.get(one)}
        assert changed == {*edited, added}
        assert sorted(copy.records) == sorted(there.ids(there.main))


async def nothing_is_lost_that_moves(provider: Provider, peer: Peer) -> None:
    """A record is changed between two pages, and more than a page of them in one second: after one more run all is known."""
    async with peer(RECORDS) as there:
        source = opened(provider, there)
        copy = Copy(source, there.main)
        there.move()
        await copy.run()
        await copy.run()
        await _is_whole(source, copy)
        tied = there.same_second(120)
        await copy.run()
        assert set(tied) <= set(copy.records)
        await _is_whole(source, copy)
        there.edit(tied[0])
        await copy.run()
        await _is_whole(source, copy)


async def _is_whole(source: Source, copy: Copy) -> None:
    fresh = Copy(source, copy.resource)
    await fresh.run(full=True)
    assert copy.records == fresh.records


async def a_record_that_is_not_there_is_none(provider: Provider, peer: Peer) -> None:
    async with peer(20) as there:
        source = opened(provider, there)
        for name, resource in source.resources.items():
            if not resource.gets:
                continue
            known = there.ids(name)[0]
            flipped = known[:-1] + ("0" if known[-1] != "0" else "1")
            assert await source.get(name, flipped if flipped not in there.ids(name) else "999999") is None
            for hostile in ("..", "../x", "\u0000"):
                with pytest.raises(ApiError, match="no record of this id"):
                    await source.get(name, hostile)
        if source.resources[there.main].gets:
            gone = there.ids(there.main)[0]
            there.delete(gone)
            assert await source.get(there.main, gone) is None


async def failures_are_told_apart(provider: Provider, peer: Peer) -> None:
    expected = {
        "refuse": ("rate_limited", True, False),
        "fail": ("status", True, False),
        "cut": ("connect", True, False),
        "unauthorized": ("auth", False, True),
    }
    for fault, (kind, retryable, reauthorize) in expected.items():
        async with peer(20) as there:
            source = opened(provider, there)
            there.fault(fault)  # type: ignore[arg-type]
            with pytest.raises(ApiError) as failed:
                await source.read(there.main)
            error = failed.value
            assert (error.kind, error.retryable, error.reauthorize) == (kind, retryable, reauthorize)
            assert fault != "refuse" or error.retry_after == 1
            if retryable:
                # Another client: this one's account waits for as long as it was asked to.
                assert (await opened(provider, there, patience=5).read(there.main)).items


async def the_key_is_tried_and_never_told(provider: Provider, peer: Peer) -> None:
    async with peer(20) as there:
        assert await opened(provider, there).probe()
        source = opened(provider, there, "wrong")
        asked: list[Callable[[], Awaitable[object]]] = [source.probe, lambda: source.read(there.main)]
        secrets = credential_of(provider, there, "wrong").texts
        assert secrets
        for ask in asked:
            with pytest.raises(ApiError) as refused:
                await ask()
            assert (refused.value.kind, refused.value.reauthorize) == ("auth", True)
            told = f"{refused.value} {refused.value!r} {refused.value.__dict__}"
            assert not any(secret in told for secret in secrets)


async def an_account_is_called_as_often_as_it_may_be(provider: Provider, peer: Peer) -> None:
    async with peer(RECORDS) as there:
        source = opened(provider, there, rates=[Rate(2, 1)], patience=30)
        for _ in range(5):
            await source.read(there.main)
        times = sorted(there.times())
        # Beside the list itself, others may be read that its rows refer to.
        assert len(times) >= 5
        # On its way a call may be held up, so that two arrive closer than they left.
        assert all(later - earlier > 0.5 for earlier, later in zip(times, times[2:], strict=False))
    assert provider.rates == tuple(sorted(provider.rates, key=lambda rate: rate.seconds))


async def what_is_written_is_found_and_read_back(provider: Provider, peer: Peer) -> None:
    async with peer(20) as there:
        source = opened(provider, there)
        if not source.resources[there.main].writes:
            return
        draft = Draft(values=there.values, reference="0199a7c2d3e44f5a8b6c7d8e9f001122")
        before = there.ids(there.main)
        assert not await source.find(there.main, draft)
        made = await source.create(there.main, draft)
        assert set(there.ids(there.main)) - set(before) == {made.external_id}
        assert _selected(made.payload, there.values) == there.values
        (found,) = await source.find(there.main, draft)
        assert found.external_id == made.external_id
        assert source.refers(found, draft) == source.finds(there.main)
        for other in (Draft(values=there.values), Draft(values=there.values, reference="0199a7c2")):
            assert not source.refers(found, other)
        read = await _read(source, there.main, made.external_id)
        assert dict(read.payload) == dict(made.payload)
        await _updated(source, there, read)


async def _updated(source: Source, there: CounterpartBase, read: Item) -> None:
    change = Draft(values=there.changes, whole=read.payload)
    after = await source.update(there.main, read.external_id, change)
    assert _selected(after.payload, {**there.values, **there.changes}) == {**there.values, **there.changes}
    assert dict((await _read(source, there.main, read.external_id)).payload) == dict(after.payload)
    there.delete(read.external_id)
    with pytest.raises(ApiError) as gone:
        await source.update(there.main, read.external_id, change)
    assert gone.value.status in (404, 410)
    assert not gone.value.retryable


async def _read(source: Source, resource: str, external_id: str) -> Item:
    item = await source.get(resource, external_id)
    assert item is not None
    return item


def _selected(payload: Payload, values: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {path: selection.select_little(path, payload) for path in values}


async def a_key_that_may_only_read_is_told_apart(provider: Provider, peer: Peer) -> None:
    async with peer(20) as there:
        source = opened(provider, there, "read_only")
        assert (await source.read(there.main)).items
        if not source.resources[there.main].writes:
            return
        with pytest.raises(ApiError) as refused:
            await source.create(there.main, Draft(values=there.values))
        assert (refused.value.kind, refused.value.status, refused.value.reauthorize) == ("auth", 403, False)


async def what_is_declared_is_there(provider: Provider, peer: Peer) -> None:
    """Each default mapping, and each field of the source, leads to something in one record at least; limits are kept."""
    async with peer(RECORDS) as there:
        source = opened(provider, there)
        assert set(source.resources) == set(provider.features)
        assert provider.capabilities.write == any(one.writes for one in source.resources.values())
        for name, resource in source.resources.items():
            copy = Copy(source, name)
            await copy.run()
            own = await source.fields(name)
            assert len({one.path for one in own}) == len(own)
            paths = [
                one.source
                for feature, all_of in provider.mappings.items()
                if feature == name
                for one in all_of
            ]
            _lead_somewhere([*copy.records.values()], [*paths, *(one.path for one in own)])
            known = {key for payload in copy.records.values() for key in payload}
            assert {one.path.partition(".")[0] for one in resource.fields} <= known
            assert all(one.label.strip() for one in [*resource.fields, *own])


def _lead_somewhere(payloads: Sequence[Payload], paths: Sequence[str]) -> None:
    for path in paths:
        assert any(selection.select_little(path, one) not in (None, "", []) for one in payloads), path


CHECKS: tuple[Check, ...] = (
    everything_is_read_once,
    reading_goes_on_from_what_was_kept,
    records_are_the_same_however_they_are_read,
    what_was_changed_is_read_and_little_else,
    nothing_is_lost_that_moves,
    a_record_that_is_not_there_is_none,
    failures_are_told_apart,
    the_key_is_tried_and_never_told,
    an_account_is_called_as_often_as_it_may_be,
    what_is_written_is_found_and_read_back,
    a_key_that_may_only_read_is_told_apart,
    what_is_declared_is_there,
)
