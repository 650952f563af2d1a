"""What is Light Blue's own: a session that ends, pages that change, links that lead elsewhere; and selectors as anybody may set them."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from hub_app.apiclient.errors import ApiError
from hub_app.crm import providers
from hub_app.crm.schemas.integrations import IntegrationIn, IntegrationPatch
from hub_app.crm.service import integrations, reconciliation, selectors
from hub_app.kernel.errors import Forbidden
from hub_app.sync.provider.source import Source
from hub_app.sync.tables import SyncLink
from tests.crm.acme import Acme, unexplained
from tests.crm.conformance.reading import Copy, opened
from tests.peers.lightblue import Counterpart

pytestmark = pytest.mark.settings(
    outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="lightblue=100000/1000000"
)
LIGHTBLUE = providers.every()["lightblue"]
calling = pytest.mark.usefixtures("calling")


@pytest.fixture
async def peer() -> AsyncGenerator[Counterpart]:
    async with Counterpart(20) as running:
        yield running


@pytest.fixture
def source(peer: Counterpart) -> Source:
    return opened(LIGHTBLUE, peer)


def with_settings(peer: Counterpart, **settings: str) -> Source:
    """The source with other selectors."""
    before = peer.entered
    peer.entered = lambda key="right": {**before(key), **settings}  # type: ignore[method-assign]
    return opened(LIGHTBLUE, peer)


@calling
async def test_a_session_that_ends_in_the_middle_of_a_list_begins_again_once(
    peer: Counterpart, source: Source
) -> None:
    peer.pages_left = 12
    copy = Copy(source, "clients")
    await copy.run()
    assert sorted(copy.records) == sorted(peer.ids("clients"))
    assert peer.signed_in == 2
    assert peer.paths.count("/clients") == 3


@calling
async def test_a_site_that_asks_again_at_once_is_not_asked_for_ever(
    peer: Counterpart, source: Source
) -> None:
    await source.read("clients")
    peer.never = True
    with pytest.raises(ApiError, match="asks to sign in again") as ended:
        await source.read("clients")
    assert (ended.value.kind, ended.value.reauthorize, ended.value.retryable) == ("auth", True, False)
    assert peer.signed_in == 2


@calling
@pytest.mark.parametrize(
    ("renamed", "said"),
    [
        ({"clients": "people"}, "rows of clients: the selector “table.clients tbody tr” finds nothing"),
        ({"name": "who"}, "link to the details in each row: the selector “td.name a” finds nothing"),
        ({"contact-name": "title"}, "name: the selector “h1.contact-name” finds nothing"),
    ],
)
async def test_another_layout_is_told_by_its_selector(
    peer: Counterpart, source: Source, renamed: Mapping[str, str], said: str
) -> None:
    peer.renamed = dict(renamed)
    with pytest.raises(ApiError) as changed:
        await source.read("clients")
    assert (changed.value.kind, changed.value.retryable) == ("layout", False)
    assert said in str(changed.value)
    # What stands there instead.
    assert "Robin Example0" in str(changed.value)


@calling
async def test_an_empty_list_that_says_so_is_empty(source: Source, peer: Counterpart) -> None:
    peer.rows["clients"].clear()
    page = await source.read("clients")
    assert (page.items, page.next) == ((), None)


@calling
async def test_nothing_of_the_session_goes_to_another_host(peer: Counterpart, source: Source) -> None:
    async with Counterpart(1) as other:
        peer.next_link = f"{other.base}/clients?page=2"
        with pytest.raises(ApiError, match="leads to another host") as refused:
            await source.read("clients")
        assert refused.value.kind == "refused_address"
        peer.next_link, peer.detail_link = "", f"{other.base}/clients/1"
        with pytest.raises(ApiError, match="leads to another host"):
            await source.read("clients")
        assert not other.paths


@calling
async def test_other_alphabets_and_what_is_written_as_tags_are_read_as_they_are(
    peer: Counterpart, source: Source
) -> None:
    one = peer.ids("clients")[0]
    peer.charset = "iso8859-1"
    peer.edit(one, name="Zoë Müller", address="1 Straße\n<script>x</script>\nYork")
    item = await source.get("clients", one)
    assert item is not None
    assert item.payload["name"] == "Zoë Müller"
    assert item.payload["address"] == "1 Straße\n<script>x</script>\nYork"
    assert item.payload["notes"] == "Likes daylight <b>& dogs"


@calling
async def test_a_page_of_many_megabytes_is_refused(peer: Counterpart, source: Source) -> None:
    peer.padding = 5 * 2**20
    with pytest.raises(ApiError, match="larger than 4"):
        await source.read("clients")


@calling
@pytest.mark.parametrize("selector", ["<<<", "tr:nth-child(", "::before", "a" * 1000 + " >"])
async def test_what_is_no_selector_is_told(peer: Counterpart, selector: str) -> None:
    with pytest.raises(ApiError) as wrong:
        await with_settings(peer, clients_row=selector).read("clients")
    assert wrong.value.kind in {"layout", "selection"}
    assert not wrong.value.retryable


@calling
async def test_nesting_without_end_holds_up_nobody(peer: Counterpart, source: Source) -> None:
    one = peer.ids("clients")[0]
    peer.raw = "<div>" * 200_000
    found = await source.get("clients", one)
    assert found is not None


async def test_an_import_is_whole_and_concludes_nothing_from_another_layout(
    acme: Acme, peer: Counterpart
) -> None:
    made = await connect(acme, peer)
    job = await acme.sync(made.id)
    assert (job.job_status, job.records_created, unexplained(job)) == ("completed", 40, 0)
    found = await reconciliation.get_reconciliation(acme.actor, made.id)
    assert [(one.stated, one.complete) for one in found.resources] == [(None, True), (None, True)]
    values = (await acme.values())[peer.ids("clients")[3]]
    assert (values["email"], values["phone"]) == ("robin3@example.org", "+447400100003")
    project = (await acme.values())[peer.ids("projects")[0]]
    assert (project["event_date"], project["value"]) == ("2027-06-24", 2450)
    again = await acme.sync(made.id)
    assert (again.records_created, again.records_updated) == (0, 0)

    peer.renamed = {"clients": "people"}
    job = await acme.sync(made.id)
    assert job.job_status == "failed"
    assert "“table.clients tbody tr” finds nothing" in (job.error_details or "")
    assert {one.state for one in await acme.rows(SyncLink)} == {"linked"}
    # Corrected in the settings, it goes on.
    patch: dict[str, Any] = {"auth_config": {"clients_row": "table.people tbody tr"}}
    await integrations.update_integration(acme.admin, made.id, IntegrationPatch.model_validate(patch))
    assert (await acme.sync(made.id)).job_status == "completed"


async def test_a_wrong_password_is_told_and_never_shown(acme: Acme, peer: Counterpart) -> None:
    made = await connect(acme, peer, password="Not-this-one-1")
    shown = await integrations.get_integration(acme.actor, made.id)
    assert shown.connection_status == "error"
    assert "did not let this account in" in (shown.sync_error_details or "")
    assert "Not-this-one-1" not in shown.model_dump_json()


async def connect(acme: Acme, peer: Counterpart, **more: str) -> Any:
    given = {
        "crm_provider": "lightblue",
        "connection_name": "Blue Barn",
        "auth_config": {**peer.entered(), **more},
    }
    return (
        await integrations.create_integration(acme.admin, IntegrationIn.model_validate(given))
    ).integration


async def test_selectors_are_tried_and_nothing_is_saved(acme: Acme, peer: Counterpart) -> None:
    made = await connect(acme, peer)
    tried = await selectors.check_selectors(acme.admin, made.id, {"clients_email_field": "dd.mail a"})
    found = {one.key: one for one in tried.selectors}
    assert tried.problem == ""
    assert (found["clients_row"].count, found["clients_name_field"].first) == (8, "Robin Example0")
    assert (found["clients_email_field"].selector, found["clients_email_field"].count) == ("dd.mail a", 0)
    assert found["projects_client_field"].first == f"/clients/{peer.ids('clients')[0]}"
    kept = await integrations.get_integration(acme.actor, made.id)
    assert "clients_email_field" not in kept.auth_config
    # The password goes to no address that is only tried.
    async with Counterpart(1) as other:
        await selectors.check_selectors(acme.admin, made.id, {"base_url": other.base})
        assert not other.paths
    with pytest.raises(Forbidden):
        await selectors.check_selectors(acme.actor, made.id)
