"""Possible duplicates at the left, the chosen pair side by side at the right."""

import reflex as rx

from hub_app.crm.pages.decisions import decisions, nothing_waits
from hub_app.crm.state.decisions import KINDS
from hub_app.crm.state.duplicate import DuplicateState, RecordRow
from hub_app.crm.state.duplicates import PAGE, STATUSES, DuplicatesState, ExactRow, PairRow
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState


def duplicates_tab() -> rx.Component:
    shown = decisions(
        DuplicatesState,
        "Possible duplicates",
        rows=DuplicatesState.rows,
        entry=_entry,
        chosen=_pair(),
        lost=ui.missing("copy", "pair", PAGE),
        nothing=_nothing(),
    )
    return rx.fragment(rx.foreach(DuplicatesState.exact, _exact), _filters(), shown, _dialogs())


def _exact(row: rx.vars.ObjectVar[ExactRow]) -> rx.Component:
    """What can be linked all at once."""
    action = ui.only(
        SessionState.is_engineer,
        ui.button(row.action, "primary", small=True, on_click=DuplicatesState.preview_links(row.connection)),
        "Engineers can link them.",
    )
    return ui.callout(row.text, "info", title=row.title, action=action)


def _filters() -> rx.Component:
    state = DuplicatesState
    return ui.filter_bar(
        ui.filter_select(
            "Status", state.decided, [("", "Waiting"), *STATUSES.items()], on_change=state.filter("decided")
        ),
        ui.filter_select("Kind", state.kind, [("", "All"), *KINDS.items()], on_change=state.filter("kind")),
    )


def _nothing() -> rx.Component:
    what = (
        "After each sync, Hub looks for records that share an email address or a phone number, or have nearly the same name on"
        " the same date. It offers them here, and never merges them by itself."
    )
    return nothing_waits(
        DuplicatesState,
        "copy",
        "No duplicates are waiting",
        what,
        things="duplicates",
        none="pair",
        back=ui.button_link("Waiting pairs", PAGE),
    )


def _entry(row: rx.vars.ObjectVar[PairRow]) -> rx.Component:
    return rx.fragment(
        row.first,
        rx.cond(row.first == row.second, rx.fragment(), f" and {row.second}"),
        rx.el.span(row.about, class_name="hub-sub"),
    )


def _pair() -> rx.Component:
    one = DuplicateState
    fields = ui.sides(
        one.fields,
        heads=[("first", one.first_head, "1"), ("second", one.second_head, "2")],
        of=one,
        may_choose=SessionState.is_engineer,
    )
    seen = rx.el.input(type="hidden", name="seen", value=one.seen)
    form = ui.form(seen, _keep(), fields, _choose(), on_submit=one.merge, key=one.id)
    decided = rx.fragment(_records(), fields, _decided())
    return ui.stack(
        ui.card(
            rx.cond((one.status == "open") & SessionState.is_engineer, form, decided),
            title=one.why,
            note=one.kind,
            actions=(ui.button_link("Skip", one.below, small=True),),
            flush=True,
        ),
        _same(),
        ui.ident(one.id),
    )


def _keep() -> rx.Component:
    """Which record stays."""
    return rx.el.div(
        ui.options_field(
            "keep",
            "Record that stays",
            DuplicateState.records,
            entry=_record,
            of=DuplicateState,
            value="first",
        ),
        class_name="hub-sides-foot",
    )


def _records() -> rx.Component:
    boxes = rx.foreach(DuplicateState.records, lambda row: rx.el.div(_record(row), class_name="hub-side"))
    return rx.el.div(rx.el.div(boxes, class_name="hub-grid-2"), class_name="hub-sides-foot")


def _record(row: rx.vars.ObjectVar[RecordRow]) -> rx.Component:
    return rx.el.span(
        rx.el.a(row.name, href=row.href, class_name="hub-link"),
        rx.el.span(row.sources, " · in Hub since ", ui.time(row.at, show="date"), class_name="hub-sub"),
    )


def _choose() -> rx.Component:
    one = DuplicateState
    happens = (
        "The record that stays gets the values chosen here, and what only the other one has. Whatever named the other record,"
        " such as a project, names this one from then on. The CRM is not changed: it keeps both, and Hub no longer reads the"
        " other one as a record of its own. You can take them apart again later."
    )
    return rx.el.div(
        ui.row(
            ui.submit_button("Merge", busy=one.busy),
            ui.button("Not the same", on_click=one.ask("dismiss")),
        ),
        rx.el.p(happens, class_name="hub-help"),
        class_name="hub-sides-foot",
    )


def _decided() -> rx.Component:
    one = DuplicateState
    merged = rx.fragment(
        rx.el.p(f"{one.decided_by} merged these records into one.", class_name="hub-help"),
        ui.only(
            SessionState.is_engineer,
            ui.row(ui.button("Take apart", on_click=one.ask("apart"))),
            "Engineers can take them apart.",
        ),
    )
    dismissed = rx.el.p(
        f"{one.decided_by} found that these are not the same. They are not offered again.",
        class_name="hub-help",
    )
    said = rx.match(
        one.status, ("merged", merged), ("dismissed", dismissed), ui.only_line("Engineers can merge records.")
    )
    return rx.el.div(said, class_name="hub-sides-foot")


def _same() -> rx.Component:
    one = DuplicateState
    facts = rx.el.dl(
        rx.foreach(one.same, lambda pair: rx.el.div(rx.el.dt(pair[0]), rx.el.dd(pair[1]))),
        class_name="hub-facts",
    )
    return rx.cond(
        one.same.length() > 0,
        ui.card(facts, title="The same on both", note="Whichever record stays, these do not change."),
    )


def _dialogs() -> rx.Component:
    one = DuplicateState
    return rx.fragment(
        ui.confirm(
            one,
            "dismiss",
            "Keep them as two records",
            text="Hub does not offer this pair again.",
            action="Keep both",
            on_confirm=one.dismiss,
            danger=False,
        ),
        ui.confirm(
            one,
            "apart",
            "Take these records apart",
            text=(
                "Both records get back what they had before they were merged, and the CRM's records belong to them as before."
                " What someone changed since then stays on the record that was kept."
            ),
            action="Take apart",
            on_confirm=one.take_apart,
            danger=False,
        ),
    )
