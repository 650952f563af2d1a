"""A program beside the browser: it creates endpoints and publishes events over REST."""

from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from tests import other_process, running
from tests import people as seeded
from tests.people import People


class Program:
    """A program of Acme's, with an API token of Adam's."""

    def __init__(self, client: httpx.Client, receiver: str) -> None:
        self._client = client
        self._receiver = receiver

    def create(self, name: str, path: str = "/hook", **more: object) -> str:
        """Create an endpoint at the receiver's path; the path of its page."""
        given = {"name": name, "url": f"{self._receiver}{path}", **more}
        made = self._client.post("/webhooks", json=given)
        assert made.status_code == 201, made.text
        return f"/webhooks/endpoints/{made.json()['id']}"

    def publish(self, event_type: str, **data: object) -> None:
        answer = self._client.post("/events", json={"type": event_type, "data": data})
        assert answer.status_code == 202, answer.text


@pytest.fixture(scope="module")
def program(folder: Path, hub: running.Hub, people: People, receiver: str) -> Generator[Program]:
    headers = other_process.in_database(folder, lambda: seeded.headers(people.adam))
    with httpx.Client(base_url=f"{hub.url}/v1/integration", headers=headers, trust_env=False) as client:
        yield Program(client, receiver)
