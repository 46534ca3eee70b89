"""Who may do what in a review; standing on the incident decides (incidents/permissions.py)."""

from django.db.models import Q, QuerySet

from incidents.models import Incident
from incidents.permissions import (
    GUIDING,
    NAMED,
    READING,
    Standing,
    capacities,
    reads_review,
    standing,
    where,
)
from people.models import User
from people.permissions import can_administer
from postmortems.models import Comment, Finding, Line, OpenQuestion, Review, Surprise
from postmortems.querysets import ReviewQuerySet


def can_request(user: User) -> bool:
    """Anyone may ask for a review."""
    return user.is_authenticated and user.is_active


def can_offer(user: User, review: Review) -> bool:
    """Say "I can guide this one", while nobody does: people of the pool."""
    return user.is_in_facilitator_pool and review.facilitator_id is None


def can_read_draft(user: User, review: Review) -> bool:
    """The working text, before or after publication."""
    return reads_review(user, review.incident)


def drafts_readable_by(user: User) -> ReviewQuerySet:
    """The reviews of which `can_read_draft` is true, for a single statement; a test pins both
    together."""
    return Review.objects.visible_to(user).filter(incident__in=where(user, READING).values("pk"))


def can_contribute(user: User, review: Review) -> bool:
    """Perspectives and cards on the board: the people named on it. The premises come first;
    workflow.require_premises holds that line for every way in."""
    return bool(standing(user, review.incident) & NAMED)


def can_edit(user: User, review: Review) -> bool:
    """Sections, factors, the order of the board and what others wrote on it."""
    return bool(standing(user, review.incident) & GUIDING)


def can_edit_finding(user: User, finding: Finding) -> bool:
    """One's own card, or any card for those who guide the review."""
    return can_edit(user, finding.review) or (
        finding.author_id == user.pk and can_contribute(user, finding.review)
    )


def can_edit_line(user: User, line: Line) -> bool:
    """Any line for those who guide the review, and one's own surprise."""
    if can_edit(user, line.review):
        return True
    is_own = isinstance(line, Surprise) and line.author_id == user.pk
    return is_own and can_contribute(user, line.review)


def can_add_line(user: User, review: Review, model: type[Line]) -> bool:
    """Surprises and questions come from everybody; the rest from those who guide the review."""
    if model in {Surprise, OpenQuestion}:
        return can_contribute(user, review)
    return can_edit(user, review)


def can_edit_comment(user: User, comment: Comment) -> bool:
    """Nobody's words but one's own."""
    return comment.author_id == user.pk and _may_speak(user, comment)


def can_remove_comment(user: User, comment: Comment) -> bool:
    """One's own, and for the facilitator everybody's."""
    return can_edit_comment(user, comment) or (
        Standing.FACILITATOR in standing(user, comment.review.incident)
    )


def _may_speak(user: User, comment: Comment) -> bool:
    return comment.place == Comment.PUBLISHED or can_contribute(user, comment.review)


def draft_readers(review: Review) -> QuerySet[User]:
    """Everybody for whom `can_read_draft` is true: whom a comment may call."""
    incident = review.incident
    return (
        User.objects.active()
        .filter(
            Q(involvements__incident=incident, involvements__capacity__in=capacities(READING))
            | Q(memberships__team=incident.team_id, memberships__is_manager=True)
        )
        .distinct()
        .by_name()
    )


def can_guide(user: User, review: Review) -> bool:
    """Name facilitator and participants, open perspectives, move the review along."""
    return bool(standing(user, review.incident) & GUIDING)


def can_judge(user: User, review: Review) -> bool:
    """Approve or ask for changes: the second pair of eyes, and never an author."""
    return user.pk is not None and user.pk == review.reviewer_id


def can_publish(user: User, review: Review) -> bool:
    """The manager of the owning team signs the de-identified text and publishes."""
    return Standing.MANAGER in standing(user, review.incident)


def can_edit_handbook(user: User) -> bool:
    """How we review: those who guide reviews, and administrators."""
    return (
        user.is_authenticated
        and user.is_active
        and (user.is_in_facilitator_pool or can_administer(user))
    )


def can_add_note(user: User, incident: Incident) -> bool:
    """Confidential notes: whoever is named on it. Nothing else is asked of them, the premises
    neither: accepting those leaves a row with a time."""
    return bool(standing(user, incident) & NAMED)


def can_count_notes(user: User, review: Review) -> bool:
    """How many wait and how many are released, and what the released ones say."""
    return bool(standing(user, review.incident) & NAMED)


def can_read_notes(user: User, review: Review) -> bool:
    """Unreleased ones, and all that is decided about them: the facilitator alone."""
    return user.pk is not None and user.pk == review.facilitator_id


def can_write_public(user: User, review: Review) -> bool:
    """The text for outsiders: whoever guides the review."""
    return can_guide(user, review)


def can_put_public(user: User, review: Review) -> bool:
    """Make it public and withdraw it: a manager of the owning team. That nobody makes their own
    text public is for public_editions.approve to see."""
    return Standing.MANAGER in standing(user, review.incident)
