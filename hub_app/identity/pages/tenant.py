"""The operator's page of one tenant."""

import reflex as rx

from hub_app.identity.pages.links import link_dialog
from hub_app.identity.pages.tenants import STATES
from hub_app.identity.state.operator import TENANTS, TIER_NAMES
from hub_app.identity.state.tenant import OperatedTenantState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

_CALLS = [ui.Series("succeeded", "Succeeded", 1), ui.Series("errors", "Errors (4xx and 5xx)", 3)]


def page_of_operated_tenant() -> rx.Component:
    of = OperatedTenantState
    return page(
        of.name,
        rx.cond(of.missing, "", "What this tenant uses, and its limits. Its data is not shown here."),
        rx.cond(of.loaded, rx.cond(of.missing, _missing(), _found()), ui.skeleton(6)),
        actions=[rx.cond(of.loaded & ~of.missing, _main_action())],
        breadcrumb=[("Operator", ""), ("Tenants", TENANTS)],
        mark="building_2",
        id=rx.cond(of.missing, "", of.tenant_id),
        badge=rx.cond(of.missing | ~of.loaded, "", ui.status_badge(of.state, STATES)),
    )


def _missing() -> rx.Component:
    return rx.cond(SessionState.is_operator, ui.missing("building_2", "tenant", TENANTS), ui.operators_only())


def _main_action() -> rx.Component:
    of = OperatedTenantState
    action = rx.match(
        of.state,
        ("active", ui.button("Suspend", mark="pause", on_click=of.ask("suspend"))),
        ("suspended", ui.button("Resume", "primary", mark="play", on_click=of.resume)),
        ("deleting", ui.button("Restore", "primary", mark="undo_2", on_click=of.restore)),
        rx.fragment(),
    )
    return rx.fragment(action)


def _found() -> rx.Component:
    of = OperatedTenantState
    return rx.el.div(
        _state(),
        rx.el.div(_facts(), _settings(), class_name="hub-grid-2"),
        ui.stacked_bars("API calls", "per day, in UTC", of.days, _CALLS, none=_no_calls(), each="date"),
        ui.card(_counts(), title="Contents", flush=True),
        rx.cond(
            (of.state == "active") | (of.state == "suspended"),
            ui.delete_card(
                "tenant",
                "It is suspended immediately and deleted after 7 days with everything it has except its audit log. Until then you can"
                " restore it.",
                of.ask_delete,
            ),
        ),
        _invite(),
        link_dialog(
            of,
            "link",
            of.link,
            title=f"Owner's invitation to {of.name}",
            text="Whoever opens it first becomes the tenant's owner. It works once, within 7 days.",
        ),
        _suspend(),
        _delete(),
        class_name="hub-stack",
    )


def _state() -> rx.Component:
    of = OperatedTenantState
    words = rx.match(
        of.state,
        (
            "suspended",
            ui.callout(
                rx.fragment(
                    "Since ",
                    ui.time(of.suspended_at, show="moment"),
                    ". Its members and programs are refused, and its work waits. Resume it to let everything continue"
                    " where it stopped.",
                ),
                "warning",
                title="This tenant is suspended",
            ),
        ),
        (
            "deleting",
            ui.callout(
                rx.fragment(
                    "Everything it has is deleted on ",
                    ui.time(of.delete_at, show="moment"),
                    ". Until then it is suspended, and you can restore it.",
                ),
                "danger",
                title="This tenant will be deleted",
            ),
        ),
        (
            "emptying",
            ui.callout(
                "Its seven days are over. Everything it has is being deleted, which can take a while and cannot be undone.",
                "danger",
                title="This tenant is being deleted",
            ),
        ),
        rx.fragment(),
    )
    return rx.fragment(words)


def _facts() -> rx.Component:
    of = OperatedTenantState
    return ui.card(
        ui.facts(
            ("Created", ui.time(of.since, show="date")),
            ("Tier", of.tier),
            ("Members", of.members),
            ("API calls", rx.fragment(of.requests, " in 30 days, ", of.errors_of_calls, " errors")),
            ("Owners", rx.cond(of.owners > 0, of.owners, rx.cond(of.invited != "", _invited(), "None yet"))),
            ("Work", rx.el.a("Show in the queues", href=of.queues, class_name="hub-link")),
            ("Operators' acts", rx.el.a("Show in the installation log", href=of.log, class_name="hub-link")),
        ),
        rx.cond(
            (of.owners == 0) & (of.state == "active"),
            rx.el.div(
                ui.button(
                    "Invite the owner",
                    small=True,
                    mark="user_plus",
                    on_click=of.ask("invite"),
                    attributes=ui.opener(of, "invite"),
                ),
                class_name="hub-row",
            ),
        ),
        title="Facts",
    )


def _invited() -> rx.Component:
    of = OperatedTenantState
    return rx.fragment(
        "Invited: ",
        rx.el.span(of.invited, class_name="hub-break"),
        ". The link expires ",
        ui.time(of.invitation_ends),
        ".",
    )


def _settings() -> rx.Component:
    of = OperatedTenantState
    form = ui.form(
        ui.text_field("name", "Name", of=of),
        ui.select_field(
            "tier", "Tier", list(TIER_NAMES.items()), of=of, text="It applies from the next call."
        ),
        rx.el.div(ui.submit_button("Save", busy=of.busy & (of.dialog == "")), class_name="hub-row"),
        on_submit=of.save,
        guard_changes=True,
    )
    # Another tenant's form starts anew.
    return ui.card(rx.el.div(form, key=of.tenant_id), title="Settings")


def _counts() -> rx.Component:
    of = OperatedTenantState
    return ui.table(
        "Contents",
        [
            ui.Column(label="Part", cell=lambda row: row.of, quiet=True),
            ui.Column(label="Kind", cell=lambda row: row.what),
            ui.Column(label="Count", cell=lambda row: row.count, end=True),
        ],
        of.counts,
        loaded=of.loaded,
        empty=ui.only_line("Nothing is counted."),
    )


def _no_calls() -> rx.Component:
    return ui.empty("chart_column", "No calls in the last 30 days", "Calls to the REST API are counted here.")


def _invite() -> rx.Component:
    of = OperatedTenantState
    return ui.form_dialog(
        of,
        "invite",
        ui.text_field("email", "E-mail", kind="email", of=of, auto_focus=True),
        title=f"Invite the owner of {of.name}",
        text="You get a link to pass on. It works once, within 7 days. Earlier links to owners stop working.",
        on_submit=of.invite_owner,
        submit="Create the link",
    )


def _suspend() -> rx.Component:
    of = OperatedTenantState
    return ui.confirm(
        of,
        "suspend",
        f"Suspend {of.name}",
        text="Its members cannot sign in, and its API tokens are refused. Deliveries, plans and jobs stop at their next step"
        " and wait. Nothing is lost: when you resume it, everything continues. Its audit log records that you"
        " suspended it.",
        on_confirm=of.suspend,
    )


def _delete() -> rx.Component:
    of = OperatedTenantState
    return ui.confirm(
        of,
        "delete",
        f"Delete {of.name}",
        rx.el.p("Deleted on ", rx.el.strong(ui.time(of.goes_at, show="moment")), ", unless you restore it."),
        text=of.losses,
        on_confirm=of.delete,
        type_name=of.name,
    )
