"""Phone numbers as this API answers them, which is not as they were sent."""

from typing import cast

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat
from pydantic import JsonValue

_COUNTRY = "US"
_LONGEST = 24


def phone(sent: JsonValue) -> JsonValue:
    """The object that a number becomes: of one that is none, the text alone. TypeError, or ValueError, for what is no number's object."""
    if sent is None:
        return None
    if not isinstance(sent, dict):
        raise TypeError("must be an object")
    text = sent.get("e164") or sent.get("telUri") or sent.get("formatted")
    if text is None:
        return None
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise ValueError(f"must have at most {_LONGEST} characters")
    made: dict[str, JsonValue] = dict.fromkeys(
        ("id", "formatted", "e164", "extension", "telUri", "dialCode", "countryCode")
    )
    try:
        number = phonenumbers.parse(text, cast("str", sent.get("countryCode") or _COUNTRY).upper())
    except NumberParseException:
        return {**made, "formatted": text}
    return {
        **made,
        "formatted": phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        "e164": phonenumbers.format_number(number, PhoneNumberFormat.E164),
        "extension": int(number.extension) if number.extension else None,
        "telUri": phonenumbers.format_number(number, PhoneNumberFormat.RFC3966),
        "dialCode": number.country_code,
        "countryCode": (phonenumbers.region_code_for_number(number) or "").lower() or None,
    }
