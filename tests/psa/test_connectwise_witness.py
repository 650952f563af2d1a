"""A client that others wrote reads the ConnectWise that is played here, through its own models: the peer is no invention of ours."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from pyconnectwise import ConnectWiseManageAPIClient
from pyconnectwise.exceptions import AuthenticationFailedException, MalformedRequestException

from tests.peers.connectwise import CLIENT_ID, COMPANY_ID, PRIVATE_KEY, PUBLIC_KEY, ConnectWise

# Its models are of an older pydantic.
pytestmark = pytest.mark.filterwarnings("ignore:Using extra keyword arguments on `Field`")


class Witness(ConnectWiseManageAPIClient):
    """It only knows https addresses."""

    def _get_url(self) -> str:
        return f"http://{self.manage_url}/{self.codebase.strip('/')}/apis/3.0"

    def _try_get_codebase_from_api(self, manage_url: str, company_name: str, headers: dict[str, str]) -> str:
        del company_name, headers
        return manage_url


@pytest.fixture
async def connectwise() -> AsyncGenerator[ConnectWise]:
    async with ConnectWise(tickets=60) as running:
        yield running


def witness(peer: ConnectWise, private_key: str = PRIVATE_KEY) -> Witness:
    found = Witness(COMPANY_ID, f"{peer.host}:{peer.port}", CLIENT_ID, PUBLIC_KEY, private_key)
    found.codebase = peer.codebase
    return found


async def test_tickets_are_read_page_by_page(connectwise: ConnectWise) -> None:
    service = witness(connectwise).service

    def read() -> list[int | None]:
        return [one.id for one in service.tickets.paginated(1, 25, params={"orderBy": "id asc"}).all()]

    assert await asyncio.to_thread(read) == sorted(connectwise.tickets)


async def test_a_ticket_and_its_notes(connectwise: ConnectWise) -> None:
    service = witness(connectwise).service
    ticket_id = next(one for one in connectwise.tickets if connectwise.notes.get(one))
    found = await asyncio.to_thread(service.tickets.id(ticket_id).get)
    row = connectwise.tickets[ticket_id]
    assert found.summary == row["summary"]
    assert found.board is not None
    assert found.board.name == row["board"]["name"]
    assert found.status is not None
    assert found.status.id == row["status"]["id"]
    assert found.info is not None
    assert "lastUpdated" in found.info
    notes = await asyncio.to_thread(service.tickets.id(ticket_id).notes.get)
    assert [one.text for one in notes] == [one["text"] for one in connectwise.notes[ticket_id]]


async def test_boards_statuses_and_members(connectwise: ConnectWise) -> None:
    client = witness(connectwise)
    boards = await asyncio.to_thread(client.service.boards.get)
    assert [one.name for one in boards] == ["Help Desk", "Projects and Changes", "Monitoring"]
    statuses = await asyncio.to_thread(client.service.boards.id(1).statuses.get)
    assert {one.id: one.closed_status for one in statuses}[105] is True
    members = await asyncio.to_thread(client.system.members.get, params={"pageSize": 1000})
    assert "Erin@Acme.example" in {one.office_email for one in members}
    assert {one.license_class for one in members} == {"A", "F"}


async def test_it_searches_by_conditions_and_is_told_of_syntax_errors(connectwise: ConnectWise) -> None:
    tickets = witness(connectwise).service.tickets

    def search(conditions: str) -> list[str]:
        return [one.summary for one in tickets.get(params={"conditions": conditions})]

    found = await asyncio.to_thread(search, 'board/id = 1 and (summary like "%printer%" or id = 48001)')
    assert set(found) >= {"Printer offline at front desk"}
    with pytest.raises(MalformedRequestException):
        await asyncio.to_thread(search, 'summary like "%monitor 24" flickers%"')


async def test_wrong_keys_are_refused(connectwise: ConnectWise) -> None:
    with pytest.raises(AuthenticationFailedException):
        await asyncio.to_thread(witness(connectwise, "wrong").service.boards.get)
