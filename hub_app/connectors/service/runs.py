"""Running actions, and trying a connector. Whatever comes of a call is recorded as an execution."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from uuid import UUID

from pydantic import JsonValue

from hub_app.apiclient.call import Call
from hub_app.apiclient.declarations import Pagination
from hub_app.apiclient.errors import ApiError, advice
from hub_app.apiclient.transcript import Transcript
from hub_app.connectors import building
from hub_app.connectors.schemas.runs import RunIn, RunOut, TestIn, TestOut, Trigger
from hub_app.connectors.service import calling, consent, idempotency, lookup, recording, response_cache
from hub_app.connectors.service.calling import CallResult
from hub_app.connectors.service.executions import Attempt
from hub_app.connectors.service.idempotency import Claim
from hub_app.connectors.service.lookup import WRITE
from hub_app.connectors.service.response_cache import Answer, CacheKey
from hub_app.connectors.tables import Connector, ConnectorAction
from hub_app.kernel import audit, chain, db, rows, threads, underway
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, HubError, Invalid
from hub_app.kernel.ids import new_id

_EXCERPT = 8192


@underway.counted
async def run_action(
    actor: Actor,
    connector_id: UUID,
    slug: str,
    given: RunIn,
    *,
    trigger: Trigger = "run",
    key: str | None = None,
    plan_run_id: UUID | None = None,
    earlier: Sequence[UUID] = (),
) -> RunOut:
    """Run an action once. A call that fails is an answer with its `error`; Invalid, naming the parameters, when none could
    be made of them; ConsentRevoked when the consent to the connector, or to its OAuth connection, was revoked.

    With `key` (an Idempotency-Key) and the same parameters, within 24 hours, the first answer comes again and nothing
    is called; Conflict while the first run is under way, and for other parameters. RateLimited when too many calls of the
    tenant wait. No transaction may be open. `earlier` are the executions that the run of the plan had before.
    """
    actor.require(Role.ENGINEER, WRITE)
    if plan_run_id is None:
        _require_depth()
    # Before a key is claimed: it is held for as long as a call takes.
    async with calling.under_way(actor.tenant_id):
        async with db.read(actor.tenant_id) as session:
            connector = await rows.get(session, Connector, connector_id)
            row = await lookup.find_action(session, connector, slug)
        attempt = Attempt(
            new_id(), utcnow(), actor, connector, slug, row.method, trigger, plan_run_id, earlier
        )
        return await _run_once(attempt, row, given, key)


async def _run_once(attempt: Attempt, row: ConnectorAction, given: RunIn, key: str | None) -> RunOut:
    actor, claimed = attempt.actor, None
    if key is not None:
        held = await idempotency.claim(
            actor, attempt.connector.id, attempt.action, key, _stands_for(given), attempt.id
        )
        if isinstance(held, RunOut):
            return held
        claimed = held
    try:
        return await _run(attempt, row, given, claimed)
    except HubError:
        if claimed is not None:
            async with db.begin(actor.tenant_id) as session:
                await idempotency.give_back(session, claimed)
        raise


def _stands_for(given: RunIn) -> JsonValue:
    """What a key stands for: the parameters, as they were told apart before any could be left out."""
    return [dict(given.params), *sorted(given.omit)] if given.omit else dict(given.params)


async def _run(attempt: Attempt, row: ConnectorAction, given: RunIn, claimed: Claim | None) -> RunOut:
    connector, action = attempt.connector, lookup.action_out(row)
    if not connector.is_active:
        raise Conflict(f"{connector.display_name} is off. Turn it on, then run its actions.")
    await consent.require(attempt.actor.tenant_id, connector)
    try:
        call = _chained(await building.of_action(connector, action, given.params, given.omit), attempt)
    except Invalid as error:
        await recording.record_refused(attempt, action.endpoint, error)
        raise
    try:
        secret = await calling.secret_of(attempt.actor.tenant_id, connector)
    except ApiError as failure:
        return await _settle(attempt, calling.unsent(call, failure), claimed, None)
    cache_key = None
    if row.cache_seconds:
        used = building.canonical(action, given.params, given.omit)
        cache_key = response_cache.key_of(connector, row, used, secret.version)
        if not given.fresh:
            kept = await threads.run(calling.shown, call, secret, partition=attempt.actor.tenant_id)
            known = await _from_cache(attempt, cache_key, kept, claimed)
            if known is not None:
                return known
    came = await calling.execute(
        attempt.actor.tenant_id, connector, call, secret, action.pagination, action.response
    )
    return await _settle(attempt, came, claimed, cache_key)


async def _from_cache(
    attempt: Attempt, cache_key: CacheKey, kept: Transcript, claimed: Claim | None
) -> RunOut | None:
    """The answer that is kept for these parameters, recorded as a run without a call; None when there is none."""
    async with db.read(attempt.actor.tenant_id) as session:
        known = await response_cache.find(session, cache_key)
    if known is None:
        return None
    out = RunOut(
        **known.model_dump(), execution_id=attempt.id, ok=True, cached=True, duration_ms=0, error=None
    )
    async with db.begin(attempt.actor.tenant_id) as session:
        await recording.record_cached(session, attempt, kept, known.status_code, known.pages)
        if claimed is not None:
            await idempotency.keep(session, claimed, out)
    return out


async def _settle(
    attempt: Attempt, came: CallResult, claimed: Claim | None, cache_key: CacheKey | None
) -> RunOut:
    """Record what came of a call and keep its answer, in one transaction."""
    came = recording.kept(came)
    out = RunOut(
        execution_id=attempt.id,
        ok=came.error is None,
        status_code=came.kept.status_code,
        data=came.data,
        cached=False,
        pages=came.pages,
        more=came.more,
        duration_ms=came.duration_ms,
        error=came.told,
    )
    async with recording.recording(attempt, came) as session:
        if cache_key is not None and out.ok and out.status_code is not None:
            answer = Answer(status_code=out.status_code, data=out.data, pages=out.pages, more=out.more)
            await response_cache.keep(session, cache_key, answer)
        if claimed is not None and came.sent:
            await idempotency.keep(session, claimed, out)
        elif claimed is not None:
            await idempotency.give_back(session, claimed)
        await recording.audit_use(session, attempt, came)
    return out


@underway.counted
async def test_connector(actor: Actor, connector_id: UUID, given: TestIn) -> TestOut:
    """Call a path below the base URL once, also of a connector that is switched off, and say what to do when it fails.
    Invalid for a path that is none. No transaction may be open.
    """
    actor.require(Role.ENGINEER, WRITE)
    _require_depth()
    async with db.read(actor.tenant_id) as session:
        connector = await rows.get(session, Connector, connector_id)
    attempt = Attempt(new_id(), utcnow(), actor, connector, "", given.method, "test")
    try:
        call = _chained(building.of_path(connector, given.method, given.endpoint, given.body), attempt)
    except Invalid as error:
        await recording.record_refused(attempt, "", error)
        raise
    async with calling.under_way(actor.tenant_id):
        await consent.require(actor.tenant_id, connector)
        try:
            secret = await calling.secret_of(actor.tenant_id, connector)
        except ApiError as failure:
            came = calling.unsent(call, failure)
        else:
            came = await calling.execute(actor.tenant_id, connector, call, secret, Pagination(), "")
    came = recording.kept(came)
    async with recording.recording(attempt, came) as session:
        told = {"name": connector.name, "status_code": came.kept.status_code, "ok": came.error is None}
        await audit.act(session, actor, "connector.tested", connector, **told)
    return TestOut(
        execution_id=attempt.id,
        ok=came.error is None,
        status_code=came.kept.status_code,
        duration_ms=came.duration_ms,
        headers=came.kept.response_headers,
        body=came.kept.response_body[:_EXCERPT],
        is_valid=came.verdict,
        error=came.error,
        advice=_advice(came),
    )


def _require_depth() -> None:
    """Conflict for a call that comes from a long chain of calls of Hub's, each of which arrived at Hub again."""
    if chain.depth() >= chain.MOST:
        raise Conflict(
            f"This call is the end of a chain of {chain.MOST} calls and runs that started one another. Hub stops it here."
        )


def _chained(call: Call, attempt: Attempt) -> Call:
    """The call with the header by which Hub knows it again, should it arrive here. A plan's run is counted already."""
    depth = chain.depth() + (attempt.plan_run_id is None)
    return replace(call, headers={**call.headers, chain.HEADER: chain.header(depth)})


def _advice(came: CallResult) -> str:
    """What to do; "" when all is well, or the error says it."""
    if came.error is None or came.advice:
        return came.advice
    if came.kept.status_code == HTTPStatus.NOT_FOUND:
        return "The API responds, but this path does not exist. Check the path, and the end of the base URL."
    # What there is no credential for says itself what to do.
    return "" if came.error.kind == "credential" else advice(came.error.kind)
