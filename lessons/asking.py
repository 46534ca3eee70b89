"""What the filters of a search mean: which services, when, how bad. See common/asking.py."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from common.asking import Named, Question, likeliest
from common.asking import understand as part
from common.languages import english
from common.models import Tag
from common.templatetags.times import day_in_words
from incidents.listing.wishes import tags_seen_by as tags_of_incidents_seen_by
from incidents.models import Incident
from lessons.models import Lesson
from people.models import Service, Team, User
from postmortems.models import FactorCategory

_MOST_MEANT = 20

#: From each name that can be typed to the filter it stands for.
NAMES = {
    "service": "service",
    "team": "team",
    "factor": "factor",
    "theme": "factor",
    "tag": "tag",
    "kind": "kind",
    "severity": "severity",
    "sev": "severity",
    "after": "after",
    "since": "after",
    "before": "before",
    "until": "before",
    "year": "year",
    "in": "in",
}
OFFERED = ("service", "team", "factor", "tag", "kind", "severity", "after", "before", "year", "in")
#: Where one may look: the values of "in".
PLACES = {"lessons": _("Lessons"), "reviews": _("Reviews"), "incidents": _("Incidents")}
_LABELS = {
    "service": _("Service"),
    "team": _("Team"),
    "factor": _("Theme"),
    "tag": _("Tag"),
    "kind": _("Kind"),
    "severity": _("Severity"),
    "after": _("Happened"),
    "before": _("Happened"),
    "year": _("Year"),
    "in": pgettext_lazy("where to search", "In"),
}

Days = tuple[date | None, date | None]


@dataclass(frozen=True)
class Filter:
    """A filter in force. `values` are keys of rows, names of choices, or days (first, last)."""

    name: str
    values: tuple[Any, ...]
    words: str
    is_refused: bool
    typed: str

    @property
    def label(self) -> str:
        return str(_LABELS[self.name])


@dataclass(frozen=True)
class Asked:
    """A search as it is understood: the words, the filters in force, and a sentence for each
    filter that means nothing here."""

    question: Question
    filters: tuple[Filter, ...] = ()
    notes: tuple[str, ...] = ()
    # By filter, the values that are in force, for those who offer them.
    slugs: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.question.text

    @property
    def words(self) -> str:
        return self.question.words

    @property
    def places(self) -> tuple[str, ...]:
        """Where to look; everywhere unless something was named."""
        found = list(PLACES)
        for one in self.filters:
            if one.name == "in":
                found = [place for place in found if (place in one.values) is not one.is_refused]
        return tuple(found)

    def rule(self, of: Callable[[str, tuple[Any, ...]], Q]) -> Q:
        """The rows that fit every filter. `of` says which rows have one of the values; filters of
        one name widen each other, as `kind:incident kind:game-day`."""
        rule = Q()
        wanted: dict[str, Q] = {}
        for one in self.filters:
            if one.name == "in":
                continue
            fits = of(one.name, one.values)
            if one.is_refused:
                rule &= ~fits
            elif one.name in {"after", "before"}:
                rule &= fits
            else:
                wanted[one.name] = wanted[one.name] | fits if one.name in wanted else fits
        for fits in wanted.values():
            rule &= fits
        return rule

    def has(self, name: str, value: str) -> bool:
        return value in self.slugs.get(name, ())

    def typed_for(self, name: str, value: str) -> list[str]:
        """What was typed that a choice stands for, to be taken out again."""
        return [
            named.typed
            for named in self.question.filters
            if NAMES[named.name] == name and not named.is_refused and self.has(name, value)
        ]


def tags_seen_by(user: User) -> QuerySet[Tag]:
    """Tags of what this person may find. Others do not exist for them."""
    links = Lesson.tags.through.objects.filter(lesson__in=Lesson.objects.in_library(user))
    in_library = Exists(links.filter(tag=OuterRef("pk")))
    return Tag.objects.filter(in_library) | tags_of_incidents_seen_by(user)


def known(name: str, user: User) -> QuerySet:
    """The rows that a filter may name."""
    if name == "service":
        return Service.objects.visible_to(user)
    if name == "team":
        return Team.objects.visible_to(user)
    if name == "tag":
        return tags_seen_by(user)
    return FactorCategory.objects.current()


def understand(text: str, user: User) -> Asked:
    """Read a search as this person may ask it. At most one statement for each filter."""
    question = part(text, NAMES)
    notes = [_no_filter(name) for name in question.unknown]
    filters: list[Filter] = []
    slugs: dict[str, set[str]] = {}
    for named in question.filters:
        name = NAMES[named.name]
        if name in {"service", "team", "tag", "factor"}:
            found, note = _of_rows(name, named, user)
        elif name in {"after", "before", "year"}:
            found, note = _of_days(name, named)
        else:
            found, note = _of_choices(name, named)
        if note:
            notes.append(note)
        if found:
            filter_, chosen = found
            filters.append(filter_)
            if not filter_.is_refused:
                slugs.setdefault(name, set()).update(chosen)
    return Asked(
        question,
        tuple(filters),
        tuple(dict.fromkeys(notes)),
        {name: frozenset(values) for name, values in slugs.items()},
    )


Found = tuple[tuple[Filter, list[str]] | None, str]


def _no_filter(name: str) -> str:
    meant = likeliest(name, NAMES)
    said = gettext(
        "There is no filter called “{name}”, so it was looked for as words. There are {filters}."
    )
    if meant:
        said = gettext(
            "There is no filter called “{name}”, so it was looked for as words. "
            "Did you mean {meant}:?"
        )
    return said.format(name=name, meant=meant, filters=_listed(OFFERED))


def _sentence(named: Named, words: Iterable[str]) -> str:
    said = gettext("is not {words}") if named.is_refused else gettext("is {words}")
    return said.format(words=gettext(" or ").join(map(str, words)))


def _filter(name: str, named: Named, values: Iterable[Any], words: str) -> Filter:
    return Filter(name, tuple(values), words, named.is_refused, named.typed)


def _of_rows(name: str, named: Named, user: User) -> Found:
    wanted = [slug for slug in map(slugify, named.values) if slug]
    rule = Q(pk__in=[])
    for slug in wanted:
        rule |= Q(slug__startswith=slug)
    found = list(known(name, user).filter(rule).order_by("name", "pk")[:200]) if wanted else []
    exact = {row.slug for row in found} & {*wanted}
    meant = [
        row
        for row in found
        if row.slug in exact or any(row.slug.startswith(s) for s in wanted if s not in exact)
    ][:_MOST_MEANT]
    if not meant:
        said = gettext("No {filter} here is called “{value}”. It was left out.")
        return None, said.format(filter=name, value=named.value)
    filter_ = _filter(
        name, named, (row.pk for row in meant), _sentence(named, (row.name for row in meant))
    )
    return (filter_, [row.slug for row in meant]), ""


@cache
def choices() -> dict[str, dict[str, str]]:
    """{filter: {what is typed: value}} of the filters by one of a few: the same words in every
    language, for searches are kept and shared."""
    with english():
        kinds = {label.lower(): value for value, label in Incident.Kind.choices}
    return {
        "kind": kinds,
        "severity": {value: value for value in Incident.Severity.values},
        "in": {place: place for place in PLACES},
    }


def _words(name: str) -> dict[str, str]:
    """{value: how it is said}."""
    if name == "kind":
        return {value: label.lower() for value, label in Incident.Kind.choices}
    if name == "severity":
        return {value: f"SEV {value[-1]}" for value in Incident.Severity.values}
    return {place: label.lower() for place, label in PLACES.items()}


def _of_choices(name: str, named: Named) -> Found:
    offered = choices()[name]
    typed = {_plain(label): value for label, value in offered.items()}
    typed |= {_plain(value): value for value in offered.values()}
    if name == "severity":
        typed |= {value[-1]: value for value in Incident.Severity.values}
    meant = []
    for value in map(_plain, named.values):
        chosen = typed.get(value) or typed.get(value.removesuffix("s"))
        meant += [chosen] if chosen else []
    if not meant:
        said = gettext("“{typed}” was left out. After {filter}: comes one of {choices}.")
        listed = _listed(_plain(label) for label in offered)
        return None, said.format(typed=named.typed, filter=named.name, choices=listed)
    said_as = _words(name)
    words = _sentence(named, (said_as[value] for value in meant))
    return (_filter(name, named, meant, words), meant), ""


def _of_days(name: str, named: Named) -> Found:
    span = _span(named.value)
    if span is None:
        return None, gettext(
            "“{typed}” was left out. After {filter}: comes a year, a month or a day, such as "
            "2024, 2024-03 or 2024-03-17."
        ).format(typed=named.typed, filter=named.name)
    first, last = span
    today = timezone.localdate()
    days: Days = (first, last)
    if name == "year":
        words = _sentence(named, [named.value])
    elif name == "after":
        days = (first, None)
        words = gettext("since {day}").format(day=day_in_words(first, today=today))
    else:
        days = (None, first - timedelta(days=1))
        words = gettext("before {day}").format(day=day_in_words(first, today=today))
    return (_filter(name, named, days, words), [named.value]), ""


def _span(text: str) -> tuple[date, date] | None:
    """The first and the last day of 2024, 2024-03 or 2024-03-17."""
    parts = text.split("-")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts[0]) != 4:
        return None
    numbers = [int(part[:4]) for part in parts]
    if not 1900 <= numbers[0] <= 2200:
        return None
    try:
        match numbers:
            case [year]:
                return date(year, 1, 1), date(year, 12, 31)
            case [year, month]:
                return date(year, month, 1), date(year, month, monthrange(year, month)[1])
            case [year, month, day]:
                return date(year, month, day), date(year, month, day)
    except ValueError:
        return None
    return None


def _plain(text: str) -> str:
    return slugify(text).replace("_", "-").replace("sev-", "sev")


def _listed(names: Iterable[str]) -> str:
    *others, last = names
    if not others:
        return last
    return gettext("{others} and {last}").format(others=", ".join(others), last=last)
