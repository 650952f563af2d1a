"""The tab of member mapping."""

import reflex as rx

from hub_app.psa.state.members import PersonRow, PsaMembersState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState


def members_tab() -> rx.Component:
    state = PsaMembersState
    return rx.cond(
        state.loaded,
        rx.fragment(
            rx.cond(
                state.problem != "",
                ui.callout(
                    state.problem,
                    "danger",
                    title="The members cannot be read",
                    action=ui.button("Try again", small=True, on_click=state.load),
                    alert=True,
                ),
            ),
            rx.cond(state.connected, rx.cond(SessionState.is_owner, _form(), _table()), _nothing()),
        ),
        ui.card(ui.skeleton(5), flush=True),
    )


def _nothing() -> rx.Component:
    return ui.card(
        ui.empty(
            "users",
            "Connect a PSA first",
            "Then you say here which of its members each of your engineers is, so that notes appear under the right name.",
        )
    )


def _form() -> rx.Component:
    state = PsaMembersState
    return ui.form(
        # What Hub proposes is in no field that somebody typed into.
        rx.cond(state.has_proposals, ui.draft()),
        ui.card(
            _rows(),
            title="Who is who",
            note="Notes are posted under the member that you confirm here.",
            actions=(
                ui.button("Match automatically", mark="wand_sparkles", small=True, on_click=state.match),
            ),
            foot=ui.row(
                ui.submit_button("Save mapping", busy=state.busy),
                rx.el.span(
                    "Matched by e-mail address, then by name. Nothing is saved before you save it.",
                    class_name="hub-small hub-text-2",
                ),
            ),
            flush=True,
        ),
        on_submit=state.save,
        guard_changes=True,
        key=state.version,
    )


def _rows() -> rx.Component:
    return ui.table(
        "Members",
        [
            ui.Column(label="Member of Hub", cell=_person),
            ui.Column(label="Member of the PSA", cell=_choice),
            ui.Column(label="How", cell=_how, phone=False),
        ],
        PsaMembersState.rows,
        empty=ui.empty("users", "Nobody is here yet", "Invite your engineers under Settings, Members."),
    )


def _person(row: rx.vars.ObjectVar[PersonRow]) -> rx.Component:
    return rx.fragment(row.name, rx.el.span(row.email, class_name="hub-sub hub-break"))


def _choice(row: rx.vars.ObjectVar[PersonRow]) -> rx.Component:
    attributes = {"aria-label": f"Member of the PSA for {row.name}"}
    return rx.el.select(
        rx.foreach(PsaMembersState.options, lambda option: rx.el.option(option[1], value=option[0])),
        name=row.field,
        default_value=row.chosen,
        class_name="hub-select",
        custom_attrs=attributes,
    )


def _how(row: rx.vars.ObjectVar[PersonRow]) -> rx.Component:
    return rx.cond(
        row.is_proposed,
        ui.badge(row.note, "info", dot=False),
        rx.el.span(row.note, class_name="hub-small hub-text-2"),
    )


def _table() -> rx.Component:
    return ui.card(
        ui.table(
            "Members",
            [
                ui.Column(label="Member of Hub", cell=_person),
                ui.Column(label="Member of the PSA", cell=_said),
                ui.Column(label="How", cell=_how, phone=False),
            ],
            PsaMembersState.rows,
            empty=ui.empty("users", "Nobody is here yet", "Invite your engineers under Settings, Members."),
        ),
        title="Who is who",
        foot=ui.only_line("The owner decides who is who."),
        flush=True,
    )


def _said(row: rx.vars.ObjectVar[PersonRow]) -> rx.Component:
    return rx.cond(row.said != "", row.said, rx.el.span("Not mapped", class_name="hub-text-2"))
