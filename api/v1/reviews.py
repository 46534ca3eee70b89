"""Reviews: how far each is, its working text for those who read it, and what was published."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import BeforeValidator, Field

from api.v1.door import FILING, READING, Scope, Token, Told
from api.v1.incidents import answer
from api.v1.lists import Asked, Words, digits, link, page, require_known
from api.v1.words import Reference, ReviewState, one_of
from common.downloads import iso
from people.models import User
from postmortems import listing, noting, permissions, plain
from postmortems.models import Publication, Review, Section

router = Router(tags=["Reviews"])
Revision = Annotated[int, Field(ge=1, le=10_000), BeforeValidator(digits)]
_VIEWS = ("mine", "invited", "waiting", "published", "archived", "not-needed")


class ReviewTold(Told):
    reference: str
    address: str
    title: str
    state: ReviewState
    depth: str
    team: str
    requested_at: str
    due_on: str | None
    meeting_at: str | None
    published_at: str | None


class Reviews(Told):
    items: list[ReviewTold]
    next: str | None


class SectionTold(Told):
    kind: one_of(Section.Kind.values)
    text: str
    version: int


class DraftTold(Told):
    reference: str
    state: ReviewState
    trigger: str
    sections: list[SectionTold]


class PublicationTold(Told):
    reference: str
    address: str
    title: str
    revision: int
    published_at: str
    is_latest: bool
    content: dict[str, Any] | None = Field(
        description="All that was published; null in lists. docs/exports.md tells its form."
    )


class Publications(Told):
    items: list[PublicationTold]
    next: str | None


class AskedForReviews(Asked):
    view: one_of(_VIEWS) | None = None
    stage: list[ReviewState] = []
    q: Words = None


class AskedForRevision(Asked):
    revision: Revision | None = Field(None, description="An earlier one; else the latest.")


def find(reader: User, reference: str) -> Review:
    visible = Review.objects.visible_to(reader).select_related("incident__team")
    visible = visible.annotate(covers_restricted=noting.covers_restricted("pk"))
    review: Review = get_object_or_404(visible, incident__reference=reference)
    noting.note(reader, review, covers_restricted=review.covers_restricted)
    return review


def _tell(reviews: Iterable[Review]) -> list[dict[str, Any]]:
    return [
        {
            "reference": review.reference,
            "address": link(review.get_absolute_url()),
            "title": review.incident.title,
            "state": review.state,
            "depth": review.depth,
            "team": review.incident.team.name,
            "requested_at": iso(review.requested_at),
            "due_on": review.due_on.isoformat() if review.due_on else None,
            "meeting_at": iso(review.meeting_at),
            "published_at": iso(review.published_at),
        }
        for review in reviews
    ]


@router.get("/reviews", response={200: Reviews, **READING}, auth=Token())
def list_reviews(request: HttpRequest, asked: Query[AskedForReviews]) -> Any:
    """All that are known, the newest first, or those of one tab of the page."""
    require_known(request, asked)
    wanted = {"q": asked.q or ""}
    rows = listing.rows(request.user, view=asked.view or listing.ALL, wanted=wanted)
    if asked.stage:
        rows = rows.filter(state__in=asked.stage)
    rows = rows.visible_to(request.auth.reader)
    return page(request, asked, rows, order=("-requested_at", "-pk"), told=_tell)


@router.get(
    "/reviews/{reference:reference}",
    response={200: ReviewTold, 304: None, **READING},
    auth=Token(find=find),
)
def read_review(request: HttpRequest, reference: Reference, response: HttpResponse) -> Any:
    """How far it is. It goes by the reference of its incident."""
    return answer(request, response, _tell([request.found])[0])


@router.get(
    "/reviews/{reference:reference}/draft",
    response={200: DraftTold, 304: None, **FILING},
    auth=Token(Scope.WRITE, find=find, may=permissions.can_read_draft),
)
def read_draft(request: HttpRequest, reference: Reference, response: HttpResponse) -> Any:
    """The working text, for those who may read it on the page. Needs a token that writes."""
    review: Review = request.found
    told = {
        "reference": review.reference,
        "state": review.state,
        "trigger": review.trigger,
        "sections": [
            {"kind": section.kind, "text": section.text, "version": section.version}
            for section in review.sections.order_by("pk")
        ],
    }
    return answer(request, response, told)


# What was published -----------------------------------------------------------------------------
def find_publications(reader: User, reference: str) -> list[Publication]:
    """All revisions of one, the latest first, without what they hold."""
    rows = Publication.objects.visible_to(reader).filter(review__incident__reference=reference)
    rows = rows.select_related("review__incident").defer("snapshot", "replacements")
    rows = rows.annotate(covers_restricted=noting.covers_restricted("review"))
    found = list(rows.order_by("-revision"))
    if not found:
        raise Http404
    noting.note(reader, found[0].review, covers_restricted=found[0].covers_restricted)
    return found


def _published(publication: Publication, *, is_latest: bool, whole: bool) -> dict[str, Any]:
    return {
        "reference": publication.review.reference,
        "address": link(publication.review.get_absolute_url()),
        "title": publication.title,
        "revision": publication.revision,
        "published_at": iso(publication.published_at),
        "is_latest": is_latest,
        "content": plain.as_data(publication) if whole else None,
    }


@router.get("/publications", response={200: Publications, **READING}, auth=Token())
def list_publications(request: HttpRequest, asked: Query[Asked]) -> Any:
    """The latest revision of each published review, the newest first, without their content."""
    require_known(request, asked)
    visible = Publication.objects.visible_to(request.auth.reader).latest_of_each()
    return page(
        request,
        asked,
        visible.select_related("review__incident").defer("snapshot", "replacements"),
        order=("-published_at", "-pk"),
        told=lambda rows: [_published(row, is_latest=True, whole=False) for row in rows],
    )


@router.get(
    "/publications/{reference:reference}",
    response={200: PublicationTold, 304: None, **READING},
    auth=Token(find=find_publications),
)
def read_publication(
    request: HttpRequest,
    reference: Reference,
    asked: Query[AskedForRevision],
    response: HttpResponse,
) -> Any:
    """What was published, with its content."""
    require_known(request, asked)
    latest, *_ = request.found
    wanted = asked.revision or latest.revision
    chosen = next((one for one in request.found if one.revision == wanted), None)
    if chosen is None:
        raise Http404
    told = _published(chosen, is_latest=chosen is latest, whole=True)
    return answer(request, response, told)
