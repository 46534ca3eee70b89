"""Lists: some rows at a time, by keyset, with the filters that the pages have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, get_origin
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import to_json

from api.problems import Problem
from common.pagination import Page, page_of
from common.wishes import MOST_CHOSEN, AskedFor

MOST = 100

#: What is told of each of some rows.
Tell = Callable[[list[Any]], Iterable[Mapping[str, Any]]]


def digits(value: Any) -> Any:
    """Digits alone: Python would take 1_0 and ١ for numbers, too."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("digits only")
    return value


Limit = Annotated[
    int, Field(ge=1, le=MOST, description="How many at most."), BeforeValidator(digits)
]
Cursor = Annotated[
    str | None,
    Field(max_length=1_000, description="From `next` of the page before, to go on behind it."),
]
Words = Annotated[
    str | None, Field(max_length=200, description="Words to look for, as in the search.")
]
Slugs = Annotated[list[str], Field(max_length=MOST_CHOSEN)]
Year = Annotated[int, Field(ge=1970, le=2200), BeforeValidator(digits)]


class Asked(BaseModel):
    """What stands behind the question mark of every list."""

    limit: Limit = 25
    after: Cursor = None


def page(
    request: HttpRequest,
    asked: Asked,
    rows: QuerySet,
    *,
    order: Sequence[str],
    told: Tell,
    unknown_last: bool = False,
) -> dict[str, Any]:
    """{"items", "next"}: the rows behind `after` in `order`, and the address of the next ones."""
    found = page_of(rows, request.GET, order=order, size=asked.limit, unknown_last=unknown_last)
    if asked.after is not None and found.rows and not found.previous_url:
        raise Problem(422, "There is no such cursor. Take `next` as it was answered.")
    return told_as_page(request, found, told)


def told_as_page(request: HttpRequest, found: Page, told: Tell) -> dict[str, Any]:
    here = f"{settings.SITE_ORIGIN}{request.path}"
    return {
        "items": list(told(found.rows)),
        "next": f"{here}{found.next_url}" if found.next_url else None,
    }


def as_json(told: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """What needs no look at each of its fields: they are made from what the schema says, and for a
    hundred rows that look takes as long as to make them. A test takes it instead."""
    content_type = "application/json; charset=utf-8"
    return HttpResponse(to_json(told), content_type=content_type, status=status)


def require_known(request: HttpRequest, asked: BaseModel) -> None:
    """Raise Problem for names that this list does not have: a filter that is left out would show
    everything."""
    unknown = sorted(set(request.GET) - set(type(asked).model_fields))
    if unknown:
        raise Problem(400, f"There is no filter {unknown[0][:40]!r} here.")
    for name, values in request.GET.lists():
        is_list = get_origin(type(asked).model_fields[name].annotation) is list
        if len(values) > 1 and not is_list:
            raise Problem(400, f"{name} is taken once.")
    if any("\0" in value for _, values in request.GET.lists() for value in values):
        raise Problem(422, "NUL stands for nothing here.")


def require_understood(request: HttpRequest, filters: AskedFor, names: Iterable[str]) -> None:
    """The same for values that name nothing this person can see."""
    for name in names:
        wish = filters.wishes.get(name)
        for value in request.GET.getlist(name):
            if wish is None or value not in wish.chosen:
                raise Problem(422, f"There is no {name} {value[:60]!r}.")


def link(path: str, **query: str) -> str:
    """An address of ours in full."""
    return f"{settings.SITE_ORIGIN}{path}" + (f"?{urlencode(query)}" if query else "")
