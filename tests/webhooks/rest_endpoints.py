"""Endpoints over REST: how tests make them and look at what came of it."""

import base64
from typing import Any

import httpx
from sqlmodel import SQLModel, col, func, select

from hub_app.kernel import db
from hub_app.kernel.tables import AuditEntry
from hub_app.webhooks.tables import EventType, WebhookEndpoint, WebhookSecret

WEBHOOKS = "/v1/integration/webhooks"
URL = "https://hooks.example.com/services/T0/B0"
SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
ALL = {
    "name": "Warehouse",
    "url": URL,
    "secret": SECRET,
    "events": {"task.created": True, "task.done": False, "order.*": True},
    "retry_policy": "LINEAR",
    "headers": {"X-Team": "blue-17"},
    "rate_limit": 5,
    "description": "For the night shift",
    "enabled": False,
}
PLACES = ["", "/secret", "/deliveries"]


async def make(client: httpx.AsyncClient, caller: dict[str, str], **given: object) -> dict[str, Any]:
    answer = await client.post(WEBHOOKS, json={"url": URL, **given}, headers=caller)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def stored() -> list[dict[str, object]]:
    """Everything that is kept about endpoints, and how many entries the audit log has of them."""
    async with db.system("a test looks") as session:
        rows: list[dict[str, object]] = []
        for table in (WebhookEndpoint, WebhookSecret, EventType):
            rows += [one.model_dump() for one in (await session.exec(select(table))).all()]
        about = select(func.count()).where(AuditEntry.target_type == "webhook_endpoint")
        return [*rows, {"audited": (await session.exec(about)).one()}]


async def audited(action: str) -> list[AuditEntry]:
    async with db.system("a test looks") as session:
        return list(
            (
                await session.exec(
                    select(AuditEntry).where(AuditEntry.action == action).order_by(col(AuditEntry.sequence))
                )
            ).all()
        )


async def count(table: type[SQLModel]) -> int:
    async with db.system("a test looks") as session:
        return (await session.exec(select(func.count()).select_from(table))).one()


def refused_fields(answer: httpx.Response) -> list[str]:
    """The fields a 422 names."""
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return [error["field"] for error in answer.json()["errors"]]
