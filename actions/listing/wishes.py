"""The filters of the list of actions, each read from the address: see common/wishes.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from actions.models import Action
from actions.querysets import OPEN
from common.addresses import word
from common.wishes import Reader, Wish, choice, named
from incidents.models import Incident
from people.models import Service, Team, User
from postmortems.models import Review

#: Where an action stands to its date: the value in the address, and the words of its sentence.
WHEN = {"past": "past", "soon": "within two weeks", "later": "later than in two weeks"}
#: How long ago an action was written down: the value in the address, its words, days from and to.
AGES: dict[str, tuple[str, int, int | None]] = {
    "2w": ("under two weeks", 0, 14),
    "1m": ("two to four weeks", 14, 30),
    "3m": ("one to three months", 30, 91),
    "6m": ("three to six months", 91, 182),
    "1y": ("six to twelve months", 182, 365),
    "old": ("over a year", 365, None),
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
    _, youngest, oldest = AGES[age]
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
    return Wish("incident", "From", f"is {reference}", (("incident", reference),), rule)


STATES = Action.State.choices
KINDS = Action.Kind.choices
_AGES_IN_WORDS = [(value, words) for value, (words, _, _) in AGES.items()]


def _small(choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(value, label[0].lower() + label[1:]) for value, label in choices]


#: In the order of the panel and of the chips.
READERS: list[Reader] = [
    choice("when", "Date", WHEN.items(), _when),
    choice("kind", "It does", _small(KINDS)),
    choice("state", "State", _small(STATES)),
    choice("age", "Age", _AGES_IN_WORDS, _age),
    named("team", "Team", Team.objects.visible_to, lambda keys: Q(team__in=keys)),
    named("service", "Service", Service.objects.visible_to, _of_services),
    _source,
]
#: What they are called in the address.
NAMES = frozenset(["when", "kind", "state", "age", "team", "service", "incident"])
