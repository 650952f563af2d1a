from typing import Any

import reflex as rx

from hub_app.ui.elements import CustomElement, Text


def file_drop(
    name: str, label: str, *, action: Text, then: Text, answer: str, text: str = "", accept: str = ""
) -> rx.Component:
    """A place for a file, which is sent to the REST route `action` as soon as it is dropped or chosen (assets/hub/drop.js). The
    page goes on to the address `then`, with what the response calls `answer` at its end.

    file_drop("file", "Drop a CSV file here", action=I.action, then=I.then, answer="file_id", accept=".csv")
    """
    attributes: dict[str, Any] = {
        "data-action": action,
        "data-then": then,
        "data-answer": answer,
        "data-label": label,
        "data-help": text,
        "data-accept": accept,
    }
    return CustomElement.create(tag="drop", id=name, class_name="hub-drop", custom_attrs=attributes)
