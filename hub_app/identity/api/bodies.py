"""Bodies of the routes around signing in: JSON, or what a browser's form sends."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import orjson
from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from hub_app.kernel.validation import field_errors, refusals

In = TypeVar("In", bound=BaseModel)


def described(schema: type[BaseModel]) -> dict[str, Any]:
    """The OpenAPI text of such a body."""
    body = {"schema": schema.model_json_schema(ref_template="#/components/schemas/{model}")}
    body["schema"].pop("$defs", None)
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": body, "application/x-www-form-urlencoded": body},
        }
    }


def given(schema: type[In]) -> Any:
    """A dependency that reads such a body."""

    async def read(request: Request) -> In:
        try:
            return await _read(request, schema)
        except ValidationError as error:
            raise _refused(error) from None

    return Depends(read)


async def read_checking(
    request: Request, schema: type[In], field: str, check: Callable[[str], Awaitable[object]]
) -> In:
    """Such a body. Where it is refused, the text in `field` is checked all the same, by what raises Invalid: people read at once
    all that is wrong.
    """
    try:
        return await _read(request, schema)
    except ValidationError as error:
        text = (await _fields(request)).get(field)
        with refusals() as refused:
            if isinstance(text, str):
                refused.errors += field_errors(error.errors())
                if all(one.field != field for one in refused.errors):
                    await check(text)
        raise _refused(error) from None


async def _read(request: Request, schema: type[In]) -> In:
    if _is_form(request):
        return schema.model_validate(await _fields(request))
    return schema.model_validate_json(await request.body())


async def _fields(request: Request) -> dict[str, Any]:
    if _is_form(request):
        return dict(await request.form())
    try:
        found = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


def _refused(error: ValidationError) -> RequestValidationError:
    return RequestValidationError(error.errors(include_url=False, include_input=False))
