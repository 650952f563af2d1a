"""What went wrong with a call, and what to do about it."""

from hub_app.ui import words

_ADVICE = {
    "rate_limited": "The API asked for fewer calls. Run it again after that time.",
    "status": "The response says what the API made of it.",
    "auth": "The API refused the credential. Save one that is valid, under Credentials.",
    "credential": "Save a credential for this connector, under Credentials.",
    "params": "Correct the parameters and run it again.",
    "dns": "Check the host name in the connector's base URL.",
    "connect": "Check that the API is running and can be reached from here.",
    "tls": "Check the API's certificate and that it speaks https.",
    "timeout": "The API took too long. Ask it for less, or try again later.",
    "refused_address": "Hub calls public addresses only. Change the connector's base URL.",
    "too_large": "Ask for less: fewer rows a page, or a narrower search.",
    "protocol": "Check that the base URL is that of a REST API.",
    "invalid_json": "The response is no JSON. Check the action's path: this may be a web page.",
    "selection": "Look at the response, and correct what the action selects of it.",
    "pagination": "Look at the response, and correct how the action turns pages.",
}


def advice(kind: str) -> str:
    """What to do about an error of this kind; "" for none."""
    return _ADVICE.get(kind, "")


def title(kind: str, status_code: int | None) -> str:
    """An execution's error in a line, when it has no sentence of its own."""
    return (
        f"The API answered {words.phrase(status_code)}."
        if status_code is not None
        else words.answer(None, kind)
    )
