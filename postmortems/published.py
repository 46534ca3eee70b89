"""The page of a published review for one reader: what it depends on, and all it shows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, SmallIntegerField, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.text import Truncator

from common.models import Draft
from people.models import User
from postmortems import comments, permissions, pulse, reading, sealing
from postmortems.models import Comment, Protection, Publication, PulseCount, Review, Seal

State = Review.State
#: The longest description of a page that others show beside a link to it.
_LONGEST_PREVIEW = 200


@dataclass(frozen=True)
class Rights:
    may_revise: bool
    may_bring_back: bool
    may_call: bool
    writes_public: bool
    reads_draft: bool
    may_answer: bool

    @classmethod
    def of(cls, user: User, review: Review) -> Rights:
        guides = permissions.can_guide(user, review)
        reads = permissions.can_read_draft(user, review)
        return cls(
            may_revise=guides and review.state == State.PUBLISHED,
            may_bring_back=guides and review.state == State.ARCHIVED,
            may_call=reads,
            writes_public=permissions.can_write_public(user, review),
            reads_draft=reads and review.state not in {State.PUBLISHED, State.ARCHIVED},
            may_answer=pulse.may_answer(review, user),
        )


@dataclass(frozen=True)
class Edition:
    """What the page depends on, in five statements; a sixth for a review that a later one
    replaced."""

    # Without its snapshot, which never changes: it is read when the page is sent.
    publication: Publication
    rights: Rights
    # [(key, version, settled at)] of what readers said.
    said: list[tuple[int, int, datetime | None]]
    superseded_by: Review | None

    @classmethod
    def of(cls, user: User, reference: str, revision: int | None) -> Edition | None:
        """Of the revision asked for, or of the latest one; None where there is nothing to see."""
        found = (
            Publication.objects.visible_to(user)
            .filter(review__incident__reference=reference)
            .select_related("review__incident__team")
            .defer("snapshot", "replacements")
            .annotate(**_around(user, reference))
            .order_by("-revision")
        )
        if revision is not None:
            found = found.filter(revision=revision)
        publication = found.first()
        if publication is None:
            return None
        review = publication.review
        said = review.comments.at(Comment.PUBLISHED).order_by("pk")
        return cls(
            publication,
            Rights.of(user, review),
            list(said.values_list("pk", "version", "settled_at")),
            _superseding(user, review),
        )

    @property
    def review(self) -> Review:
        return self.publication.review

    @property
    def parts(self) -> tuple[object, ...]:
        """All the page shows that can change, for common.seen_again. Nothing of the working text
        and no pulse that is not shown yet: who looks often must not learn that something moved."""
        publication, review, later = self.publication, self.review, self.superseded_by
        is_shown = (publication.answers or 0) >= pulse.ENOUGH
        return (
            publication.pk,
            publication.latest,
            publication.typed_at,
            (publication.sealed_on, publication.seal_after_days),
            publication.answers if is_shown else None,
            review.state == State.ARCHIVED and review.archived_reason,
            (review.facilitator_id, review.incident.visibility),
            later and (later.pk, later.incident.title),
            self.rights,
            self.said,
        )

    @property
    def changed_at(self) -> datetime:
        settled = [at for _, _, at in self.said if at]
        known = [self.publication.published_at, self.publication.spoken_at, *settled]
        return max(at for at in known if at)


def _around(user: User, reference: str) -> dict[str, Subquery]:
    """What changes around a publication, each as one value of the same statement."""
    here = {"review": OuterRef("review")}
    said = Comment.objects.at(Comment.PUBLISHED).filter(**here)
    counts = PulseCount.objects.filter(question=PulseCount.Question.LEARNED, **here)
    typed = Draft.objects.filter(owner=user, form=f"comment-{reference}-{Comment.PUBLISHED}")
    # -1 is "never", which is not the same as "as it comes": no row.
    days = Coalesce("seal_after_days", -1, output_field=SmallIntegerField())
    return {
        "latest": _over(Publication.objects.filter(**here), Max("revision")),
        "spoken_at": _over(said, Max("created_at")),
        "answers": _over(counts, Sum("count")),
        "sealed_on": _over(Seal.objects.filter(**here), Max("sealed_on")),
        "seal_after_days": Subquery(Protection.objects.filter(pk=1).values(days=days)[:1]),
        "typed_at": Subquery(typed.values("saved_at")[:1]),
    }


def _over(rows: QuerySet, total: Max | Sum) -> Subquery:
    return Subquery(rows.order_by().values("review").annotate(of_all=total).values("of_all"))


def _superseding(user: User, review: Review) -> Review | None:
    if not review.superseded_by_id:
        return None
    visible = Review.objects.visible_to(user).filter(pk=review.superseded_by_id)
    return visible.select_related("incident").first()


def page(user: User, edition: Edition) -> dict[str, Any]:
    """Everything the template shows."""
    publication, review = edition.publication, edition.review
    report = reading.read(publication.snapshot, reader_zone=user.zone)
    words = report.get("lede") or report.get("impact", "")
    return {
        "publication": publication,
        "review": review,
        "incident": review.incident,
        "report": report,
        "contents": reading.contents(report),
        "latest": publication.latest,
        **asdict(edition.rights),
        "superseded_by": edition.superseded_by,
        "revisions": list(
            review.publications.order_by("-revision").values("revision", "published_at")
        ),
        "pulse": pulse.of(review),
        "sealing": sealing.standing(review),
        "thread": comments.threads(
            review,
            user,
            list(review.participants.all()),
            may_speak=True,
            only=Comment.PUBLISHED,
        )[Comment.PUBLISHED],
        # What is restricted says nothing of itself beside a link to it.
        "preview": None
        if review.incident.is_restricted
        else Truncator(words).chars(_LONGEST_PREVIEW),
    }
