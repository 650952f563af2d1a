"""Figures and times in a browser: they are true of what happened, in the zone of the person who looks."""

import re
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Route, expect

from hub_app.kernel.clock import utcnow
from tests.browser.webhooks.conftest import Program
from tests.people import People, Person

Enter = Callable[[Person], None]


def put_in_zone(page: Page, zone: str) -> None:
    page.context.new_cdp_session(page).send("Emulation.setTimezoneOverride", {"timezoneId": zone})


def in_words(page: Page, away: timedelta) -> str:
    """What `hub-time` makes of a moment, by the page's own clock."""
    script = """away => {
        const element = document.createElement("hub-time");
        element.dataset.at = new Date(Date.now() + away * 1000).toISOString();
        document.body.append(element);
        const text = element.textContent;
        element.remove();
        return text;
    }"""
    said: str = page.evaluate(script, away.total_seconds())
    return said


def test_durations_are_bounds(page: Page, enter: Enter, people: People, program: Program) -> None:
    """The steps of the roll-ups tell no more."""
    enter(people.vera)
    place = program.create("Bounds", "/bounds", events=["bounds.*"])
    for _ in range(3):
        program.publish("bounds.event")
    page.goto(f"{place}?tab=deliveries")
    expect(page.get_by_role("row").filter(has_text="Succeeded")).to_have_count(3)
    page.goto(place)
    for label in ("Median response time", "95th percentile"):
        tile = page.locator(".hub-stat").filter(has_text=label)
        expect(tile).to_contain_text(re.compile(r"≤ (25|50|100|250|500) ms"))
        expect(tile).to_contain_text("took no longer")


def test_what_is_to_come_is_rounded(page: Page, enter: Enter, people: People) -> None:
    enter(people.vera)
    page.goto("/webhooks/endpoints")
    page.wait_for_function("!!customElements.get('hub-time')")
    for away, said in {
        timedelta(days=7, seconds=-30): "in 7 d",
        timedelta(hours=24, seconds=-30): "in 1 d",
        timedelta(minutes=60, seconds=-20): "in 1 h",
        timedelta(minutes=44, seconds=45): "in 45 min",
        timedelta(days=-7, seconds=30): "6 d ago",
    }.items():
        assert in_words(page, away) == said


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York"])
def test_a_page_has_one_zone(page: Page, enter: Enter, people: People, program: Program, zone: str) -> None:
    """That of the person, also in the chart, whose hours begin at half past in Kolkata."""
    enter(people.vera)
    place = program.create(f"Zone of {zone.partition('/')[2]}", "/zones", events=["zones.*"])
    program.publish("zones.event")
    put_in_zone(page, zone)
    page.goto(f"{place}?tab=deliveries")
    expect(page.get_by_role("row").filter(has_text="Succeeded")).to_have_count(1)
    page.goto(place)
    chart = page.locator("section").filter(has=page.get_by_role("heading", name="Attempts"))
    # Browsers know Kolkata by its former name.
    expect(chart).to_contain_text(re.compile(f"per hour · ({zone}|Asia/Calcutta)"))
    now = utcnow().astimezone(ZoneInfo(zone))
    begins = utcnow().replace(minute=0).astimezone(ZoneInfo(zone))
    expect(chart.get_by_role("application")).to_contain_text(begins.strftime("%a %H:%M"))
    chart.get_by_text("Show as table").click()
    expect(chart.get_by_role("row").last).to_contain_text(begins.strftime("%a %H:%M"))
    bars = chart.locator(".recharts-bar-rectangle")
    bars.last.hover(force=True)
    tooltip = chart.locator(".recharts-tooltip-label")
    expect(tooltip).to_contain_text(re.compile(rf"{now.year}, {begins:%H:%M} (GMT|E[SD]T|IST)"))
    assert "UTC" not in page.get_by_role("main").inner_text()


def test_a_chart_does_not_wait_for_the_scripts(
    page: Page, enter: Enter, people: People, program: Program
) -> None:
    enter(people.vera)
    place = program.create("Slow scripts", "/slow-scripts", events=["slow.*"])
    program.publish("slow.event")
    page.goto(f"{place}?tab=deliveries")
    expect(page.get_by_role("row").filter(has_text="Succeeded")).to_have_count(1)
    held: list[Route] = []
    page.route("**/hub.js*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks its handlers
    page.goto(place, wait_until="commit")
    chart = page.locator("section").filter(has=page.get_by_role("heading", name="Attempts"))
    expect(chart.get_by_role("application")).to_contain_text(re.compile(r"\d\d:\d\d"))
    assert page.evaluate("window.hub === undefined")
    for route in held:
        route.continue_()
    expect(chart).to_contain_text("per hour · ")
    expect(page.get_by_role("main").locator("hub-time time").last).to_be_visible()
