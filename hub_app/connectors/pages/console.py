"""The run tab of a connector: choose an action, fill in its form, see what comes back."""

import reflex as rx

from hub_app.connectors.pages.execution import credential_link, execution_drawer
from hub_app.connectors.pages.executions import last_runs
from hub_app.connectors.pages.parts import method_badge
from hub_app.connectors.state.console import Console
from hub_app.ui.components import (
    badge,
    button,
    button_link,
    callout,
    card,
    code,
    copy_button,
    empty,
    form,
    only_line,
    side_list,
    skeleton,
    submit_button,
    switch_field,
)
from hub_app.ui.components.parameters import parameter_fields
from hub_app.ui.session import Session


def run_tab() -> rx.Component:
    found = rx.cond(
        Console.action != "",
        side_list(
            "Actions",
            Console.links,
            _form(),
            rx.cond(Console.answered, rx.el.div(_answer(), id="answer")),
            card(last_runs(), title="Last runs of this action", flush=True),
            entry=lambda row: rx.fragment(method_badge(row.method), row.name),
            href=lambda row: row.href,
            current=lambda row: row.id == Console.action,
        ),
        card(
            empty(
                "terminal",
                "No actions to run",
                "An action is one call of the API. Add one to this connector, then run it here.",
                button_link("Actions", "?tab=actions"),
            ),
            flush=True,
        ),
    )
    return rx.fragment(rx.cond(Console.loaded, found, skeleton(6)), execution_drawer())


def _form() -> rx.Component:
    fields = rx.cond(
        Console.fields.length() > 0,
        rx.fragment(parameter_fields(Console.fields, Console.errors)),
        rx.el.p("This action takes no parameters.", class_name="hub-small hub-text-2"),
    )
    whole = form(
        fields,
        rx.cond(
            Console.cache != "",
            switch_field(
                "fresh",
                "Pass by the cache",
                text=f"Hub keeps this action's answers for {Console.cache}. On: ask the API all the same.",
                errors=Console.errors,
            ),
        ),
        rx.el.div(
            submit_button("Run", busy=Console.busy),
            rx.cond(Console.cache != "", button("Clear the cache", "ghost", on_click=Console.clear_cache)),
            class_name="hub-row",
        ),
        on_submit=Console.run,
    )
    return card(
        rx.el.div(
            rx.el.p(
                method_badge(Console.method),
                rx.el.span(Console.endpoint, class_name="hub-mono hub-break"),
                class_name="hub-row",
            ),
            rx.cond(Console.description != "", rx.el.p(Console.description, class_name="hub-text-2")),
            rx.cond(
                Session.is_engineer,
                rx.cond(
                    Console.is_active,
                    whole,
                    callout("Turn it on to run its actions.", title="This connector is off"),
                ),
                only_line("Engineers can run actions."),
            ),
            class_name="hub-stack",
        ),
        title=Console.name,
    )


def _answer() -> rx.Component:
    said = rx.el.div(
        rx.cond(Console.ok, badge("Succeeded", "success"), badge("Failed", "danger")),
        rx.cond(Console.status != "", rx.el.span(Console.status, class_name="hub-mono hub-small")),
        rx.cond(
            Console.cached,
            badge("From the cache", dot=False),
            rx.el.span(Console.duration, class_name="hub-small hub-text-2"),
        ),
        rx.cond(Console.pages > 1, rx.el.span(f"{Console.pages} pages", class_name="hub-small hub-text-2")),
        class_name="hub-row",
        role="status",
    )
    return card(
        rx.el.div(
            said,
            rx.cond(Console.trouble != "", _trouble()),
            rx.cond(
                Console.more,
                callout(
                    "The API has more pages than the action's limits let Hub read. Raise the limits to get more.",
                    title="There is more",
                ),
            ),
            rx.cond(
                Console.data != "",
                code(Console.data, label="Data", language="json"),
                rx.cond(Console.ok, rx.el.p("The answer holds no data.", class_name="hub-small hub-text-2")),
            ),
            rx.cond(
                Console.cut,
                rx.el.p(
                    "Only the beginning is shown. The execution has more of the answer.",
                    class_name="hub-help",
                ),
            ),
            class_name="hub-stack",
        ),
        title="Answer",
        actions=(
            copy_button(Console.curl, "Copy as curl", small=True, show_label=True),
            button_link("Open the execution", Console.href, small=True, keep_scroll=True),
        ),
    )


def _trouble() -> rx.Component:
    way_out = rx.cond(Console.needs_credential, credential_link(""))
    return callout(Console.advice, "danger", title=Console.trouble, action=way_out, alert=True)
