"""What is made of an execution for people: its parameters, read back, and a command."""

import shlex
from datetime import UTC, datetime

import pytest

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.schemas.connectors import AccessOut, ConnectorOut
from hub_app.connectors.schemas.runs import ExecutionDetail
from hub_app.connectors.state.rerun import curl_of, parameters_of
from hub_app.kernel.ids import new_id

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BASE = "https://api.example.com/v1"


def connector(
    *, auth_type: str = "none", auth_header: str = "Authorization", prefix: str = "Bearer"
) -> ConnectorOut:
    access = AccessOut(base_url=BASE, auth_header=auth_header, auth_prefix=prefix, auth_query="")
    return ConnectorOut.model_validate(
        {
            **dict.fromkeys(("name", "display_name", "description"), "shop"),
            "id": new_id(),
            "auth_type": auth_type,
            "oauth_config": access,
            "default_headers": {},
            "is_active": True,
            "actions": [],
            "credentials": [],
            "created_at": NOW,
            "updated_at": NOW,
        }
    )


def execution(path: str) -> ExecutionDetail:
    return ExecutionDetail.model_validate(
        {
            **dict.fromkeys(("actor", "error_kind", "request_body", "response_body", "error_detail"), ""),
            "request_headers": {},
            "response_headers": {},
            **dict.fromkeys(("cached", "truncated"), False),
            **dict.fromkeys(("id", "integration_id"), new_id()),
            "action": "it",
            "plan_run_id": None,
            "trigger": "run",
            "method": "GET",
            "url": f"{BASE}{path}",
            "ok": True,
            "status_code": 200,
            "pages": 1,
            "duration_ms": 1,
            "created_at": NOW,
        }
    )


@pytest.mark.parametrize(
    ("endpoint", "path", "found"),
    [
        ("/a/{user-id}", "/a/7", {"user-id": "7"}),
        ("/a/{x}/b/{y}.json", "/a/1%2F2/b/1.5.json", {"x": "1/2", "y": "1.5"}),
        ("/a/{x}-{y}", "/a/1-2", {"x": "1", "y": "2"}),
        ("/a/{x}{y}", "/a/12", None),
        ("/b/{x}", "/a/1", None),
    ],
)
def test_parameters_of_the_path_are_read_back(endpoint: str, path: str, found: dict[str, str] | None) -> None:
    action = Action.model_validate({"id": "it", "endpoint": endpoint})
    assert parameters_of(execution(path), action, connector()) == found


@pytest.mark.parametrize("between", ["", "x"])
def test_a_path_that_could_be_read_in_many_ways_is_given_up_at_once(between: str) -> None:
    names = between.join(f"{{p{number}}}" for number in range(40))
    action = Action.model_validate({"id": "it", "endpoint": f"/{names}!"})
    assert parameters_of(execution(f"/{'x' * 2000}"), action, connector()) is None


def test_a_connector_puts_nothing_into_the_command_that_a_shell_would_run() -> None:
    shown = connector(auth_type="api_key", auth_header="X-`id`", prefix='"$(id)')
    words = shlex.split(curl_of(execution("/a"), shown))
    assert words == ["curl", "-X", "GET", f"{BASE}/a", "\n", "-H", 'X-`id`: "$(id) $API_KEY']
    assert '\'X-`id`: "$(id) \'"$API_KEY"' in curl_of(execution("/a"), shown)


@pytest.mark.parametrize(
    ("settings", "sent", "shown"),
    [
        ({"auth_type": "oauth"}, "Authorization", "-H 'Authorization: Bearer '\"$ACCESS_TOKEN\""),
        (
            {"auth_type": "oauth", "auth_header": "X-Token"},
            "X-Token",
            "-H 'X-Token: Bearer '\"$ACCESS_TOKEN\"",
        ),
        ({"auth_type": "basic"}, "Authorization", '-u "$USERNAME:$PASSWORD"'),
        ({"auth_type": "basic", "auth_header": "X-Login"}, "X-Login", "-H 'X-Login: Basic '"),
    ],
)
def test_the_credential_stands_once_and_as_a_variable(
    settings: dict[str, str], sent: str, shown: str
) -> None:
    it = execution("/a").model_copy(update={"request_headers": {sent: "…hint"}})
    command = curl_of(it, connector(prefix="Bearer", **settings))
    assert shown in command
    assert "hint" not in command
