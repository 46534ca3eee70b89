"""The page of a published review for one reader: what it depends on, and all it shows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import (
    Count,
    Exists,
    F,
    Max,
    Model,
    OuterRef,
    QuerySet,
    SmallIntegerField,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce, JSONObject

from common import languages
from common.models import Draft
from common.prepared import Prepared
from incidents.models import Incident
from incidents.permissions import keep_standing, standing_columns
from people.models import User
from postmortems import comments, noting, permissions, published_text, pulse, sealing
from postmortems.models import (
    Comment,
    Participant,
    Protection,
    Publication,
    PulseCount,
    Review,
    Seal,
)

State = Review.State
_Row = TypeVar("_Row", bound=Model)
#: What the page reads of each row: never a snapshot, which published_text.py keeps as HTML.
_OF_REVIEW = ("id", "state", "archived_reason", "facilitator_id", "superseded_by_id",
              "published_at", "incident_id")  # fmt: skip
_OF_INCIDENT = ("id", "reference", "visibility", "team_id")
_NEVER = -1


@dataclass(frozen=True)
class Rights:
    may_revise: bool
    may_bring_back: bool
    may_call: bool
    writes_public: bool
    reads_draft: bool
    may_answer: bool

    @classmethod
    def of(cls, user: User, review: Review, *, took_part: bool) -> Rights:
        guides = permissions.can_guide(user, review)
        reads = permissions.can_read_draft(user, review)
        return cls(
            may_revise=guides and review.state == State.PUBLISHED,
            may_bring_back=guides and review.state == State.ARCHIVED,
            may_call=reads,
            writes_public=permissions.can_write_public(user, review),
            reads_draft=reads and review.state not in {State.PUBLISHED, State.ARCHIVED},
            # Nobody else was asked.
            may_answer=took_part and pulse.may_answer(review, user),
        )


@dataclass(frozen=True)
class Edition:
    """What the page depends on, in one statement; one more for who took part, and for a review
    that a later one replaced."""

    review: Review
    rights: Rights
    superseded_by: Review | None
    #: The other columns of `_asked`.
    around: dict[str, Any]

    @classmethod
    def of(cls, user: User, reference: str, revision: int | None) -> Edition | None:
        """Of the revision asked for, or of the latest one; None where there is nothing to see."""
        if revision is None:
            rows = _LATEST.rows(reader=user.pk, reference=reference)
        else:
            rows = _REVISION.rows(reader=user.pk, reference=reference, revision=revision)
        if not rows:
            return None
        [row] = rows
        review = _taken(Review, _OF_REVIEW, row, "review")
        review.incident = _taken(Incident, _OF_INCIDENT, row, "incident")
        keep_standing(user, review.incident, row)
        rights = Rights.of(user, review, took_part=row["took_part"])
        return cls(review, rights, _superseding(user, review), row)

    @property
    def parts(self) -> tuple[object, ...]:
        """All the page shows that can change, for common.seen_again. Nothing of the working text
        and no pulse that is not shown yet: who looks often must not learn that something moved."""
        around, review, later = self.around, self.review, self.superseded_by
        return (
            around["pk"],
            around["latest"],
            around["typed_at"],
            (around["sealed_on"], around["seal_after_days"]),
            around["answers"] if self.has_pulse else None,
            review.state == State.ARCHIVED and review.archived_reason,
            (review.facilitator_id, review.incident.visibility),
            later and (later.pk, later.incident.title),
            self.rights,
            (around["said"], around["settled_at"]),
        )

    @property
    def changed_at(self) -> datetime:
        known = [self.around[name] for name in ("published_at", "spoken_at", "settled_at")]
        return max(at for at in known if at)

    @property
    def has_pulse(self) -> bool:
        return (self.around["answers"] or 0) >= pulse.ENOUGH

    @property
    def is_latest(self) -> bool:
        return bool(self.around["revision"] == self.around["latest"])


def _asked(reader: int, reference: str) -> QuerySet:
    """The publications of a review, and what changes around them, each as one value."""
    user, here = User(pk=reader), {"review": OuterRef("review")}
    said = Comment.objects.at(Comment.PUBLISHED).filter(**here)
    counts = PulseCount.objects.filter(question=PulseCount.Question.LEARNED, **here)
    typed = Draft.objects.filter(owner=user, form=f"comment-{reference}-{Comment.PUBLISHED}")
    took_part = Participant.objects.taking_part().filter(user=user, **here)
    # No row is "as it comes", and not "never".
    days = Coalesce("seal_after_days", _NEVER, output_field=SmallIntegerField())
    # Nothing can be said, changed or taken away that leaves all of these as they were.
    state_of_said = JSONObject(
        count=Count("pk"), last=Max("pk"), versions=Sum("version"), settled=Count("settled_at")
    )
    return (
        Publication.objects.visible_to(user)
        .filter(review__incident__reference=reference)
        .order_by("-revision")
        .values(
            "pk",
            "revision",
            "published_at",
            **{f"of_review_{name}": F(f"review__{name}") for name in _OF_REVIEW},
            **{f"of_incident_{name}": F(f"review__incident__{name}") for name in _OF_INCIDENT},
            **standing_columns(user, "review__incident"),
            took_part=Exists(took_part),
            covers_restricted=noting.covers_restricted("review"),
            latest=_over(Publication.objects.filter(**here), Max("revision")),
            said=_over(said, state_of_said),
            spoken_at=_over(said, Max("created_at")),
            settled_at=_over(said, Max("settled_at")),
            answers=_over(counts, Sum("count")),
            sealed_on=_over(Seal.objects.filter(**here), Max("sealed_on")),
            seal_after_days=Subquery(Protection.objects.filter(pk=1).values(days=days)[:1]),
            typed_at=Subquery(typed.values("saved_at")[:1]),
        )
    )


def _over(rows: QuerySet, total: Max | Sum | JSONObject) -> Subquery:
    return Subquery(rows.order_by().values("review").annotate(of_all=total).values("of_all"))


_LATEST = Prepared(lambda reader, reference: _asked(reader, reference)[:1],
                   reader=int, reference=str)  # fmt: skip
_REVISION = Prepared(
    lambda reader, reference, revision: _asked(reader, reference).filter(revision=revision),
    reader=int,
    reference=str,
    revision=int,
)


def _taken(model: type[_Row], names: tuple[str, ...], row: dict[str, Any], of: str) -> _Row:
    """A row of the model that knows these fields; another one it would look up."""
    in_order = [each.attname for each in model._meta.concrete_fields if each.attname in names]
    return model.from_db("default", in_order, [row[f"of_{of}_{name}"] for name in in_order])


def _superseding(user: User, review: Review) -> Review | None:
    if not review.superseded_by_id:
        return None
    visible = Review.objects.visible_to(user).filter(pk=review.superseded_by_id)
    return visible.select_related("incident").first()


def page(user: User, edition: Edition) -> dict[str, Any]:
    """Everything the template shows. What nobody said, typed or answered is not asked for."""
    around, review = edition.around, edition.review
    told = published_text.told(
        around["pk"],
        around["published_at"],
        user.zone,
        is_latest=edition.is_latest,
        language=languages.current(),
    )
    return {
        "publication": {"revision": around["revision"], "published_at": around["published_at"]},
        "review": review,
        "incident": review.incident,
        "told": told,
        "latest": around["latest"],
        **asdict(edition.rights),
        "superseded_by": edition.superseded_by,
        "revisions": _revisions(review) if around["latest"] > 1 else [],
        "pulse": _pulse(edition),
        "sealing": _sealing(edition),
        "thread": _thread(user, edition),
        # What is restricted says nothing of itself beside a link to it.
        "preview": None if review.incident.is_restricted else told.preview,
    }


def _revisions(review: Review) -> list[dict[str, Any]]:
    return list(review.publications.order_by("-revision").values("revision", "published_at"))


def _pulse(edition: Edition) -> pulse.Pulse | None:
    if edition.has_pulse:
        return pulse.of(edition.review)
    return None if edition.around["answers"] is None else pulse.TOO_FEW


def _sealing(edition: Edition) -> sealing.Standing:
    days = edition.around["seal_after_days"]
    return sealing.standing(
        sealed_on=edition.around["sealed_on"],
        published_at=edition.review.published_at,
        days=Protection().seal_after_days if days is None else None if days == _NEVER else days,
    )


def _thread(user: User, edition: Edition) -> comments.Thread:
    review, around = edition.review, edition.around
    if not (around["said"] or around["typed_at"]):
        return comments.Threads(review, may_speak=True, typed={})[Comment.PUBLISHED]
    people = list(review.participants.all())
    said = comments.threads(review, user, people, may_speak=True, only=Comment.PUBLISHED)
    return said[Comment.PUBLISHED]
