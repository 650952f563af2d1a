"""What selectors find in a page. It runs in a child process: whoever sends the page, and whoever writes a selector, may make it as
costly as they like.
"""

from typing import Any

from parsel import Selector, SelectorList

_LONGEST = 2_000
_MOST_ROWS = 500
_AROUND = 400
_MOST_INPUTS = 100


def text_of(found: Any) -> str:
    """The words of an element, with its line breaks."""
    parts = [
        part.strip() for part in found.xpath(".//text()[not(ancestor::script or ancestor::style)]").getall()
    ]
    return "\n".join(" ".join(part.split()) for part in parts if part)[:_LONGEST]


def around(page: Selector) -> str:
    """The first words of a page, to see what is there in place of what was expected."""
    return " ".join(text_of(page.xpath("//body") or page).split())[:_AROUND]


def list_of(html: str, row: str, link: str, following: str, empty: str) -> dict[str, Any]:
    """A list: of each row the address of its link, "" for none; the address of the next page; whether the list says that it is empty."""
    page = Selector(text=html)
    links = [_href(one, link) for one in page.css(row)[:_MOST_ROWS]]
    is_empty = bool(empty) and bool(page.css(empty))
    return {"links": links, "next": _href(page, following), "empty": is_empty, "around": around(page)}


def details_of(pages: list[str], fields: dict[str, str]) -> list[dict[str, Any]]:
    """Of each page what each selector finds: the text of an element, or the address of a link where it ends in `::href`."""
    found: list[dict[str, Any]] = []
    for html in pages:
        page = Selector(text=html)
        values = {name: _value(page, selector) for name, selector in fields.items()}
        found.append({"values": values, "around": around(page)})
    return found


def form_of(html: str, form: str) -> dict[str, Any] | None:
    """The sign-in form: where it is sent, and what it holds already, such as a token against forgery; None when there is none."""
    found = Selector(text=html).css(form)[:1]
    if not found:
        return None
    inputs = found.css("input[name]")[:_MOST_INPUTS]
    held = {
        str(one.attrib["name"]): str(one.attrib.get("value", ""))
        for one in inputs
        if one.attrib.get("type", "text").lower()
        not in {"checkbox", "radio", "submit", "button", "image", "file"}
    }
    return {"action": str(found.attrib.get("action", "")), "values": held}


def tried(html: str, selectors: dict[str, str]) -> dict[str, dict[str, Any]]:
    """How many elements each selector finds, and the text of the first."""
    page = Selector(text=html)
    found: dict[str, dict[str, Any]] = {}
    for name, selector in selectors.items():
        plain = selector.removesuffix("::href")
        elements = page.css(plain)
        first = _value(page, selector) or ""
        found[name] = {"count": len(elements), "first": first[:200]}
    return found


def check(selectors: dict[str, str]) -> dict[str, str]:
    """Which of these are no selectors, with the reason."""
    wrong: dict[str, str] = {}
    for name, selector in selectors.items():
        try:
            Selector(text="<p>").css(selector.removesuffix("::href"))
        except Exception as error:  # noqa: BLE001 - cssselect and lxml have many
            wrong[name] = str(error)[:200]
    return wrong


def _value(page: Selector, selector: str) -> str | None:
    found = page.css(selector.removesuffix("::href"))[:1]
    if not found:
        return None
    return str(found.attrib.get("href", "")) if selector.endswith("::href") else text_of(found)


def _href(page: "Selector | SelectorList[Selector]", selector: str) -> str:
    found = page.css(selector)[:1] if selector else None
    return str(found.attrib.get("href", "")).strip() if found else ""
