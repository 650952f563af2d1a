"""Conflicts at the left, the chosen one side by side at the right; possible duplicates on a tab of their own."""

import reflex as rx

from hub_app.crm.pages.decisions import decisions, nothing_waits
from hub_app.crm.pages.duplicates import duplicates_tab
from hub_app.crm.state.conflict import Alike, ConflictState
from hub_app.crm.state.conflicts import STATUSES, ConflictRow, ConflictsState
from hub_app.crm.state.decisions import HERE
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page


def page_of_conflicts() -> rx.Component:
    return page(
        "Conflicts",
        rx.cond(
            ConflictsState.tab == "duplicates",
            "Records that may be the same person or thing. Hub merges none of them by itself.",
            "Fields that changed both in Hub and in a CRM. Neither side is overwritten until someone chooses.",
        ),
        ui.tabs(
            "Kinds of decisions",
            ConflictsState.tab,
            ("conflicts", "Conflicts", HERE),
            ("duplicates", "Duplicates", f"{HERE}?tab=duplicates"),
        ),
        rx.cond(ConflictsState.tab == "duplicates", duplicates_tab(), _conflicts()),
        _alike_dialog(),
        breadcrumb=[("CRM", "")],
    )


def _conflicts() -> rx.Component:
    shown = decisions(
        ConflictsState,
        "Conflicts",
        _offers(),
        rows=ConflictsState.rows,
        entry=_entry,
        chosen=_one(),
        lost=ui.missing("git_compare", "conflict", HERE),
        nothing=_nothing(),
    )
    return rx.fragment(_filters(), shown)


def _filters() -> rx.Component:
    state = ConflictsState
    return ui.filter_bar(
        ui.filter_select(
            "Status", state.status, [("", "Open"), *STATUSES.items()], on_change=state.filter("status")
        ),
        ui.filter_select("CRM", state.crm, state.crms, on_change=state.filter("crm")),
    )


def _nothing() -> rx.Component:
    what = (
        "A conflict is a field that changed both in Hub and in a CRM since they last agreed. It waits here until someone"
        " chooses a value, and neither side is overwritten before that."
    )
    return nothing_waits(
        ConflictsState,
        "git_compare",
        "No conflicts are waiting",
        what,
        things="conflicts",
        none="conflict",
        back=ui.button_link("Open conflicts", HERE),
    )


def _entry(row: rx.vars.ObjectVar[ConflictRow]) -> rx.Component:
    return rx.fragment(row.name, rx.el.span(row.about, " · ", ui.time(row.at), class_name="hub-sub"))


def _offers() -> rx.Component:
    """After a choice: the same for the others."""
    return ui.only(SessionState.is_engineer, rx.foreach(ConflictState.rows, _offer))


def _offer(one: rx.vars.ObjectVar[Alike]) -> rx.Component:
    use = ui.button(f"Use {one.name}", small=True, on_click=ConflictState.ask_about("alike", one.id))
    return ui.callout(one.text, "info", action=use)


def _alike_dialog() -> rx.Component:
    return ui.confirm(
        ConflictState,
        "alike",
        f"Use {ConflictState.subject_name}",
        text="Their other fields stay open. Hub cannot take this back in one step: each record's history shows what it was before.",
        action="Use it in all",
        on_confirm=ConflictState.choose_alike,
        danger=False,
    )


def _one() -> rx.Component:
    one = ConflictState
    fields = ui.sides(
        one.fields,
        heads=[("hub", "In Hub", "h"), ("crm", f"In {one.crm}", "c")],
        before="Last agreed",
        own="Another value",
        of=one,
        may_choose=SessionState.is_engineer,
    )
    form = ui.form(fields, _choose(), on_submit=one.resolve, guard_changes=True, key=one.id)
    card = ui.card(
        rx.cond(
            one.status == "open",
            rx.cond(SessionState.is_engineer, form, rx.fragment(fields, _viewers())),
            rx.fragment(fields, _decided()),
        ),
        title=rx.cond(one.name != "", one.name, "Without a name"),
        title_href=one.record,
        note=one.kind,
        actions=(ui.button_link("Skip", one.below, small=True),),
        flush=True,
    )
    return ui.stack(card, ui.ident(one.id))


def _choose() -> rx.Component:
    one = ConflictState
    happens = rx.cond(
        one.writes,
        f"What you take from Hub, or enter, is written to {one.crm} by the next export or two-way sync. What you take from"
        f" {one.crm} replaces Hub's value now.",
        f"{one.crm} is connected for import only: it keeps its own values, whatever you choose. What you take from it replaces"
        " Hub's value now.",
    )
    keys = rx.fragment(
        "In a field, press ",
        ui.key("H"),
        " for Hub or ",
        ui.key("C"),
        " for the CRM, with ",
        ui.key("Shift"),
        " for all fields, and ",
        ui.key("Enter"),
        " to apply.",
    )
    return rx.el.div(
        ui.row(
            ui.submit_button("Apply choices", busy=one.busy),
            ui.button("All from Hub", attributes={"data-take-all": "h"}),
            ui.button(f"All from {one.crm}", attributes={"data-take-all": "c"}),
        ),
        rx.el.p(happens, class_name="hub-help"),
        rx.el.p(keys, class_name="hub-help hub-wide-line"),
        class_name="hub-sides-foot",
    )


def _viewers() -> rx.Component:
    return rx.el.div(ui.only_line("Engineers can choose between the values."), class_name="hub-sides-foot")


def _decided() -> rx.Component:
    one = ConflictState
    said = rx.cond(
        one.status == "resolved",
        rx.fragment("Resolved by ", one.decided_by, " ", ui.time(one.decided_at), "."),
        "Both sides came to agree, or the record is no longer kept in step, so there was nothing left to choose.",
    )
    return rx.el.div(rx.el.p(said, class_name="hub-help"), class_name="hub-sides-foot")
