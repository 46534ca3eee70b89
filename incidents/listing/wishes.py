"""The filters of the list of incidents, each read from the address: see common/wishes.py."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from datetime import time as clock

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from common.keys import few_of
from common.models import Tag
from common.templatetags.times import day_in_words
from common.wishes import Reader, Wish, choice, day, either, named, params
from incidents import review_policy
from incidents.models import Incident
from people.models import Service, Team, User

#: Choices of the filter on reviews: the words of its sentence, and the states it stands for.
REVIEWS: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "waiting": (_("waited for"), ()),
    "none": (_("not asked for"), ()),
    "under_way": (
        _("under way"),
        ("requested", "assigned", "gathering", "analysis", "drafting", "in_review", "approved"),
    ),
    "published": (pgettext_lazy("a review", "published"), ("published", "archived")),
    "not_needed": (_("not needed"), ("not_required",)),
}


def tags_seen_by(user: User) -> QuerySet[Tag]:
    """Tags of incidents this person may see. Others do not exist for them."""
    # Of one tag alone: as a list of keys PostgreSQL would gather the tags of all incidents.
    links = Incident.tags.through.objects.filter(incident__in=Incident.objects.visible_to(user))
    return Tag.objects.filter(Exists(links.filter(tag=OuterRef("pk"))))


def _with_service(keys: list[int]) -> Q:
    links = Incident.services.through.objects.filter(service__in=keys)
    return _of(links.values_list("incident", flat=True))


def _with_tag(keys: list[int]) -> Q:
    links = Incident.tags.through.objects.filter(tag__in=keys)
    return _of(links.values_list("incident", flat=True))


def _of(keys: QuerySet) -> Q:
    return Q(pk__in=few_of(keys) or keys)


def reviews_seen_by(user: User) -> QuerySet:
    return Incident._meta.get_field("review").related_model.objects.visible_to(user)


def waiting_for_a_review(user: User, pairs: frozenset[tuple[str, str]] | None = None) -> Q:
    """As far as this person may know: a review that is hidden from them is not there. `pairs` are
    review_policy.pairs(), where they are known already."""
    by_kind: dict[str, list[str]] = {}
    for kind, severity in sorted(review_policy.pairs() if pairs is None else pairs):
        by_kind.setdefault(kind, []).append(severity)
    due = Q(pk__in=[])
    for kind, severities in by_kind.items():
        due |= Q(kind=kind, severity__in=severities)
    return due & ~Q(state="closed") & _without_review(user)


def _without_review(user: User) -> Q:
    # One look-up for each row that is reached. As "not in" or "not exists" PostgreSQL goes
    # through all reviews first, however few rows are wanted.
    review = reviews_seen_by(user).filter(incident=OuterRef("pk")).values("pk")[:1]
    return Q(IsNull(Subquery(review), True))


def would_wait(severity: str, kind: str, state: str, *, pairs: frozenset[tuple[str, str]]) -> bool:
    """The same of one row without a review. `pairs` are review_policy.pairs()."""
    return (kind, severity) in pairs and state != "closed"


def _review(asked: QueryDict, user: User) -> Wish | None:
    values = [value for value in REVIEWS if value in asked.getlist("review")]
    if not values:
        return None
    seen = reviews_seen_by(user)
    rule = Q()
    states = [state for value in values for state in REVIEWS[value][1]]
    if states:
        rule |= Q(pk__in=seen.filter(state__in=states).values("incident"))
    if "none" in values:
        rule |= _without_review(user)
    if "waiting" in values:
        rule |= waiting_for_a_review(user)
    sentence = either(REVIEWS[value][0] for value in values)
    return Wish("review", gettext("Review"), sentence, params("review", values), rule)


def _since(asked: QueryDict, user: User) -> Wish | None:
    found = day(asked.get("since", ""))
    if found is None:
        return None
    words = gettext("since {day}").format(day=day_in_words(found, today=timezone.localdate()))
    rule = Q(started_at__gte=_midnight(found))
    return Wish("since", gettext("Started"), words, params("since", [found.isoformat()]), rule)


def _until(asked: QueryDict, user: User) -> Wish | None:
    found = day(asked.get("until", ""))
    if found is None:
        return None
    words = gettext("until {day}").format(day=day_in_words(found, today=timezone.localdate()))
    rule = Q(started_at__lt=_midnight(found + timedelta(days=1)))
    return Wish("until", gettext("Started"), words, params("until", [found.isoformat()]), rule)


def _restricted(asked: QueryDict, user: User) -> Wish | None:
    if asked.get("restricted") != "1":
        return None
    rule = Q(visibility=Incident.Visibility.RESTRICTED)
    return Wish(
        "restricted",
        gettext("Seen by"),
        gettext("only the people named"),
        params("restricted", ["1"]),
        rule,
    )


def _midnight(when: date) -> datetime:
    return timezone.make_aware(datetime.combine(when, clock(0)))


#: In the language of whoever reads the sentence.
_in_lower_case = lazy(lambda label: str(label).lower(), str)
SEVERITIES, KINDS, STATES = Incident.Severity.choices, Incident.Kind.choices, Incident.State.choices
_IN_A_SENTENCE = {
    "kind": [(value, _in_lower_case(label)) for value, label in KINDS],
    "state": [(value, _in_lower_case(label)) for value, label in STATES],
}

#: In the order of the form and of the chips.
READERS: list[Reader] = [
    choice("severity", _("Severity"), SEVERITIES),
    choice("kind", _("Kind"), _IN_A_SENTENCE["kind"]),
    choice("state", _("State"), _IN_A_SENTENCE["state"]),
    _review,
    named("service", _("Service"), Service.objects.visible_to, _with_service),
    named("team", _("Team"), Team.objects.visible_to, lambda keys: Q(team__in=keys)),
    named("tag", _("Tag"), tags_seen_by, _with_tag),
    _since,
    _until,
    _restricted,
]
#: What they are called in the address.
NAMES = frozenset(
    ["severity", "kind", "state", "review", "service", "team", "tag", "since", "until",
     "restricted"]
)  # fmt: skip
