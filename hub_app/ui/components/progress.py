import reflex as rx

from hub_app.ui.elements import Text


def progress(
    done: int | rx.Var[int], total: int | rx.Var[int], *, label: Text, text: Text = ""
) -> rx.Component:
    """How far something is; `text` says it in words, with rate and time left where they are known.

    progress(Job.done, Job.total, label="Import", text=Job.progress_text)
    """
    return rx.el.div(
        rx.el.progress(value=done, max=total, class_name="hub-progress", custom_attrs={"aria-label": label}),
        *([rx.el.div(text, class_name="hub-small hub-text-2")] if isinstance(text, rx.Var) or text else []),
        class_name="hub-stack-tight",
    )
