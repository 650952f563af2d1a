"""The run tab of a connector: choose an action, fill in its form, see what comes back."""

import reflex as rx

from hub_app.connectors.pages.execution import credential_link, execution_drawer
from hub_app.connectors.pages.executions import last_runs
from hub_app.connectors.state.console import ConsoleState
from hub_app.ui import components as ui
from hub_app.ui.components.parameters import parameter_fields
from hub_app.ui.session import SessionState


def run_tab() -> rx.Component:
    found = rx.cond(
        ConsoleState.action != "",
        ui.side_list(
            "Actions",
            ConsoleState.links,
            _form(),
            rx.cond(ConsoleState.answered, rx.el.div(_answer(), id="answer")),
            ui.card(last_runs(), title="Last runs of this action", flush=True),
            entry=lambda row: rx.fragment(ui.method_badge(row.method), row.name),
            href=lambda row: row.href,
            current=lambda row: row.id == ConsoleState.action,
        ),
        ui.card(
            ui.empty(
                "terminal",
                "No actions to run",
                "An action is one call of the API. Add an action to this connector, then run it here.",
                ui.button_link("Actions", "?tab=actions"),
            ),
            flush=True,
        ),
    )
    return rx.fragment(rx.cond(ConsoleState.loaded, found, ui.skeleton(6)), execution_drawer())


def _form() -> rx.Component:
    fields = rx.cond(
        ConsoleState.fields.length() > 0,
        rx.fragment(parameter_fields(ConsoleState.fields, ConsoleState)),
        rx.el.p("This action takes no parameters.", class_name="hub-small hub-text-2"),
    )
    whole = ui.form(
        fields,
        rx.cond(
            ConsoleState.cache != "",
            ui.switch_field(
                "fresh",
                "Skip the cache",
                text=f"Hub caches this action's responses for {ConsoleState.cache}. Turn this on to call the API anyway.",
                of=ConsoleState,
            ),
        ),
        ui.row(
            ui.submit_button("Run", busy=ConsoleState.busy),
            rx.cond(
                ConsoleState.cache != "",
                ui.button("Clear the cache", "ghost", on_click=ConsoleState.clear_cache),
            ),
        ),
        on_submit=ConsoleState.run,
    )
    return ui.card(
        ui.stack(
            rx.el.p(
                ui.method_badge(ConsoleState.method),
                rx.el.span(ConsoleState.endpoint, class_name="hub-mono hub-break"),
                class_name="hub-row",
            ),
            rx.cond(
                ConsoleState.description != "", rx.el.p(ConsoleState.description, class_name="hub-text-2")
            ),
            rx.cond(
                SessionState.is_engineer,
                rx.cond(
                    ConsoleState.is_active,
                    whole,
                    ui.callout("Turn the connector on to run its actions.", title="This connector is off"),
                ),
                ui.only_line("Engineers can run actions."),
            ),
        ),
        title=ConsoleState.name,
    )


def _answer() -> rx.Component:
    said = rx.el.div(
        rx.cond(ConsoleState.ok, ui.badge("Succeeded", "success"), ui.badge("Failed", "danger")),
        rx.cond(ConsoleState.status != "", rx.el.span(ConsoleState.status, class_name="hub-mono hub-small")),
        rx.cond(
            ConsoleState.cached,
            ui.badge("From the cache", dot=False),
            rx.el.span(ConsoleState.duration, class_name="hub-small hub-text-2"),
        ),
        rx.cond(
            ConsoleState.pages > 1,
            rx.el.span(f"{ConsoleState.pages} pages", class_name="hub-small hub-text-2"),
        ),
        class_name="hub-row",
        role="status",
    )
    return ui.card(
        ui.stack(
            said,
            rx.cond(ConsoleState.failure != "", _failure()),
            rx.cond(
                ConsoleState.more,
                ui.callout(
                    "The API has more pages than the action's limits allow. Raise the limits to read more.",
                    title="There are more results",
                ),
            ),
            rx.cond(
                ConsoleState.data != "",
                ui.code(ConsoleState.data, label="Data", language="json"),
                rx.cond(
                    ConsoleState.ok,
                    rx.el.p("The response contains no data.", class_name="hub-small hub-text-2"),
                ),
            ),
            rx.cond(
                ConsoleState.cut,
                rx.el.p(
                    "Only the beginning is shown. Open the execution to see more.", class_name="hub-help"
                ),
            ),
        ),
        title="Response",
        actions=(
            ui.copy_button(ConsoleState.curl, "Copy as curl", small=True, show_label=True),
            ui.button_link("Open the execution", ConsoleState.href, small=True, keep_scroll=True),
        ),
    )


def _failure() -> rx.Component:
    way_out = rx.cond(ConsoleState.needs_credential, credential_link(""))
    return ui.callout(ConsoleState.advice, "danger", title=ConsoleState.failure, action=way_out, alert=True)
