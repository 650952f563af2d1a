"""What stands between two people: signs, words, dashes."""

from hub_app.crm.people import words


def tokens_of(text: str) -> list[str]:
    for sign in words.SIGNS:
        text = text.replace(sign, f" {sign} ")
    return text.split()


def split(tokens: list[str], language: str) -> tuple[list[list[str]], float]:
    """The words between connectors, and how sure it is that they connect."""
    parts: list[list[str]] = [[]]
    confidence = 1.0
    in_capitals = " ".join(tokens).isupper()
    for at, token in enumerate(tokens):
        if _connects(tokens, at, language, in_capitals=in_capitals):
            parts.append([])
            if token in words.DASHES:
                confidence = 0.8
        else:
            parts[-1].append(token)
    return [part for part in parts if part], confidence


def _connects(tokens: list[str], at: int, language: str, *, in_capitals: bool) -> bool:
    token = tokens[at]
    if token in words.SIGNS:
        return True
    if at in {0, len(tokens) - 1}:
        return False
    lower = token.lower()
    if token in words.DASHES or lower in {"and", "und"}:
        return True
    same_case = token.islower() or in_capitals
    if lower in words.CONNECTORS and same_case:
        return True
    if lower in words.SHORT_CONNECTORS.values() and same_case:
        between_titles = {words.bare(tokens[at - 1]), words.bare(tokens[at + 1])} <= words.TITLES
        return between_titles or words.SHORT_CONNECTORS.get(language) == lower
    return False
