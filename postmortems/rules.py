"""Which incidents are due a review by themselves, and what happens when one is.

incidents/review_policy.py asks this module; see apps.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from common.history import record, require_seen
from common.languages import english
from incidents.models import Incident
from incidents.moves import NOTHING_HAPPENED_HERE, reviewed_in
from people.models import User
from postmortems import workflow
from postmortems.models import Review, ReviewRule

_OVER = {Incident.State.RESOLVED, Incident.State.CLOSED}
_DEPTHS = list(Review.Depth)


def pairs() -> frozenset[tuple[str, str]]:
    """(kind, severity) with a rule."""
    return frozenset(ReviewRule.objects.values_list("kind", "severity"))


def follow(incident: Incident, *, by: User, now: datetime) -> None:
    """Ask for the review of an incident that is over, once a rule says so.

    A review that is there already is never dropped and never made smaller: a rule for a worse
    severity only asks more of it.
    """
    if incident.state not in _OVER or incident.close_reason in NOTHING_HAPPENED_HERE:
        return
    rule = ReviewRule.objects.of(incident).first()
    if rule is None:
        return
    review = reviewed_in(incident)
    if review is None:
        workflow.request_by_rule(incident, rule, by=by, now=now)
    elif review.incident_id == incident.pk:
        _ask_more(review, rule, by=by)


def _ask_more(review: Review, rule: ReviewRule, *, by: User) -> None:
    review = workflow.locked(review)
    if review.rule_words == rule.words or review.state not in workflow.BEFORE_READING:
        return
    review.rule_words = rule.words
    fields = ["rule_words"]
    if _DEPTHS.index(Review.Depth(rule.depth)) > _DEPTHS.index(Review.Depth(review.depth)):
        review.depth = rule.depth
        fields.append("depth")
        record(by, "asks for a deeper review", review.incident, f"by {rule.words}")
    review.save(update_fields=fields)


def in_words(held: Iterable[ReviewRule]) -> str:
    """What the rules for one kind say together; "" for none."""
    return "; ".join(rule.words for rule in sorted(held, key=lambda rule: rule.severity))


@transaction.atomic
def save(kind: str, wanted: dict[str, tuple[str, int]], *, mark: str, by: User) -> None:
    """The rules for one kind: {severity: (depth, working days)}; what is left out has none.

    Reviews that are there stay, and so do their dates. Raises TextConflict when somebody else has
    changed the rules since `mark`.
    """
    held = {
        rule.severity: rule for rule in ReviewRule.objects.select_for_update().filter(kind=kind)
    }
    stands = in_words(held.values())
    kept = []
    for severity, (depth, days) in wanted.items():
        rule = held.pop(severity, None) or ReviewRule(kind=kind, severity=severity)
        rule.depth, rule.working_days = depth, days
        kept.append(rule)
    require_seen(stands, mark=mark, wanted=in_words(kept))
    for rule in held.values():
        rule.delete()
    for rule in kept:
        rule.save()
    with english():
        record(by, "changed when reviews are due", by, str(Incident.Kind(kind).label))
