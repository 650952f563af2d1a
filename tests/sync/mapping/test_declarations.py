"""What people may declare of a mapping."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from hub_app.kernel.errors import Invalid
from hub_app.kernel.fields import Input
from hub_app.kernel.validation import validated
from hub_app.sync.mapping.declarations import Mappings
from tests.sync.mapping.samples import TRANSFORMS, mappings


class Body(Input):
    mappings: Mappings


def refusal(*given: Any) -> tuple[str, str]:
    """The field and the message of what is wrong first."""
    with pytest.raises(Invalid) as refused:
        validated(Body, {"mappings": list(given)})
    return refused.value.errors[0].field, refused.value.errors[0].message


def line(*transforms: Any, **more: Any) -> dict[str, Any]:
    return {"source": "a", "target": "b", "transforms": list(transforms), **more}


def test_a_mapping_is_the_same_after_it_was_kept_as_json() -> None:
    given = mappings(
        line(*TRANSFORMS[:10], rule="hub_wins", direction="in", blanks="keep", required=True),
        line(*TRANSFORMS[10:], target="c"),
        {"target": "d", "transforms": [{"name": "constant", "value": 1.5}]},
    )
    adapter = TypeAdapter[Any](Mappings)
    assert adapter.validate_json(adapter.dump_json(given)) == given
    assert adapter.json_schema()


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"source": "a[", "target": "b"}, "mappings.0.source", "is not a JMESPath expression"),
        ({"source": "a" * 501, "target": "b"}, "mappings.0.source", "must have at most 500 "),
        ({"source": "", "target": "b"}, "mappings.0", "needs a source, or a constant"),
        ({"source": "a", "target": "Wedding date"}, "mappings.0.target", "must begin with a lowercase letter"),
        ({"source": "a", "target": "b", "rule": "crm_wins"}, "mappings.0.rule", "must be one of"),
        (line({"name": "upper"}), "mappings.0.transforms.0", "must have a name, one of trim, lower"),
        (line(3), "mappings.0.transforms.0", "must have a name, one of"),
        (line({"name": "trim", "side": "left"}), "mappings.0.transforms.0.trim.side", "is not a known field"),
        (line(*[{"name": "trim"}] * 11), "mappings.0.transforms", "must have at most 10 entries"),
        (line({"name": "phone", "region": "XX"}), "mappings.0.transforms.0.phone.region", "must be a country"),
        (line({"name": "date", "time_zone": "Mars"}), "mappings.0.transforms.0.date.time_zone", "must be a time zone"),
        (line({"name": "date", "time_zone": "../etc"}), "mappings.0.transforms.0.date.time_zone", "must be a time zone"),
        (line({"name": "date", "formats": ["%d.%m."]}), "mappings.0.transforms.0.date.formats.0", "must have the year"),
        (line({"name": "date", "formats": ["%Y%Y"]}), "mappings.0.transforms.0.date.formats.0", "must have the year"),
        (line({"name": "date", "formats": ["%"]}), "mappings.0.transforms.0.date.formats.0", "must have the year"),
        (line({"name": "number", "scale": 10}), "mappings.0.transforms.0.number.scale", "must be at most 9"),
        (line({"name": "boolean", "true_words": ["x"], "false_words": [" X"]}), "mappings.0.transforms.0.boolean", "cannot stand for both"),
        (line({"name": "split", "separator": ""}), "mappings.0.transforms.0.split.separator", "must not be empty"),
        (line({"name": "lookup", "table": {}}), "mappings.0.transforms.0.lookup.table", "at least 1"),
        (line({"name": "lookup", "table": {"a": "1", "A ": "2"}}), "mappings.0.transforms.0.lookup.table", "each word once"),
        (line({"name": "constant", "value": 1}), "mappings.0", "a constant stands alone"),
        (
            {"target": "b", "transforms": [{"name": "trim"}, {"name": "constant", "value": 1}]},
            "mappings.0",
            "a constant stands alone",
        ),
        ({"target": "b", "transforms": [{"name": "constant", "value": 1}], "direction": "out"}, "mappings.0", "is never written"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_where_it_stands(given: dict[str, Any], field: str, message: str) -> None:
    found = refusal(given)
    assert found[0].startswith(field)
    assert message in found[1]


def test_a_mapping_has_two_hundred_lines_at_most_and_so_many_words() -> None:
    assert refusal(*[line(target=f"b{n}") for n in range(201)])[1] == "must have at most 200 entries"
    table = {f"word{n}": "x" for n in range(500)}
    many = [line({"name": "lookup", "table": table}, target=f"b{n}") for n in range(11)]
    assert refusal(*many)[1] == "may have at most 5,000 words in all tables"


@pytest.mark.parametrize(
    "other", [{"direction": "in"}, {"required": True}, {"rule": "hub_wins"}, {"blanks": "keep"}]
)
def test_the_sources_of_one_target_are_kept_in_step_alike(other: dict[str, Any]) -> None:
    assert "must have the same direction" in refusal(line(), line(source="c", **other))[1]
