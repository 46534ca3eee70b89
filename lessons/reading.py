"""One lesson as one reader may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext

from common.gathered import Gathered
from common.prepared import Prepared
from incidents.permissions import standing_columns
from lessons import adopting, library, permissions, readership
from lessons.adopting import Reach
from lessons.models import Adoption, Lesson, Use
from lessons.querysets import LessonQuerySet
from lessons.readership import Used
from people.models import Membership, User
from postmortems.models import Review
from postmortems.permissions import can_read_draft

MOST_CHANGES = 20
#: From so many minutes on, the page has contents.
_LONG_READ = 2


@dataclass(frozen=True)
class Rights:
    may_edit: bool
    may_publish: bool
    may_unpublish: bool
    may_reread: bool
    may_curate: bool

    @classmethod
    def of(cls, user: User, lesson: Lesson) -> Rights:
        may_reread = permissions.can_reread(user, lesson)
        # Of what is published, whoever may edit it may say whether it is still true.
        may_edit = (may_reread or not lesson.is_published) and permissions.can_edit(user, lesson)
        return cls(
            may_edit=may_edit,
            may_publish=not lesson.is_published and permissions.can_publish(user, lesson),
            may_unpublish=lesson.is_published and permissions.can_unpublish(user, lesson),
            may_reread=may_reread,
            may_curate=lesson.is_published and permissions.can_curate(user),
        )


@dataclass(frozen=True)
class State:
    """A lesson with what stands around it, as its page and its paper show it."""

    lesson: Lesson
    source: Review | None
    rights: Rights
    # What was agreed in the review it comes from, as far as this reader may see it.
    changes: list[Any]
    # Whether this reader may follow it back to the card it was written from.
    shows_card: bool
    reach: Reach
    # The lesson that says it better by now, and those of which this one does.
    newer: Lesson | None
    supersedes: list[Lesson]
    used: Used

    @classmethod
    def of(cls, user: User, lesson: Lesson) -> State:
        source = library.sources(user, [lesson]).get(lesson.pk)
        changes = []
        if source:
            changes = _CHANGES.objects(reader=user.pk, review=source.pk)
        shows_card = bool(source and lesson.finding_id) and can_read_draft(user, source)
        used = readership.used(lesson, user)
        rights, reach = Rights.of(user, lesson), adopting.reach(user, lesson)
        around = Q(superseded_by=lesson)
        if lesson.superseded_by_id:  # as "or its key is none" it would be asked of every lesson
            around |= Q(pk=lesson.superseded_by_id)
        others = list(Lesson.objects.in_library(user).filter(around).order_by("pk"))
        newer = next((other for other in others if other.pk == lesson.superseded_by_id), None)
        older = [other for other in others if other != newer]
        return cls(lesson, source, rights, changes, shows_card, reach, newer, older, used)


_CHANGES = Prepared(
    lambda reader, review: (
        Adoption.actions.rel.model.objects.each_visible_to(User(pk=reader))
        .filter(reviews=review)
        .order_by("due_on", "pk")[:MOST_CHANGES]
    ),
    reader=int,
    review=int,
)


@dataclass(frozen=True)
class Mark:
    """What the page of a lesson depends on, in two statements (three for a draft, two more where
    it shares nothing with another) and before anything of it is read: an ETag is made of it."""

    #: The columns of `_around`.
    row: dict[str, Any]
    #: What there is to read next: library.near.
    near: dict[str, list[tuple[int, int]]]
    #: What the reader's buttons depend on beside the row.
    reader: tuple[bool, ...]

    @classmethod
    def of(cls, user: User, number: int) -> Mark | None:
        """None where there is nothing to see."""
        asked = {"reader": user.pk, "reference": f"L-{number}"}
        rows = _IN_LIBRARY.rows(**asked) or _DRAFT.rows(**asked)
        if not rows:
            return None
        reader = (user.is_in_facilitator_pool, user.is_admin)
        return cls(rows[0], library.near(user, _named(rows[0])), reader)

    @property
    def address(self) -> str:
        return _named(self.row).get_absolute_url()

    @property
    def parts(self) -> tuple[object, ...]:
        """All the page shows that can change, for common.seen_again. Nothing of a working text:
        who looks often must not learn that something moved."""
        return (sorted(self.row.items()), sorted(self.near.items()), self.reader)

    @property
    def changed_at(self) -> datetime:
        changes = [_moment(at) for *_, at in self.row["changes"] or ()]
        said = [_moment(at) for *_, at in self.row["said"] or ()]
        return max([self.row["updated_at"], *changes, *said])


def _named(row: dict[str, Any]) -> Lesson:
    return Lesson(pk=row["pk"], reference=row["reference"], title=row["title"])


def _moment(told: str) -> datetime:
    """Of a moment among gathered columns: SQLite tells no zone, and keeps UTC."""
    at = datetime.fromisoformat(told)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _around(lessons: LessonQuerySet, user: User) -> QuerySet:
    """The lessons, and what stands around each, each as one value."""
    here = {"lesson": OuterRef("pk")}
    said = Adoption.objects.visible_to(user).filter(**here).order_by("answered_at", "pk")
    actions = Adoption.actions.rel.model.objects
    started = Adoption.actions.through.objects.filter(adoption__lesson=OuterRef("pk"))
    started = started.exclude(actions.hides(user, "action"))
    changes = actions.each_visible_to(user).filter(reviews=OuterRef("source_review"))
    library_ = Lesson.objects.in_library(user)
    mine = Membership.objects.filter(user=user)
    of_source = JSONObject(
        reference="incident__reference",
        title="incident__title",
        kind="incident__kind",
        severity="incident__severity",
        state="state",
        # Whether it came from a card is told with the review alone.
        card=OuterRef("finding"),
    )
    source = Review.objects.visible_to(user).filter(pk=OuterRef("source_review"))
    uses = Use.objects.filter(**here).order_by().values("lesson")
    return (
        lessons.values(
            "pk",
            "reference",
            "title",
            "version",
            "state",
            "updated_at",
            "author_id",
            "team_id",
            team_name=F("team__name"),
            # Who the reader is to it: the buttons follow from that.
            **standing_columns(user, "source_review__incident"),
            teams=Gathered(mine.order_by("team__name", "team"), "team", "team__name", "is_manager"),
            source=Subquery(source.values(told=of_source)[:1]),
            changes=Gathered(
                changes.order_by("due_on", "pk")[:MOST_CHANGES],
                "reference", "title", "state", "due_on", "verified_at", "updated_at",
            ),
            tag_names=Gathered(
                Lesson.tags.through.objects.filter(**here).order_by("tag"), "tag__name"
            ),
            service_names=Gathered(
                Lesson.services.through.objects.filter(**here).order_by("service"),
                "service__name",
            ),
            factor_names=Gathered(
                Lesson.factors.through.objects.filter(**here).order_by("factorcategory"),
                "factorcategory__name",
            ),
            said=Gathered(said, "pk", "version", "team__name", "answered_at"),
            started=Gathered(
                started.order_by("action", "adoption"),
                "adoption", "action__reference", "action__title", "action__state",
            ),
            newer=Gathered(
                library_.filter(pk=OuterRef("superseded_by")), "reference", "title"
            ),
            older=Gathered(
                library_.filter(superseded_by=OuterRef("pk")).order_by("pk"), "reference", "title"
            ),
            # Whoever says it adds a row, and whoever takes it back deletes one.
            use_count=Subquery(uses.annotate(count=Count("pk")).values("count")),
            last_use=Subquery(uses.annotate(last=Max("pk")).values("last")),
        )
    )  # fmt: skip


def _in_library(reader: int, reference: str) -> QuerySet:
    user = User(pk=reader)
    return _around(Lesson.objects.in_library(user).filter(reference=reference), user)


def _draft(reader: int, reference: str) -> QuerySet:
    user = User(pk=reader)
    return _around(Lesson.objects.visible_to(user).drafts().filter(reference=reference), user)


_IN_LIBRARY = Prepared(_in_library, reader=int, reference=str)
#: Asked where the library has none: few read drafts, and who may is much to ask.
_DRAFT = Prepared(_draft, reader=int, reference=str)


def page(user: User, state: State, mark: Mark | None = None) -> dict[str, Any]:
    """Everything the template shows."""
    related = library.related(user, state.lesson, known=mark and mark.near)
    minutes = library.minutes_to_read(state.lesson)
    return {
        "contents": _contents(state) if minutes >= _LONG_READ else [],
        "lesson": state.lesson,
        "source": state.source,
        "rights": state.rights,
        "changes": state.changes,
        "shows_card": state.shows_card,
        "reach": state.reach,
        "related": related,
        "used": state.used,
        "newer": state.newer,
        "supersedes": state.supersedes,
        "minutes": minutes,
    }


def _contents(state: State) -> list[dict[str, str]]:
    """The ids and words of the headings in the text, in their order."""
    lesson = state.lesson
    parts = [
        ("situation", gettext("The situation"), lesson.situation),
        ("advice", gettext("What we advise"), lesson.advice),
        ("applies", gettext("Where it applies"), lesson.where_applies),
        ("changes", gettext("What has changed since"), state.changes),
    ]
    return [{"id": name, "title": title} for name, title, text in parts if text]
