"""What the tests of mappings share: a collection's fields, mappings in short, and any JSON."""

from typing import Any

from hypothesis import strategies as st
from pydantic import JsonValue, TypeAdapter

from hub_app.sync.mapping.declarations import FieldMapping, Mappings
from hub_app.sync.mapping.fields import Field, FieldType
from hub_app.sync.mapping.mapper import Mapper, compiled

TYPES: list[FieldType] = [
    "text", "multiline", "email", "phone", "date", "datetime", "number", "money", "boolean", "choice", "list", "people",
    "reference",
]  # fmt: skip
FIELDS = [Field(one, one.title(), one) for one in TYPES]
TEXTS = st.text(max_size=12) | st.sampled_from(
    [
        "2026-01-31", "2026-01-31T12:00:00Z", "0001-01-01T00:00:00+14:00", "31/01/2026", "Jan 31 2026 4pm", "yes", "NO", "1",
        "(4,500.00)", "€ 1.234,5", "+44 7400 123456", "07400 123456", "a@Example.COM", "a, b,,c", "<b>x</b>", "&amp;lt;", "\x00",
        "\ud800", "1e400", "9" * 400, "x" * 1_100, " ", "",
    ]
)  # fmt: skip
JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([10**400, 10**4000, 1e300, 0.1 + 0.2])
    | TEXTS,
    lambda parts: (
        st.lists(parts, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "name", "emails", "phone"]), parts, max_size=4)
    ),
    max_leaves=12,
)
TRANSFORMS: list[dict[str, Any]] = [
    {"name": "trim"}, {"name": "lower"}, {"name": "title"}, {"name": "phone", "region": "GB"}, {"name": "date"},
    {"name": "date", "formats": ["%d/%m/%Y", "%d.%m.%Y %H:%M"], "time_zone": "Europe/London"},
    {"name": "date", "day_first": True, "time_zone": "America/New_York"}, {"name": "number"},
    {"name": "number", "decimal_mark": ",", "scale": 2}, {"name": "boolean"},
    {"name": "boolean", "true_words": ["Booked", "yes"], "false_words": ["Lost"]}, {"name": "split"},
    {"name": "split", "separator": ";", "index": -1}, {"name": "lookup", "table": {"a": "A", "b": "B"}},
    {"name": "lookup", "table": {"a": "x", "b": "x"}, "default": "other"},
]  # fmt: skip


def mappings(*given: dict[str, Any]) -> list[FieldMapping]:
    return TypeAdapter(Mappings).validate_python(list(given))


def mapper(*given: dict[str, Any]) -> Mapper:
    return compiled(mappings(*given), FIELDS)
