"""Placeholders of note templates: `{{ session.title }}` and their like. Nothing is evaluated."""

from collections.abc import Mapping

from hub_app.apiclient.templates import PLAIN, reference

KNOWN: Mapping[str, str] = {
    "session.title": "The session's title",
    "session.body": "All that the engineer wrote",
    "session.minutes": "How many minutes the session's clock counted",
    "session.started": "When the session began, as 2026-01-31 09:30 UTC",
    "session.tags": "The session's tags, separated by commas",
    "session.steps_done": "How many steps are done",
    "session.steps_total": "How many steps there are",
    "ticket.id": "The ticket's number",
    "ticket.summary": "The ticket's summary",
    "ticket.company": "The ticket's company",
    "ticket.contact": "The ticket's contact",
    "engineer.name": "Who posts the note",
    "today": "Today's date, as 2026-01-31",
}
"""What each stands for."""
USUAL = "{{ session.body }}"
"""The template of boards that have none."""


def unknown(text: str) -> list[str]:
    """The placeholders of a template that there are not."""
    names = (reference(found) for found in PLAIN.finditer(text))
    return [name for name in dict.fromkeys(names) if name not in KNOWN]


def filled(text: str, values: Mapping[str, str]) -> str:
    """The template with its placeholders replaced. What is put in is not looked at again."""
    return PLAIN.sub(lambda found: values.get(reference(found), found.group()), text)
