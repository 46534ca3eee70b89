"""The search for programs: the same words find the same as on the page."""

from __future__ import annotations

from html import unescape
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.html import strip_tags
from ninja import Query, Router
from pydantic import BaseModel, BeforeValidator, Field

from api.v1.door import READING, Token, Told
from api.v1.lists import digits, link, require_known
from config.searching import page as searching
from config.searching.places import Hit

router = Router(tags=["Search"])


class HitTold(Told):
    place: str = Field(description="Lesson, Review or Incident, in words.")
    reference: str
    title: str
    excerpt: str = Field(description="The part that holds the words.")
    address: str = Field(description="The page for people.")
    day: str | None
    incident: str | None = Field(description="Where it comes from, as far as you may know of it.")
    tags: list[str]


class Hits(Told):
    items: list[HitTold]
    count: int
    is_cut: bool = Field(description="There is more than what `count` says.")
    understood: list[str] = Field(description="The filters that were read out of the words.")
    next: str | None


class AskedSearch(BaseModel):
    q: Annotated[
        str,
        Field(max_length=500, description="As in the search field: k8s kind:incident after:2023"),
    ]
    page: Annotated[int, Field(ge=1, le=1_000), BeforeValidator(digits)] = 1


@router.get("/search", response={200: Hits, **READING}, auth=Token())
def search(request: HttpRequest, asked: Query[AskedSearch]) -> Any:
    """Lessons, reviews and incidents, best first, 1,000 at most."""
    require_known(request, asked)
    query = QueryDict(mutable=True)
    query.update({"q": asked.q, "page": str(asked.page)})
    found = searching.read(query, request.auth.reader)
    more = asked.page + 1
    return {
        "items": [_told(hit) for hit in found.hits],
        "count": len(found.answer.order),
        "is_cut": found.answer.is_cut,
        "understood": [f"{chip.label} {chip.words}" for chip in found.chips],
        "next": link(request.path, q=asked.q, page=str(more)) if found.pages.next_url else None,
    }


def _told(hit: Hit) -> dict[str, Any]:
    return {
        "place": hit.place,
        "reference": hit.reference,
        "title": unescape(strip_tags(hit.title)),
        "excerpt": unescape(strip_tags(hit.excerpt)),
        "address": f"{settings.SITE_ORIGIN}{hit.url}",
        "day": hit.day.isoformat() if hit.day else None,
        "incident": hit.incident.reference if hit.incident else None,
        "tags": list(hit.tags),
    }
