"""Companies among names."""

from hub_app.crm.people import words

_SEPARATORS = (", ", " (", " - ", " \u2013 ")
_COUPLE = 3


def parted(text: str) -> tuple[str, str]:
    """The person and the company of a text: `Ann Lee, Acme Ltd` has both, `Miller & Sons` a company alone."""
    for separator in _SEPARATORS:
        before, found, after = text.rpartition(separator)
        company = after.strip("() ")
        if found and is_company(company) and len(before.split()) > 1 and not is_company(before):
            return before, company
    return ("", text) if is_company(text) else (text, "")


def is_company(text: str) -> bool:
    """Whether a text ends as a company's name does: `Acme Ltd`, `Miller & Sons`, `Muster AG`. One word alone does not."""
    tokens = text.replace("&", " & ").replace("(", " ").replace(")", " ").split()
    if len(tokens) <= 1:
        return False
    before, last = tokens[-2], words.bare(tokens[-1])
    if before in words.SIGNS or before in words.CONNECTORS:
        # "Sarah & partner" are two people.
        return last in words.COMPANY_PARTNERS and not (last.startswith("partner") and len(tokens) <= _COUPLE)
    return last in words.COMPANY_WORDS or tokens[-1].rstrip(".") in words.COMPANY_IN_CAPITALS
