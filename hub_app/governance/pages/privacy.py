"""Privacy: searching for a person, what was found, exporting and erasing it, and former requests."""

import reflex as rx

from hub_app.governance.state.privacy import CountRow, PrivacyState, RequestRow
from hub_app.ui import components as ui
from hub_app.ui.components import Tone
from hub_app.ui.shell import page

_STATES: dict[str, tuple[str, Tone]] = {
    "running": ("Running", "info"),
    "ready": ("Ready", "success"),
    "done": ("Done", "success"),
    "failed": ("Failed", "danger"),
    "cancelled": ("Cancelled", "neutral"),
    "erased": ("Person erased", "neutral"),
    "expired": ("Expired", "neutral"),
}
_GOES = (
    "Erasing deletes more than the address: a record that mentions the person is emptied as a whole, because names and phone"
    " numbers stand beside it. With an event go its deliveries and their attempts, with a run of a plan its steps and"
    " executions. Deliveries and runs that still wait fail. It cannot be undone."
)


def page_of_privacy() -> rx.Component:
    return page(
        "Privacy",
        "Search for everything that this tenant holds about a person, then export or erase it.",
        rx.cond(PrivacyState.loaded, rx.cond(PrivacyState.allowed, _allowed(), _refused())),
        breadcrumb=[("Governance", "")],
    )


def _refused() -> rx.Component:
    return ui.card(
        ui.empty(
            "lock",
            "Only customer admins can see this page",
            "Customer admins and owners can export and erase people's data. Ask one of them.",
        )
    )


def _allowed() -> rx.Component:
    return ui.stack(
        rx.cond(PrivacyState.id != "", _request()),
        ui.card(_form(), title="Search for a person"),
        ui.card(_requests(), title="Requests", flush=True),
        _erase(),
        _delete(),
    )


def _form() -> rx.Component:
    return ui.form(
        ui.text_field(
            "email",
            "E-mail",
            kind="email",
            of=PrivacyState,
            text="Of a member, or of anyone whose data came in through events, connectors or plans.",
        ),
        ui.tags_field(
            "words",
            "Also look for",
            of=PrivacyState,
            text="The person's name, phone numbers and other addresses. What mentions one of these counts as theirs.",
            optional=True,
        ),
        rx.el.div(
            ui.submit_button("Search", busy=PrivacyState.busy & (PrivacyState.dialog == "")),
            class_name="hub-row",
        ),
        on_submit=PrivacyState.find,
    )


def _request() -> rx.Component:
    state = PrivacyState
    return ui.card(
        ui.stack(
            ui.ident(state.id),
            ui.facts(
                ("Person", rx.cond(state.email != "", state.email, "No longer kept")),
                ("State", ui.status_badge(state.status, _STATES)),
                ("Asked by", state.asked_by),
                ("Started", ui.time(state.at)),
                (
                    "Kept until",
                    rx.cond(
                        (state.status == "ready") | (state.status == "failed"),
                        ui.time(state.expires_at, show="moment"),
                        "—",
                    ),
                ),
            ),
            rx.cond(
                state.status == "running",
                ui.progress(
                    state.done,
                    state.total,
                    label=state.title,
                    text=f"{state.done} of {state.total} tables searched",
                ),
            ),
            rx.cond(state.error != "", ui.callout(state.error, "danger")),
            rx.cond(state.can_repeat, _again()),
            rx.cond(state.summary != "", rx.el.p(state.summary, class_name="hub-strong")),
            rx.cond(state.counts.length() > 0, _counts()),
            rx.cond(state.losses != "", ui.callout(state.losses, "warning")),
            rx.cond((state.kind == "preview") & (state.status == "ready"), _next_steps()),
            rx.cond(state.file != "", rx.el.div(ui.download_link("Download JSON", state.file))),
            rx.el.p(ui.audited("records this request, without the person.", state.id), class_name="hub-help"),
        ),
        title=state.title,
        actions=(
            rx.cond(
                state.can_delete,
                ui.button("Delete request", small=True, mark="trash_2", on_click=state.ask("delete")),
            ),
            ui.button_link("Close", state.closed, mark="x", small=True),
        ),
    )


def _again() -> rx.Component:
    state = PrivacyState
    words = rx.cond(state.kind == "export", "Export again", "Search again")
    return ui.row(ui.button(words, mark="rotate_ccw", on_click=state.again))


def _counts() -> rx.Component:
    return ui.table(
        "What was found",
        [
            ui.Column(label="What", cell=_what),
            ui.Column(label="Records", cell=lambda row: row.rows, end=True),
        ],
        PrivacyState.counts,
        empty=ui.only_line("Nothing."),
    )


def _what(row: rx.vars.ObjectVar[CountRow]) -> rx.Component:
    return rx.cond(
        row.page != "", rx.el.a(row.what, href=row.page, class_name="hub-link"), rx.el.span(row.what)
    )


def _next_steps() -> rx.Component:
    return ui.stack(
        rx.cond(PrivacyState.can_erase, rx.el.p(_GOES, class_name="hub-help")),
        ui.row(
            ui.button("Export", mark="download", on_click=PrivacyState.export),
            ui.only(
                PrivacyState.can_erase,
                ui.button("Erase", "danger", mark="trash_2", on_click=PrivacyState.ask("erase")),
                PrivacyState.no_erasing,
            ),
        ),
    )


def _requests() -> rx.Component:
    return ui.table(
        "Requests",
        [
            ui.Column(label="Request", cell=lambda row: row.kind),
            ui.Column(label="State", cell=_state),
            ui.Column(label="Records", cell=lambda row: row.records, end=True, phone=False),
            ui.Column(label="Started", cell=lambda row: ui.time(row.at), end=True, quiet=True),
        ],
        PrivacyState.rows,
        loaded=PrivacyState.loaded,
        empty=ui.empty(
            "user_search",
            "No requests yet",
            "Searches, exports and erasures appear here, without the person's data. Search for a person to begin.",
        ),
        href=lambda row: row.href,
        selected=lambda row: row.id == PrivacyState.id,
        pager=ui.Pager(previous=PrivacyState.previous, next=PrivacyState.next),
    )


def _state(row: rx.vars.ObjectVar[RequestRow]) -> rx.Component:
    return ui.status_badge(row.status, _STATES)


def _erase() -> rx.Component:
    return ui.confirm(
        PrivacyState,
        "erase",
        "Erase this person",
        text=rx.cond(
            PrivacyState.of_member,
            f"{PrivacyState.summary} {PrivacyState.losses} It cannot be undone.",
            f"{PrivacyState.summary} It cannot be undone.",
        ),
        on_confirm=PrivacyState.erase,
        type_name=PrivacyState.email,
    )


def _delete() -> rx.Component:
    return ui.confirm(
        PrivacyState,
        "delete",
        "Delete this request",
        text="It leaves this list, with the result of the search and the file of the export. The person's data itself is not"
        " changed. The audit log records that you deleted the request.",
        action="Delete request",
        on_confirm=PrivacyState.delete,
    )
