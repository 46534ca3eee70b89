"""The filters of the list of actions, each read from the address: see common/wishes.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise, keep_lazy_text
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from actions.models import Action
from actions.querysets import OPEN
from common.addresses import word
from common.wishes import Reader, Wish, choice, either, named
from incidents.models import Incident
from people.models import Service, Team, User
from postmortems.models import Review

#: Where an action stands to its date: the value in the address, and the words of its sentence.
WHEN = {
    "past": pgettext_lazy("date of an action", "past"),
    "soon": _("within two weeks"),
    "later": _("later than in two weeks"),
}
#: How long ago an action was written down: the value in the address, its words, days from and to.
AGES: dict[str, tuple[str | Promise, int, int | None]] = {
    "2w": (_("under two weeks"), 0, 14),
    "1m": (_("two to four weeks"), 14, 30),
    "3m": (_("one to three months"), 30, 91),
    "6m": (_("three to six months"), 91, 182),
    "1y": (_("six to twelve months"), 182, 365),
    "old": (_("over a year"), 365, None),
}
_FORTNIGHT = timedelta(days=14)


def _when(values: list[str]) -> Q:
    today = timezone.localdate()
    rules = {
        "past": Q(state__in=OPEN, due_on__lt=today),
        "soon": Q(due_on__gte=today, due_on__lte=today + _FORTNIGHT),
        "later": Q(due_on__gt=today + _FORTNIGHT),
    }
    return _any(rules[value] for value in values)


def written(age: str, *, today: date) -> Q:
    """The actions that were written down so long ago, counted in days of the reader."""
    _words, youngest, oldest = AGES[age]
    rule = Q(created_at__date__lte=today - timedelta(days=youngest))
    if oldest is not None:
        rule &= Q(created_at__date__gt=today - timedelta(days=oldest))
    return rule


def _age(values: list[str]) -> Q:
    today = timezone.localdate()
    return _any(written(value, today=today) for value in values)


def _any(rules: Iterable[Q]) -> Q:
    found = Q(pk__in=[])
    for rule in rules:
        found |= rule
    return found


def _of_services(keys: list[int]) -> Q:
    incidents = Incident.objects.filter(services__in=keys)
    links = Action.incidents.through.objects.filter(incident__in=incidents.values("pk"))
    return Q(pk__in=links.values("action"))


def _source(asked: QueryDict, user: User) -> Wish | None:
    """From one incident, or from the review of it."""
    reference = word(asked, "incident", longest=16).upper()
    if not reference:
        return None
    incidents = Action.incidents.through.objects.filter(incident__reference=reference)
    reviews = Action.reviews.through.objects.filter(
        review__in=Review.objects.filter(incident__reference=reference).values("pk")
    )
    rule = Q(pk__in=incidents.values("action")) | Q(pk__in=reviews.values("action"))
    return Wish("incident", gettext("From"), either([reference]), (("incident", reference),), rule)


STATES = Action.State.choices
KINDS = Action.Kind.choices
_AGES_IN_WORDS = [(value, age[0]) for value, age in AGES.items()]


@keep_lazy_text
def _lower_first(label: str) -> str:
    return label[0].lower() + label[1:]


def _small(choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(value, _lower_first(label)) for value, label in choices]


#: In the order of the panel and of the chips.
READERS: list[Reader] = [
    choice("when", _("Date"), WHEN.items(), _when),
    choice("kind", _("It does"), _small(KINDS)),
    choice("state", _("State"), _small(STATES)),
    choice("age", _("Age"), _AGES_IN_WORDS, _age),
    named("team", _("Team"), Team.objects.visible_to, lambda keys: Q(team__in=keys)),
    named("service", _("Service"), Service.objects.visible_to, _of_services),
    _source,
]
#: What they are called in the address.
NAMES = frozenset(["when", "kind", "state", "age", "team", "service", "incident"])
