"""Who may write, publish and withdraw lessons."""

from incidents.permissions import GUIDING, Standing, standing
from lessons.models import Lesson
from people import permissions as people
from people.models import Team, User
from postmortems.models import Review


def can_propose(user: User, review: Review) -> bool:
    return bool(standing(user, review.incident) & GUIDING)


def can_edit(user: User, lesson: Lesson) -> bool:
    """Who writes it and, once it is published, the team that looks after it."""
    return _writes(user, lesson) or (_looks_after(user, lesson) and _knows_source(user, lesson))


def _writes(user: User, lesson: Lesson) -> bool:
    if lesson.source_review is not None:
        return can_propose(user, lesson.source_review)
    return lesson.author_id == user.pk or people.manages(user, lesson.team)


def can_publish(user: User, lesson: Lesson) -> bool:
    """The manager of the owning team."""
    if lesson.source_review is not None:
        return Standing.MANAGER in standing(user, lesson.source_review.incident)
    return people.manages(user, lesson.team)


def can_unpublish(user: User, lesson: Lesson) -> bool:
    return can_publish(user, lesson) or people.can_administer(user)


def can_write_alone(user: User, *, manages: bool | None = None) -> bool:
    """A lesson that comes from no review: managers and people in the facilitator pool. Whether
    somebody `manages` any team is looked up where it is not known yet."""
    if not user.is_authenticated or user.is_in_facilitator_pool:
        return user.is_authenticated
    return user.memberships.filter(is_manager=True).exists() if manages is None else manages


def can_answer_for(user: User, team: Team, lesson: Lesson) -> bool:
    """Whether it could happen to a team, its members say; of its own lessons it is not asked."""
    return lesson.is_published and lesson.team_id != team.pk and is_in(user, team)


def can_reread(user: User, lesson: Lesson) -> bool:
    """Whether it is still true, the team that looks after it says, or who may edit it."""
    return lesson.is_published and (_looks_after(user, lesson) or _writes(user, lesson))


def _looks_after(user: User, lesson: Lesson) -> bool:
    return lesson.is_published and lesson.team is not None and is_in(user, lesson.team)


def _knows_source(user: User, lesson: Lesson) -> bool:
    """What a form refuses tells of a restricted incident."""
    source = lesson.source_review
    return source is None or Review.objects.visible_to(user).filter(pk=source.pk).exists()


def can_curate(user: User) -> bool:
    """Collections, the lesson of the month and the bulletin: who may write a lesson alone, too."""
    return can_write_alone(user)


def is_in(user: User, team: Team) -> bool:
    return user.is_authenticated and Team.objects.of(user).filter(pk=team.pk).exists()
