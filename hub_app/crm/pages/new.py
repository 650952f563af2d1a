"""The wizard that connects a CRM."""

from typing import Any

import reflex as rx

from hub_app.crm.pages.accounts import account_inputs
from hub_app.crm.pages.connections import WHO
from hub_app.crm.pages.custom import custom_account
from hub_app.crm.state.connections import HERE, NEW
from hub_app.crm.state.new import NewConnectionState, ProviderCard, WizardStep
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

_LOOKS: dict[str, tuple[str, ui.Tone]] = {"done": ("check", "success"), "failed": ("x", "danger")}


def page_of_new_connection() -> rx.Component:
    return page(
        "Connect a CRM",
        "Bring the records of a CRM here and keep both sides in step.",
        rx.cond(
            SessionState.is_admin,
            rx.cond(NewConnectionState.loaded, _body(), ui.skeleton(6)),
            ui.card(ui.only_line(WHO)),
        ),
        breadcrumb=[("CRM", ""), ("Connections", HERE)],
    )


def _body() -> rx.Component:
    chosen: Any = rx.match(
        NewConnectionState.step,
        ("choose", _gallery()),
        ("account", rx.cond(NewConnectionState.provider == "custom", custom_account(), _account())),
        ("import", _first_import()),
        _tested(),
    )
    wizard = rx.fragment(
        ui.card(
            ui.stepper(
                "Steps",
                NewConnectionState.steps,
                status=lambda row: row.status,
                looks=_LOOKS,
                number=lambda row: row.number,
                cell=_step,
                current=lambda row: row.is_current,
                across=True,
            ),
            flush=True,
        ),
        chosen,
    )
    full = ui.card(
        ui.empty(
            "users",
            "No more CRMs can be connected",
            NewConnectionState.refused,
            ui.button_link("All connections", HERE, "primary"),
        ),
        flush=True,
    )
    return rx.cond(
        NewConnectionState.missing,
        ui.missing("users", "connection", HERE),
        rx.cond(NewConnectionState.refused != "", full, wizard),
    )


def _step(row: rx.vars.ObjectVar[WizardStep]) -> rx.Component:
    name = rx.cond(row.href != "", rx.el.a(row.name, href=row.href, class_name="hub-link"), row.name)
    return rx.fragment(name, rx.el.span(row.note, class_name="hub-sub"))


def _gallery() -> rx.Component:
    return ui.choices(rx.foreach(NewConnectionState.cards, _card))


def _card(row: rx.vars.ObjectVar[ProviderCard]) -> rx.Component:
    about = rx.fragment(row.about, rx.el.br(), row.can)
    return ui.choice(row.name, about, href=row.href, logo=row.logo)


def _about() -> rx.Component:
    limits = rx.el.div(
        rx.el.h3("Its limits", class_name="hub-strong"),
        rx.el.ul(rx.foreach(NewConnectionState.limits, _limit), class_name="hub-points hub-text-2"),
        class_name="hub-stack-tight",
    )
    card = ui.card(
        ui.stack(
            ui.row(ui.logo(NewConnectionState.logo), rx.el.span(NewConnectionState.about)),
            rx.el.p(NewConnectionState.can, class_name="hub-text-2"),
            rx.cond(NewConnectionState.limits.length() > 0, limits),
        ),
        title=NewConnectionState.provider_name,
    )
    # As high as it is, not as the form beside it.
    return rx.el.div(card)


def _limit(text: rx.Var[str]) -> rx.Component:
    return rx.el.li(text)


def _account() -> rx.Component:
    """What is asked for, and beside it what the CRM allows."""
    return ui.columns(_asked(), _about())


def _asked() -> rx.Component:
    of = NewConnectionState
    fields = rx.el.div(
        ui.text_field(
            "connection_name",
            "Connection name",
            of=of,
            auto_focus=True,
            placeholder="Main studio",
            text="What this connection is called here.",
        ),
        rx.cond(
            NewConnectionState.ways.length() > 1,
            ui.select_field(
                "auth_type",
                "How to connect",
                NewConnectionState.ways,
                of=of,
                on_change=NewConnectionState.choose_way,
            ),
        ),
        _more_or_less(account_inputs(NewConnectionState.fields, of, folds=of.folds)),
        ui.select_field(
            "sync_direction",
            "Direction",
            NewConnectionState.directions,
            of=of,
            text="You can change it later.",
            on_change=NewConnectionState.choose_direction,
        ),
        ui.switch_field(
            "import_historical_data",
            "Import what is already there",
            on=True,
            text="Off imports only records that change after you connect.",
        ),
        rx.el.div(ui.consent_field(NewConnectionState.terms, of=of), key=NewConnectionState.terms),
        class_name="hub-form",
    )
    unready = ui.callout(
        f"Whoever runs Hub has to enter the addresses and credentials of its app for {of.provider_name} first, under OAuth apps. Until"
        " then you can import files that it exports.",
        "info",
        title=f"The API of {of.provider_name} is not set up here",
    )
    return ui.form(
        rx.cond(of.unready, unready),
        ui.card(fields, title="Account"),
        ui.row(
            ui.submit_button(_submit(), busy=of.busy),
            ui.button_link("Choose another CRM", NEW),
        ),
        on_submit=of.create,
        guard_changes=True,
        key=of.provider,
    )


def _submit() -> Any:
    """What the button does by the way that is chosen."""
    return rx.match(
        NewConnectionState.way,
        ("oauth2", f"Continue to {NewConnectionState.provider_name}"),
        ("file", "Connect"),
        "Connect and test",
    )


def _more_or_less(fields: rx.Component) -> rx.Component:
    """Where nobody has to enter anything, what can be changed is folded away."""
    folded = rx.cond(
        NewConnectionState.fields.length() > 0, ui.disclosure("Addresses", fields), rx.fragment()
    )
    return rx.fragment(rx.cond(NewConnectionState.way == "oauth2", folded, fields))


def _authorize() -> rx.Component:
    """The account has to be authorized at the CRM, for the first time or again."""
    of = NewConnectionState
    refused = ui.callout(of.told, "danger", title="It was not connected", alert=True)
    why = rx.cond(
        of.status == "error",
        ui.callout(of.reason, "danger", title=f"{of.name} has to be connected again"),
        ui.callout(
            f"You are sent to {of.provider_name}, sign in there, and allow Hub what it asks for. Then you come back here.",
            "info",
            title=f"{of.name} is not authorized yet",
        ),
    )
    return ui.columns(
        ui.form(
            rx.cond(of.told != "", refused),
            why,
            ui.card(
                rx.el.div(ui.consent_field(of.terms, of=of), class_name="hub-form"),
                title=f"Authorize Hub at {of.provider_name}",
            ),
            ui.row(
                ui.submit_button(f"Continue to {of.provider_name}", busy=of.busy),
                ui.button_link("Do it later", f"{HERE}/{of.connection}"),
            ),
            on_submit=of.authorize,
            key=of.connection,
        ),
        _about(),
    )


def _tested() -> rx.Component:
    good = ui.stack(
        ui.callout(
            rx.cond(
                NewConnectionState.account != "",
                f"{NewConnectionState.provider_name} says that this is the account “{NewConnectionState.account}”.",
                "The connection is ready.",
            ),
            "success",
            title=f"{NewConnectionState.name} is connected",
        ),
        ui.row(
            ui.button_link("Continue to the first import", NewConnectionState.next_step, "primary"),
            ui.button_link("Import later", f"{HERE}/{NewConnectionState.connection}"),
        ),
    )
    by_oauth = NewConnectionState.way == "oauth2"
    chosen: Any = rx.match(
        NewConnectionState.status,
        ("error", rx.cond(by_oauth, _authorize(), _correct())),
        ("pending_auth", _authorize()),
        good,
    )
    return chosen


def _correct() -> rx.Component:
    return ui.columns(
        ui.form(
            ui.callout(
                NewConnectionState.reason,
                "danger",
                title=f"{NewConnectionState.provider_name} could not be reached with this account",
                alert=True,
            ),
            ui.card(
                rx.el.div(
                    account_inputs(
                        NewConnectionState.fields, NewConnectionState, folds=NewConnectionState.folds
                    ),
                    class_name="hub-form",
                ),
                title="Correct the account",
            ),
            ui.row(
                ui.submit_button("Save and test again", busy=NewConnectionState.busy),
                ui.button_link("Correct it later", f"{HERE}/{NewConnectionState.connection}"),
            ),
            on_submit=NewConnectionState.try_again,
            guard_changes=True,
            key=NewConnectionState.connection,
        ),
        _about(),
    )


def _first_import() -> rx.Component:
    ways = ui.columns(
        ui.card(
            ui.stack(
                rx.el.p(
                    "Hub reads everything and shows what it would create, and what it could not use. Nothing is written.",
                    class_name="hub-text-2",
                ),
                ui.row(
                    ui.button(
                        "Preview the import", "primary", mark="eye", on_click=NewConnectionState.begin(True)
                    )
                ),
            ),
            title="Preview first",
        ),
        ui.card(
            ui.stack(
                rx.el.p(
                    "Hub reads everything and writes it here. You can watch it, cancel it, and undo it as a whole.",
                    class_name="hub-text-2",
                ),
                ui.row(ui.button("Import now", mark="download", on_click=NewConnectionState.begin(False))),
            ),
            title="Import now",
        ),
    )
    none = ui.card(
        ui.empty(
            "users",
            "There is nothing to import yet",
            "This connection does not read records by itself. Import a file that the CRM exported.",
            ui.button_link("Import a file", f"{HERE}/{NewConnectionState.connection}/import", "primary"),
        ),
        flush=True,
    )
    return rx.cond(
        NewConnectionState.imports,
        ui.stack(
            rx.el.p(
                f"{NewConnectionState.name} has {NewConnectionState.kinds} that Hub can import.",
                class_name="hub-text-2",
            ),
            ways,
            rx.el.p(
                "Which field of the CRM fills which field here is set already for the usual ones. Your own fields are left out until you"
                " map them, now or later: ",
                rx.el.a(
                    "check the field mapping",
                    href=f"{HERE}/{NewConnectionState.connection}?tab=mapping",
                    class_name="hub-link",
                ),
                ".",
                class_name="hub-text-2",
            ),
        ),
        none,
    )
