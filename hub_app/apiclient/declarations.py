"""What is declared of an API: where its responses have what, and how its lists are read."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from hub_app.kernel import selection
from hub_app.kernel.fields import Input, Text
from hub_app.kernel.validation import NO_SPACES, matching


def _jmespath(value: str) -> str:
    selection.check(value)
    return value


JmesPath = Annotated[
    Text, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_jmespath)
]
QueryName = Annotated[str, matching(r"^[\x21-\x7e]+$", NO_SPACES, most=100)]


class Pagination(Input):
    """How a list is read page by page. `items` is where a page's rows lie: a JMESPath, empty for the whole response.

    `page` counts up `parameter`; `cursor` sends back in `parameter` what `next` finds in the response; `link` follows the
    response's `Link: <…>; rel="next"` header, below the base URL only.
    """

    type: Literal["none", "page", "cursor", "link"] = "none"
    parameter: QueryName = "page"
    start: int = Field(default=1, ge=0, le=1_000_000)
    next: JmesPath = ""
    items: JmesPath = ""
    size_parameter: Annotated[str, matching(r"^[\x21-\x7e]*$", NO_SPACES, most=100)] = ""
    size: int = Field(default=100, ge=1, le=1000)
    max_pages: int = Field(default=10, ge=1, le=100)
    max_items: int = Field(default=1000, ge=1, le=10_000)

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> "Pagination":
        if self.type == "cursor" and not self.next:
            raise ValueError("needs `next`: where the response has the next page's cursor")
        return self
