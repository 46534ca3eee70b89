"""How a review moves from being asked for to a second pair of eyes.

Every function locks the review's row, so that two clicks act once, and writes the trail and what
is to be told in the same transaction. A refused move leaves everything as it was.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from common.access import require
from common.history import record
from common.languages import english
from incidents.models import Incident, Involvement
from people import working_days
from people.models import User
from people.notifications import Telling, notify, tell
from people.working_days import WorkingDays
from postmortems import due, premises
from postmortems.authors import have_written, versions_of
from postmortems.models import (
    Goal,
    Participant,
    PendingPublication,
    Review,
    ReviewRule,
    Verdict,
)

State = Review.State
Capacity = Involvement.Capacity

BEFORE_READING = (
    State.REQUESTED,
    State.ASSIGNED,
    State.GATHERING,
    State.ANALYSIS,
    State.DRAFTING,
)
WITH_READER = (State.IN_REVIEW, State.APPROVED)


class Refused(Exception):
    """A move this review does not take now. The text says why, and what to do instead."""


class NotReady(Refused):
    """A move that needs something first. The text says what is missing and what to do."""


_CLOSED = {
    State.REQUESTED: _(
        "Nobody guides this review yet. It takes contributions once a facilitator is "
        "named and has opened it."
    ),
    State.ASSIGNED: _("The review is being prepared. The facilitator opens it for contributions."),
    State.IN_REVIEW: _(
        "A second pair of eyes is reading it. Ask them to give it back if something has to change."
    ),
    State.APPROVED: _("It is ready to publish and no longer changes."),
    State.PUBLISHED: _("It is published. Corrections go into a new revision."),
    State.NOT_REQUIRED: _("It was decided that no review is needed."),
    State.ARCHIVED: _("It is archived."),
}


def locked(review: Review) -> Review:
    """The row as it is now, ours until the transaction ends."""
    return (
        Review.objects.select_for_update(of=("self",))
        .select_related("incident__team", "facilitator", "reviewer")
        .get(pk=review.pk)
    )


def require_premises(user: User, review: Review) -> None:
    """Every way to contribute passes here. Raises PermissionDenied (403) before the premises are
    accepted, for facilitator and managers too."""
    require(
        premises.have_been_accepted(user, review),
        gettext(
            "Nothing was saved. Everyone who contributes accepts the six premises first: "
            "you find them on the page of the review."
        ),
    )


def require_open(review: Review) -> None:
    """Raises Refused unless the review takes contributions now."""
    if not review.takes_contributions:
        raise Refused(_CLOSED[State(review.state)])


def changed(review: Review) -> None:
    """Open pages of this review learn that something is new on them. Only for what everybody who
    reads the working text sees: a perspective that is still private must not show, nor by this."""
    Review.objects.filter(pk=review.pk).update(changes=F("changes") + 1)


def open_to_write(review: Review) -> Review:
    """The row, locked, for a deed on what everybody in the review reads. Raises Refused unless it
    takes contributions now."""
    review = locked(review)
    require_open(review)
    changed(review)
    return review


def require_state(review: Review, states: tuple[State, ...], sentence: str) -> None:
    if review.state not in states:
        raise Refused(
            gettext("{sentence} The review is at “{state}” now.").format(
                sentence=sentence, state=review.get_state_display().lower()
            )
        )


def move_on(review: Review, state: State, *, by: User, verb: str, detail: str = "") -> Review:
    review.state = state
    review.save(update_fields=["state", "updated_at"])
    changed(review)
    record(by, verb, review, detail)
    return review


def name_on_incident(review: Review, user: User, capacity: Capacity) -> None:
    Involvement.objects.get_or_create(incident=review.incident, user=user, capacity=capacity)


def take_off_incident(review: Review, user: User | None, capacity: Capacity) -> None:
    Involvement.objects.filter(incident=review.incident, user=user, capacity=capacity).delete()


# Asking for a review ----------------------------------------------------------------------------
@transaction.atomic
def request(incident: Incident, *, by: User, today: date) -> Review:
    """The review of this incident, made now if there is none. Managers of the team are told."""
    rule = ReviewRule.objects.of(incident).first()
    review, is_new = _open(incident, rule, requested_by=by, today=today)
    if is_new:
        record(by, "asked for the review", review)
    return review


@transaction.atomic
def request_by_rule(incident: Incident, rule: ReviewRule, *, by: User, now: datetime) -> Review:
    """The same for a rule of the organisation; `by` did what made it apply, and asked nothing."""
    today = timezone.localdate(now)
    review, is_new = _open(incident, rule, requested_by=None, today=today)
    if is_new:
        record(by, "became due by a rule", review, rule.words)
        record(by, "a review became due", incident, f"by {rule.words}")
    return review


def _open(
    incident: Incident, rule: ReviewRule | None, *, requested_by: User | None, today: date
) -> tuple[Review, bool]:
    fields: dict[str, Any] = {"requested_by": requested_by}
    if rule:
        fields |= {
            "depth": rule.depth, "due_in": rule.working_days, "rule_words": rule.words
        }  # fmt: skip
    review, is_new = Review.objects.get_or_create(incident=incident, defaults=fields)
    if is_new:
        give_date(review, requested_on=today, team=working_days.of(incident.team))
        tell(
            Telling(manager, "review_requested", review, f"review-{review.pk}-requested")
            for manager in User.objects.managing(incident.team_id)
        )
    return review, is_new


def give_date(review: Review, *, requested_on: date, team: WorkingDays) -> None:
    """By when it is due, as soon as the incident is over; days are those of the team."""
    resolved_at = review.incident.resolved_at
    review.due_on = due.due_on(
        resolved_on=timezone.localdate(resolved_at, team.zone) if resolved_at else None,
        requested_on=requested_on,
        days=review.due_in,
        team=team,
    )
    Review.objects.filter(pk=review.pk).update(due_on=review.due_on)


@transaction.atomic
def set_depth(review: Review, depth: str, *, by: User) -> Review:
    """Ask more of a review, or less. Nothing that was written is touched by it."""
    review = locked(review)
    if review.depth == depth:
        return review
    require_state(review, (*BEFORE_READING, *WITH_READER), gettext("The depth was not changed."))
    with english():
        before = review.get_depth_display().lower()
        review.depth = depth
        after = review.get_depth_display().lower()
    review.save(update_fields=["depth", "updated_at"])
    record(by, "changed the depth", review, f"from {before} to {after}")
    return review


@transaction.atomic
def decide_not_needed(review: Review, *, by: User, reason: str) -> Review:
    """End it with a reason. Nothing is deleted; `decide_needed_after_all` takes it up again."""
    review = locked(review)
    if review.state == State.NOT_REQUIRED:
        return review
    require_state(review, BEFORE_READING, gettext("Nothing was changed."))
    if review.published_at:
        raise Refused(
            gettext("This review has been published before; its new revision is finished first.")
        )
    if not reason.strip():
        raise NotReady(gettext("Say in a sentence why no review is needed."))
    review.not_required_reason = reason.strip()
    review.save(update_fields=["not_required_reason"])
    return move_on(
        review, State.NOT_REQUIRED, by=by, verb=gettext_noop("decided that no review is needed")
    )


@transaction.atomic
def decide_needed_after_all(review: Review, *, by: User) -> Review:
    """Take it up again where it can be prepared anew; the old reason stays in the row."""
    review = locked(review)
    if review.state != State.NOT_REQUIRED:
        return review
    state = State.ASSIGNED if review.facilitator_id else State.REQUESTED
    return move_on(review, state, by=by, verb=gettext_noop("took the review up again"))


# The stages -------------------------------------------------------------------------------------
@transaction.atomic
def open_gathering(review: Review, *, by: User) -> Review:
    """Let people contribute: each of them once they have accepted the premises."""
    review = locked(review)
    if review.state == State.GATHERING:
        return review
    require_state(review, (State.ASSIGNED,), gettext("Gathering was not opened."))
    if review.facilitator_id is None:
        raise NotReady(gettext("Nobody guides it yet. Name a facilitator first."))
    if not review.participants.taking_part().exists():
        raise NotReady(
            gettext("Nobody is invited yet. Invite at least one person who was near it.")
        )
    return move_on(review, State.GATHERING, by=by, verb=gettext_noop("opened gathering"))


@transaction.atomic
def open_perspectives(review: Review, *, by: User) -> Review:
    """Show all perspectives that are shared with the review to everyone in it, at one moment.

    There is no way back, so it is refused while there is nothing to show.
    """
    review = locked(review)
    if review.perspectives_opened_at:
        return review
    require_state(review, (State.GATHERING,), gettext("The perspectives were not opened."))
    if not review.perspectives.shared().exists():
        raise NotReady(
            gettext(
                "Nobody has shared a perspective yet, so there is nothing to open. Wait for "
                "the first one, or look at it together without."
            )
        )
    review.perspectives_opened_at = timezone.now()
    review.save(update_fields=["perspectives_opened_at", "updated_at"])
    changed(review)
    record(by, "opened the perspectives", review)
    return review


@transaction.atomic
def begin_analysis(review: Review, *, by: User) -> Review:
    """Look at it together, once everybody can read what was shared. What is shared with the
    review from then on is readable at once."""
    review = locked(review)
    if review.state == State.ANALYSIS:
        return review
    require_state(review, (State.GATHERING,), gettext("The stage was not changed."))
    if review.perspectives_opened_at is None:
        if review.perspectives.shared().exists():
            raise NotReady(gettext("The perspectives are still closed. Open them together first."))
        review.perspectives_opened_at = timezone.now()
        review.save(update_fields=["perspectives_opened_at"])
    return move_on(review, State.ANALYSIS, by=by, verb=gettext_noop("began the analysis"))


@transaction.atomic
def begin_drafting(review: Review, *, by: User) -> Review:
    """Write it up. From now on everyone who took part is asked whether the text does it justice."""
    review = locked(review)
    if review.state == State.DRAFTING:
        return review
    require_state(review, (State.ANALYSIS,), gettext("The stage was not changed."))
    tell(
        Telling(participant.user, "review_reply", review, f"review-{review.pk}-reply")
        for participant in review.participants.taking_part().select_related("user")
    )
    return move_on(review, State.DRAFTING, by=by, verb=gettext_noop("began the write-up"))


# The second pair of eyes ------------------------------------------------------------------------
@transaction.atomic
def name_reviewer(review: Review, reviewer: User, *, by: User) -> Review:
    """Choose who reads it before it is published: somebody who has written nothing in it."""
    review = locked(review)
    if review.reviewer_id == reviewer.pk:
        return review
    require_state(
        review, (State.DRAFTING, State.IN_REVIEW), gettext("Nobody was asked to read it.")
    )
    _require_fresh_eyes(reviewer, review)
    take_off_incident(review, review.reviewer, Capacity.REVIEWER)
    review.reviewer = reviewer
    review.save(update_fields=["reviewer", "updated_at"])
    name_on_incident(review, reviewer, Capacity.REVIEWER)
    record(by, "named the second pair of eyes", review)
    if review.state == State.IN_REVIEW:
        _ask_to_read(review)
    return review


def _require_fresh_eyes(reviewer: User, review: Review) -> None:
    if not reviewer.is_active:
        raise NotReady(
            gettext("{reviewer} no longer works here. Choose somebody else.").format(
                reviewer=reviewer
            )
        )
    if reviewer.pk == review.facilitator_id:
        raise NotReady(
            gettext("{reviewer} guides this review. Fresh eyes see more: choose another.").format(
                reviewer=reviewer
            )
        )
    if have_written(reviewer, review):
        raise NotReady(
            gettext(
                "{reviewer} has written in this review. Choose somebody who reads it for the "
                "first time."
            ).format(reviewer=reviewer)
        )


def missing_before_reading(review: Review) -> list[str]:
    """What keeps the review from going to its second reader, in sentences; empty when nothing."""
    missing = []
    if review.reviewer_id is None:
        missing.append(
            gettext("Nobody is asked to read it yet. Name somebody who has not written in it.")
        )
    cards = list(review.findings.on_board().values_list("goal", "safer"))
    looked_at = {goal for goal, _ in cards} | set(review.empty_goals.values_list("goal", flat=True))
    for goal in Goal:
        if goal not in looked_at:
            missing.append(
                gettext(
                    "“{part}” has no card. Add one, or say in a line why it stays empty."
                ).format(part=goal.label)
            )
    alone = sum(goal == Goal.WRONG and not safer.strip() for goal, safer in cards)
    if alone:
        missing.append(
            ngettext(
                "One problem has no safer alternative yet. Write what would make it safer beside "
                "each.",
                "{number} problems have no safer alternative yet. Write what would make it safer "
                "beside each.",
                alone,
            ).format(number=alone)
        )
    return missing


def standing_objections(review: Review) -> int:
    return review.participants.taking_part().filter(reply=Participant.Reply.OBJECTED).count()


@transaction.atomic
def send_to_reviewer(review: Review, by: User, *, answer_to_objections: str = "") -> Review:
    """Hand the write-up to the second pair of eyes.

    Raises NotReady naming everything that is missing. Somebody who took part and wants a change
    is heard first, or gets an answer that stays in the trail.
    """
    review = locked(review)
    if review.state == State.IN_REVIEW:
        return review
    require_state(review, (State.DRAFTING,), gettext("Nothing was sent."))
    missing = missing_before_reading(review)
    if missing:
        raise NotReady(" ".join(missing))
    assert review.reviewer is not None  # noqa: S101
    _require_fresh_eyes(review.reviewer, review)
    if standing_objections(review) and not answer_to_objections.strip():
        raise NotReady(
            gettext(
                "Somebody who took part wants something changed first. Change it, or say how "
                "their wish was heard and why the text stays."
            )
        )
    if answer_to_objections.strip():
        review.replies_note = answer_to_objections.strip()
        review.save(update_fields=["replies_note"])
    _ask_again(review)
    _ask_to_read(review)
    return move_on(
        review,
        State.IN_REVIEW,
        by=by,
        verb=gettext_noop("asked for a second pair of eyes"),
        detail=answer_to_objections.strip(),
    )


def _ask_again(review: Review) -> None:
    """Whoever agreed to an older text is asked about this one, and shown what changed."""
    last = versions_of(review).aggregate(last=Max("at"))["last"]
    if last is None:
        return
    agreed = review.participants.taking_part().filter(reply=Participant.Reply.CONFIRMED)
    older = list(agreed.filter(replied_at__lt=last).select_related("user"))
    agreed.filter(pk__in=[one.pk for one in older]).update(reply=Participant.Reply.NONE)
    occasion = f"review-{review.pk}-reply-again-{last:%Y%m%d%H%M%S}"
    tell(Telling(one.user, "review_reply", review, occasion) for one in older)


def _ask_to_read(review: Review) -> None:
    assert review.reviewer is not None  # noqa: S101
    notify(
        review.reviewer,
        kind="review_to_read",
        about=review,
        occasion=f"review-{review.pk}-read-{timezone.now():%Y%m%d%H%M%S}",
    )


@transaction.atomic
def ask_for_changes(review: Review, *, by: User, comment: str) -> Review:
    """The second reader gives it back with a comment, also after having approved it; it can be
    written on again, and those who took part may say again whether they agree."""
    review = locked(review)
    require_state(review, WITH_READER, gettext("Nothing was sent back."))
    if not comment.strip():
        raise NotReady(
            gettext("Say what is to change, so that the facilitator knows where to look.")
        )
    verdict = Verdict.objects.create(
        review=review, reviewer=by, kind=Verdict.Kind.CHANGES, comment=comment.strip()
    )
    PendingPublication.objects.filter(review=review).delete()
    review.approved_at = None
    review.replies_note = ""
    review.save(update_fields=["approved_at", "replies_note"])
    if review.facilitator:
        notify(
            review.facilitator,
            kind="review_changes_asked",
            about=review,
            occasion=f"review-{review.pk}-changes-{verdict.pk}",
            data={"from": by.pk},
        )
    return move_on(review, State.DRAFTING, by=by, verb=gettext_noop("asked for changes"))
