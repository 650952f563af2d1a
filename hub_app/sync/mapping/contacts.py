"""E-mail addresses and phone numbers. What looks odd is kept as it was typed, with a warning: it may be all that there is."""

import re
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat

_LONGEST_PHONE = 60
_LONGEST_EMAIL = 320
_TYPED = re.compile(r"[0-9+()./\s\u2010-\u2015\u2212-]+")
# Most addresses; the validator takes twenty times as long.
_ORDINARY = re.compile(r"[A-Za-z0-9_+-]++(?:\.[A-Za-z0-9_+-]++)*+@(?:[A-Za-z0-9]++\.)++[A-Za-z]{2,24}")


def email_of(text: str) -> tuple[str, str]:
    """The address with its domain in lowercase, and what is odd about it, "" if nothing is."""
    local, at, domain = text.rpartition("@")
    if not at:
        return text, "is no e-mail address"
    made = f"{local}@{domain.lower()}"
    if len(made) <= _LONGEST_EMAIL and (_ORDINARY.fullmatch(made) or _is_address(made)):
        return made, ""
    return made, "is no usual e-mail address"


@lru_cache(maxsize=1024)
def _is_address(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False)
    except (EmailNotValidError, ValueError):
        return False
    return True


@lru_cache(maxsize=8192)
def phone_of(text: str, region: str) -> tuple[str, str]:
    """The number in E.164, and what is odd about it, "" if nothing is. One that is odd is as it was typed."""
    if len(text) > _LONGEST_PHONE:
        return text, "is no phone number"
    try:
        number = phonenumbers.parse(text, region or None)
    except NumberParseException as error:
        no_country = error.error_type == NumberParseException.INVALID_COUNTRY_CODE
        return text, "has no country code" if no_country else "is no phone number"
    if number.extension:
        return text, "has an extension"
    # The library leaves out what it does not take for part of the number, such as a second one, or a name.
    national = phonenumbers.national_significant_number(number)
    typed = "".join(one for one in text if one.isdigit())
    if not _TYPED.fullmatch(text) or not typed.endswith(national):
        return text, "holds more than a phone number"
    if not _is_valid(number):
        return text, "is no valid phone number"
    return phonenumbers.format_number(number, PhoneNumberFormat.E164), ""


def _is_valid(number: phonenumbers.PhoneNumber) -> bool:
    """Of several countries that share a code the largest is asked first: it knows nearly all of them."""
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return phonenumbers.is_valid_number_for_region(number, region) or phonenumbers.is_valid_number(number)
