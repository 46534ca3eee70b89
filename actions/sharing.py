"""One action that answers several reviews: taken on from another one, and taken off again.

What is restricted is not shared. An action of a restricted review is hidden from everybody who may
not read that review, so to share it would hide it from people who work on it, or show it to others.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from actions import permissions
from actions.models import Action
from actions.querysets import ActionQuerySet
from actions.workflow import NotReady, touch
from common.history import record
from common.words import split, stem, telling
from people.models import User
from postmortems.models import Review

#: So many are offered for the words typed.
MOST_OFFERED = 12
_CANDIDATES = 12


def offered(review: Review, user: User, *, words: str) -> list[Action]:
    """Visible actions that could answer this review, too: by reference, or by words. What is not
    going to be done is left out, and so is what stands on the review already."""
    words = words.strip()
    actions = (
        Action.objects.visible_to(user)
        .exclude(state__in=["declined", "wont_do"])
        .exclude(pk__in=review.actions.values("pk"))
        .exclude(incidents__visibility="restricted")
    )
    if not words:
        return []
    exact = list(actions.for_list().filter(reference__iexact=words)[:1])
    return exact or _in_order(actions, actions.find(words).ids[:MOST_OFFERED])


def alike(title: str, user: User, *, besides: str = "", most: int = 3) -> list[Action]:
    """Visible actions that promise much the same: two telling words of the title at least, and
    half of them, stand in theirs. For what is asked while somebody types. Four statements."""
    wanted = {stem(word) for word in telling(title)}
    if len(wanted) < 2:
        return []
    actions = (
        Action.objects.visible_to(user)
        .exclude(reference=besides)
        .exclude(state__in=["declined", "wont_do"])
    )
    rows = _in_order(actions, actions.resembling(title)[:_CANDIDATES])
    shared = {row.pk: len(wanted & {stem(word) for word in split(row.title)}) for row in rows}
    enough = max(2, (len(wanted) + 1) // 2)
    near = [row for row in rows if shared[row.pk] >= enough]
    return sorted(near, key=lambda row: -shared[row.pk])[:most]


def _in_order(actions: ActionQuerySet, ids: list[int]) -> list[Action]:
    found = {row.pk: row for row in actions.for_list().filter(pk__in=ids)} if ids else {}
    return [found[pk] for pk in ids if pk in found]


@transaction.atomic
def take_on(action: Action, review: Review, *, by: User) -> Action:
    """Let it answer this review as well, and the incidents the review is about. Those who guide
    the review see and verify it; who steers it stays the same. Raises NotReady for what is
    restricted or was decided against."""
    action = Action.objects.select_for_update(of=("self",)).get(pk=action.pk)
    if action.reviews.contains(review):
        return action
    incidents = [review.incident, *review.also_covers.all()]
    if any(incident.is_restricted for incident in incidents):
        raise NotReady(
            gettext(
                "This review is restricted, so the action would vanish for people who work on "
                "it. Write one of its own here."
            )
        )
    if any(source.is_restricted for source in permissions.sources(action)):
        raise NotReady(
            gettext("It comes from something that only some may read, so it stays there.")
        )
    if action.state in {Action.State.DECLINED, Action.State.WONT_DO}:
        raise NotReady(gettext("It was decided not to do it, so it answers nothing."))
    action.reviews.add(review)
    action.taken_on_by.add(review)
    action.incidents.add(*incidents)
    action = touch(action)
    record(by, "answers another review", action, review.reference)
    record(by, "took on an action", review, action.reference)
    return action


@transaction.atomic
def take_off(action: Action, review: Review, *, by: User) -> Action:
    """It no longer answers this review. Raises NotReady when it would answer nothing any more."""
    action = Action.objects.select_for_update(of=("self",)).get(pk=action.pk)
    if not action.reviews.contains(review):
        return action
    others = action.reviews.exclude(pk=review.pk)
    if not others.exists():
        raise NotReady(
            gettext(
                "It comes from this review alone. If it is no longer worth doing, decide "
                "against it."
            )
        )
    if any(source.is_restricted for source in permissions.sources(action)):
        raise NotReady(
            gettext("Taking it off would show it to others than now. Decide against it instead.")
        )
    kept = {pk for other in others for pk in [other.incident_id, *_covered(other)]}
    kept.update(action.named_incidents.values_list("pk", flat=True))
    action.reviews.remove(review)
    action.taken_on_by.remove(review)
    action.incidents.remove(*({review.incident_id, *_covered(review)} - kept))
    if action.finding and action.finding.review_id == review.pk:
        Action.objects.filter(pk=action.pk).update(finding=None)
    action = touch(action)
    record(by, "no longer answers a review", action, review.reference)
    record(by, "took off an action", review, action.reference)
    return action


def _covered(review: Review) -> list[int]:
    return list(review.also_covers.values_list("pk", flat=True))
