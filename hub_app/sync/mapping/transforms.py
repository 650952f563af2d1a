"""What may be done to a value on its way in, as people declare it."""

from datetime import datetime
from typing import Annotated, Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers import SUPPORTED_REGIONS
from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    FiniteFloat,
    StringConstraints,
    Tag,
    field_validator,
    model_validator,
)

from hub_app.kernel.fields import Input, Text

MAX_WORDS = 50
MAX_TABLE = 500
_SAMPLE = datetime(2003, 12, 31, 23, 58, 59)  # noqa: DTZ001 - a format is tried on a time as it is written

Word = Annotated[Text, StringConstraints(max_length=200)]


def _region(value: str) -> str:
    if value and value.upper() not in SUPPORTED_REGIONS:
        raise ValueError("must be a country of two letters, such as GB")
    return value.upper()


def _zone(value: str) -> str:
    try:
        if value:
            ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone such as Europe/London") from None
    return value


def _date_format(value: str) -> str:
    try:
        read = datetime.strptime(_SAMPLE.strftime(value), value)  # noqa: DTZ007 - as above
    except Exception:  # noqa: BLE001 - strptime makes a regular expression of it, and fails in many ways
        read = None
    if read is None or read.date() != _SAMPLE.date():
        raise ValueError("must have the year, the month and the day, as %d.%m.%Y has")
    return value


Region = Annotated[str, StringConstraints(max_length=2), AfterValidator(_region)]
Zone = Annotated[Text, StringConstraints(max_length=64), AfterValidator(_zone)]
DateFormat = Annotated[Text, StringConstraints(min_length=1, max_length=50), AfterValidator(_date_format)]


class Trim(Input):
    """Without spaces at both ends."""

    name: Literal["trim"] = "trim"


class Lower(Input):
    """In lowercase."""

    name: Literal["lower"] = "lower"


class Title(Input):
    """Each word with a capital, where it is all in lowercase or all in capitals."""

    name: Literal["title"] = "title"


class Phone(Input):
    """A phone number; one without a country code is one of `region`."""

    name: Literal["phone"] = "phone"
    region: Region = ""


class Date(Input):
    """A date, or a time, in one of `formats` (strptime's). Without formats: in any usual spelling, `day_first` saying what
    3/4/2026 is. A time without an offset is one of `time_zone`, UTC when there is none.
    """

    name: Literal["date"] = "date"
    formats: Annotated[list[DateFormat], Field(max_length=10)] = Field(default_factory=list[str])
    day_first: bool = False
    time_zone: Zone = ""


class Number(Input):
    """A number, also out of text such as `(4,500.00)`. `scale`: with 2, a hundred of the source's units are one."""

    name: Literal["number"] = "number"
    decimal_mark: Literal[".", ","] = "."
    scale: int = Field(default=0, ge=0, le=9)


class Boolean(Input):
    """True or false by these words, in any case. Without words: by those that are usual in English."""

    name: Literal["boolean"] = "boolean"
    true_words: Annotated[list[Word], Field(max_length=MAX_WORDS)] = Field(default_factory=list[str])
    false_words: Annotated[list[Word], Field(max_length=MAX_WORDS)] = Field(default_factory=list[str])

    @model_validator(mode="after")
    def _either(self) -> "Boolean":
        true, false = ({folded_word(one) for one in words} for words in (self.true_words, self.false_words))
        if true & false:
            raise ValueError(f"the word {min(true & false)!r} cannot stand for both true and false")
        return self


class Split(Input):
    """The parts of a text: all of them, or the one at `index`, counted from 0, from the end with -1."""

    name: Literal["split"] = "split"
    separator: Annotated[str, StringConstraints(min_length=1, max_length=10)] = ","
    index: int | None = Field(default=None, ge=-100, le=99)


class Lookup(Input):
    """The text that the table has for a text, in any case; `default` for others. Without it these cannot be read."""

    name: Literal["lookup"] = "lookup"
    table: Annotated[dict[Word, Word], Field(min_length=1, max_length=MAX_TABLE)]
    default: Word | None = None

    @field_validator("table")
    @classmethod
    def _each_word_once(cls, value: dict[str, str]) -> dict[str, str]:
        if len({folded_word(one) for one in value}) < len(value):
            raise ValueError("must have each word once, whatever its case")
        return value


class Constant(Input):
    """The same value for every record."""

    name: Literal["constant"] = "constant"
    value: Annotated[Text, StringConstraints(max_length=1000)] | bool | int | FiniteFloat


_NAMES = ("trim", "lower", "title", "phone", "date", "number", "boolean", "split", "lookup", "constant")


def _name(value: object) -> str | None:
    """Which transform this is. Pydantic finds it by itself only where no validator looks at the name first."""
    name = (
        cast("dict[str, object]", value).get("name")
        if isinstance(value, dict)
        else getattr(value, "name", None)
    )
    return name if isinstance(name, str) else None


Transform = Annotated[
    Annotated[Trim, Tag("trim")]
    | Annotated[Lower, Tag("lower")]
    | Annotated[Title, Tag("title")]
    | Annotated[Phone, Tag("phone")]
    | Annotated[Date, Tag("date")]
    | Annotated[Number, Tag("number")]
    | Annotated[Boolean, Tag("boolean")]
    | Annotated[Split, Tag("split")]
    | Annotated[Lookup, Tag("lookup")]
    | Annotated[Constant, Tag("constant")],
    Discriminator(
        _name,
        custom_error_type="transform",
        custom_error_message=f"must have a name, one of {', '.join(_NAMES)}",
    ),
]


def folded_word(text: str) -> str:
    """A word as it is compared with those of a table."""
    return text.strip().casefold()
