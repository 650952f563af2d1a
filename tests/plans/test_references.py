"""References as the editor of a plan's steps changes them."""

from hub_app.plans.state import references


def test_a_renamed_step_is_renamed_in_references_and_nowhere_else() -> None:
    text = "{{ steps.a.data }} steps.a {{ steps . a.ok }} {{ steps.ab.data }}"
    assert references.renamed({"x": [text]}, "a", "c") == {
        "x": ["{{ steps.c.data }} steps.a {{ steps . c.ok }} {{ steps.ab.data }}"]
    }


def test_a_text_of_beginnings_alone_is_left_as_it_is_at_once() -> None:
    """To look for a step behind each of them would take hours."""
    text = "{{" * 1_000_000
    assert references.renamed(text, "a", "b") == text
