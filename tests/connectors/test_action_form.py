"""The form of an action: back and forth without loss, and each broken rule beside its field."""

import pytest

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.service.gallery import entries
from hub_app.connectors.state.action_form import ParameterRow, action_of, rows_of, values_of
from hub_app.kernel.errors import Invalid

_ACTIONS = [action for entry in entries().values() for action in entry.connector.actions]


def form_of(action: Action) -> tuple[dict[str, str], list[str]]:
    """What a browser sends for an action that nobody changed, and the keys of its parameters' rows."""
    rows = rows_of(action)
    return {**values_of(action), **fields(rows)}, [row.key for row in rows]


def fields(rows: list[ParameterRow]) -> dict[str, str]:
    parts = ("name", "place", "type", "default", "api_default", "description")
    sent = {f"{row.key}_{part}": str(getattr(row, part)) for row in rows for part in parts}
    return sent | {f"{row.key}_required": "on" for row in rows if row.required}


@pytest.mark.parametrize("action", _ACTIONS, ids=lambda action: f"{action.method} {action.endpoint}")
def test_a_form_that_nobody_changed_is_the_same_action(action: Action) -> None:
    assert action_of(*form_of(action)) == action


def test_an_action_with_everything_comes_back_whole() -> None:
    action = Action.model_validate(
        {
            "id": "all",
            "name": "All of it",
            "description": "Two\nlines",
            "endpoint": "/a/{b}",
            "parameters": [
                {"name": "b", "type": "integer", "default": 4},
                {"name": "flag", "type": "boolean", "default": False},
                {"name": "list", "type": "array", "default": ["x", 1]},
                {"name": "text", "default": "[not json", "required": True},
                {"name": "number_as_text", "default": "12"},
                {"name": "as_documented", "type": "array", "api_default": ["x", None], "default": ["y"]},
                {"name": "text_as_documented", "api_default": "null"},
                {"name": "X-Of", "in": "header"},
            ],
            "response": "data[0]",
            "pagination": {
                "type": "cursor",
                "parameter": "after",
                "next": "next",
                "items": "data",
                "max_pages": 3,
            },
            "cache_seconds": 30,
        }
    )
    assert action_of(*form_of(action)) == action


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"action_name": "", "id": ""}, "action_name"),
        ({"id": "Has Spaces"}, "id"),
        ({"endpoint": "//elsewhere.example"}, "endpoint"),
        ({"endpoint": "/other"}, "p0_name"),
        ({"response": "data["}, "response"),
        ({"body": "{"}, "body"),
        ({"page_type": "cursor", "page_next": ""}, "page_next"),
        ({"page_type": "cursor", "page_next": "]"}, "page_next"),
        ({"page_type": "page", "page_size": "many"}, "page_size"),
        ({"method": "POST", "cache_seconds": "5"}, "cache_seconds"),
        ({"p1_name": "owner"}, "p0_name"),
        ({"p1_name": "Cookie", "p1_place": "header"}, "p1_name"),
        ({"p1_type": "integer", "p1_default": "many"}, "p1_default"),
        ({"p1_type": "nothing"}, "p1_type"),
    ],
)
def test_a_broken_rule_stands_beside_its_field(changes: dict[str, str], field: str) -> None:
    given = {"id": "one", "endpoint": "/repos/{owner}", "parameters": ["owner", "state"]}
    form, keys = form_of(Action.model_validate(given))
    with pytest.raises(Invalid) as refused:
        action_of({**form, **changes}, keys)
    assert field in [one.field for one in refused.value.errors]


def test_rows_that_were_left_empty_do_not_count() -> None:
    form, keys = form_of(Action.model_validate({"id": "one", "endpoint": "/"}))
    assert action_of({**form, "p0_name": " ", "p0_type": "string"}, [*keys, "p0"]).parameters == []
