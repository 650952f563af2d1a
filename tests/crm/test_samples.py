"""Exports as CRMs and people make them, read whole: `tests/samples/crm/expected.json` is what a person finds in them."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from hub_app.crm import providers
from hub_app.crm.people import Household, household_of
from hub_app.crm.tabular import examine, pages, targets
from hub_app.crm.tabular.cells import describe
from hub_app.crm.tabular.headers import guess

SAMPLES = Path(__file__).parents[1] / "samples" / "crm"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text())


def _shown(household: Household) -> list[str]:
    shown = [
        " ".join(
            filter(
                None,
                (
                    one.title,
                    f"{one.first_name}|{one.last_name}",
                    *one.emails,
                    *one.phones,
                    one.role and f"({one.role})",
                ),
            )
        )
        for one in household.people
    ]
    if household.company:
        shown.append(f"company {household.company}")
    return shown if household.is_sure else [*shown, "?"]


def _preset(name: str, *, of_projects: bool) -> Mapping[str, str] | None:
    provider, feature = providers.every().get(name), "projects" if of_projects else "clients"
    if provider is None:
        return None
    return next((one.headers for one in provider.presets if one.feature == feature), None)


def _read(path: Path) -> dict[str, object]:
    layout = examine(path)
    all_pages = list(pages(path, layout, size=2))
    rows = [row for page in all_pages for row in page.rows]
    values = {header: [row.cells[header] for row in rows] for header in layout.headers}
    name, of_projects = path.stem.removesuffix("_contacts").removesuffix("_projects"), "projects" in path.stem
    known = targets.PROJECTS if of_projects else targets.CLIENTS
    guesses = guess(layout.headers, values, known, preset=_preset(name, of_projects=of_projects))
    fields = {one.header: one.field for one in guesses if one.field and one.is_taken}
    columns = {header: describe(cells) for header, cells in values.items()}
    return {
        "layout": [layout.encoding, layout.delimiter, layout.header_line],
        "columns": {
            header: " ".join(
                filter(None, (fields.get(header, "-"), columns[header].kind, columns[header].format))
            )
            for header in layout.headers
        },
        "rows": [[row.line, *row.cells.values()] for row in rows],
        "people": [
            _shown(
                household_of({fields[header]: cell for header, cell in row.cells.items() if header in fields})
            )
            for row in rows
        ],
        "bad": [[row.line, row.why] for page in all_pages for row in page.bad],
    }


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.csv")), ids=lambda path: path.stem)
def test_an_export_is_read_as_a_person_reads_it(path: Path) -> None:
    assert _read(path) == EXPECTED[path.name]


def test_every_sample_is_there() -> None:
    assert {path.name for path in SAMPLES.glob("*.csv")} == set(EXPECTED)
