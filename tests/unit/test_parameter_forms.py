"""The form of an action's parameters: defaults, leaving out and null, in the console and in a plan's step."""

import pytest
from pydantic import JsonValue

from hub_app.connectors.schemas.actions import Action
from hub_app.kernel.errors import Invalid
from hub_app.ui.parameters.fields import ParameterField, fields_of, template_fields_of
from hub_app.ui.parameters.reading import Filled, read_parameters, read_templates

ACTION = Action.model_validate(
    {
        "id": "it",
        "method": "PATCH",
        "endpoint": "/{id}",
        "parameters": [
            "id",
            {"name": "note", "default": "a"},
            {"name": "blank", "default": ""},
            {"name": "private", "type": "boolean", "default": True},
            {"name": "size", "type": "integer", "api_default": 30},
            {"name": "page", "in": "query", "type": "integer", "default": 1},
            {"name": "must", "in": "query", "required": True, "default": "m"},
        ],
    }
)


def sent(fields: list[ParameterField], **changes: str) -> dict[str, object]:
    """What a browser sends of a form in which somebody changed these fields, or ticked these boxes."""
    data: dict[str, object] = {one.name: one.value for one in fields}
    data |= {one.null: "on" for one in fields if one.null and one.is_null}
    data |= {one.omit: "on" for one in fields if one.omit and one.is_omitted}
    return data | {name.replace("__", "."): value for name, value in changes.items()}


def test_the_console_starts_with_defaults_and_leaves_out_what_was_emptied() -> None:
    fields = fields_of(ACTION.parameters, None, form="f")
    found = read_parameters(ACTION.parameters, sent(fields, params__id="1"))
    whole: dict[str, JsonValue] = {"id": "1", "note": "a", "private": True, "page": 1, "must": "m"}
    assert found == Filled(whole, [])
    emptied = sent(fields, params__id="1", params__note="", params__private="", params__page="")
    assert read_parameters(ACTION.parameters, emptied) == Filled(
        {"id": "1", "must": "m"}, ["note", "private", "page"]
    )
    with pytest.raises(Invalid) as refused:
        read_parameters(ACTION.parameters, sent(fields, params__id="1", params__must=""))
    assert [one.field for one in refused.value.errors] == ["params.must"]


def test_a_document_names_what_the_api_takes_and_the_field_stays_empty() -> None:
    size = next(one for one in fields_of(ACTION.parameters, None, form="f") if one.label == "size")
    assert size.value == ""
    assert "The API's own default: 30." in size.text


def test_null_is_a_tick_beside_a_field_of_the_body_or_a_choice() -> None:
    fields = {one.label: one for one in fields_of(ACTION.parameters, None, form="f")}
    assert [one.label for one in fields.values() if one.null] == ["note", "blank", "size"]
    assert ("null", "null") in fields["private"].options
    ticked = sent(
        list(fields.values()), params__id="1", params__note="", null__note="on", params__private="null"
    )
    assert read_parameters(ACTION.parameters, ticked).params == {
        "id": "1",
        "note": None,
        "private": None,
        "page": 1,
        "must": "m",
    }
    with pytest.raises(Invalid, match="a value although"):
        read_parameters(ACTION.parameters, sent(list(fields.values()), params__id="1", null__note="on"))
    # A query has no word for it.
    assert (
        read_parameters(
            ACTION.parameters, sent(list(fields.values()), params__id="1", null__page="on")
        ).params["page"]
        == 1
    )


def test_running_again_starts_with_what_was_sent_and_no_default() -> None:
    again: dict[str, JsonValue] = {"id": "1", "note": None, "must": "n"}
    fields = fields_of(ACTION.parameters, again, form="f")
    assert read_parameters(ACTION.parameters, sent(fields)) == Filled(again, ["private", "page"])
    private: dict[str, JsonValue] = {"id": "1", "private": None, "must": "n"}
    assert (
        read_parameters(ACTION.parameters, sent(fields_of(ACTION.parameters, private, form="f"))).params
        == private
    )


def test_a_steps_form_comes_back_as_it_was() -> None:
    params: dict[str, JsonValue] = {"id": "{{ input.id }}", "note": None, "size": "{{ input.size }}"}
    fields = template_fields_of(ACTION.parameters, params, ["private"], form="f")
    assert read_templates(ACTION.parameters, sent(fields)) == Filled(params, ["private"])
    assert [one.label for one in fields if one.omit] == ["note", "blank", "private", "page"]
    page = next(one for one in fields if one.label == "page")
    assert "Empty sends its default: 1." in page.text
    assert read_templates(ACTION.parameters, sent(fields, omit__page="on")).omit == ["private", "page"]
    with pytest.raises(Invalid, match="a value although"):
        read_templates(ACTION.parameters, sent(fields, params__page="2", omit__page="on"))
