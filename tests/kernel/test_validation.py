"""What is wrong with an input, in words for people."""

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel

from hub_app.apiclient.declarations import QueryName
from hub_app.build import ROOT
from hub_app.connectors.schemas.connectors import BasicLogin
from hub_app.kernel.errors import Invalid
from hub_app.kernel.validation import matching, validated
from hub_app.oauth.schemas import Slug
from hub_app.plans.schemas import EventTypeOrNone, StepId
from hub_app.webhooks.schemas import TypeName


class _Sample(BaseModel):
    type: TypeName = "a"
    step: StepId = "a"
    slug: Slug = "a"
    query: QueryName = "a"
    event: EventTypeOrNone = ""
    own: Annotated[str, matching(r"^[a-c]*$", "may contain only a, b and c", most=3)] = ""


def told(schema: type[BaseModel], **given: str) -> list[str]:
    with pytest.raises(Invalid) as refused:
        validated(schema, given)
    return [one.message for one in refused.value.errors]


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("type", "a b", "joined by dots, such as task.created"),
        ("event", "a..b", "joined by dots, such as task.created"),
        ("step", "1st", "must begin with a letter or an underscore"),
        ("slug", "A", "lowercase letters a to z"),
        ("query", "a b", "without spaces"),
        ("own", "d", "may contain only a, b and c"),
        ("own", "abca", "must have at most 3 characters"),
        ("type", "", "must not be empty"),
        ("step", "", "must not be empty"),
        ("query", "", "must not be empty"),
    ],
)
def test_a_pattern_is_told_in_words(field: str, text: str, message: str) -> None:
    (said,) = told(_Sample, **{field: text})
    assert message in said
    assert not set("^$[]\\") & set(said)


def test_a_login_is_told_in_words() -> None:
    assert told(BasicLogin, username="a:b", password="x\n") == [
        "must not contain colons or control characters",
        "must not contain control characters",
    ]


def test_every_pattern_has_words() -> None:
    bare = [
        str(path)
        for path in Path(ROOT, "hub_app").rglob("*.py")
        if path.name != "validation.py" and "pattern=" in path.read_text()
    ]
    assert bare == [], "use kernel.validation.matching"
