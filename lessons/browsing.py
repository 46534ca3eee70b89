"""The list of lessons: what was asked for in the address, and the page that answers it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common import dates, words
from common.counts import CappedCount
from common.gathered import Gathered
from common.keys import Given, Listed
from common.models import Tag
from common.pagination import SIZE, Page, page_of
from common.prepared import Prepared
from common.search import Found
from incidents.models import Incident
from lessons import asking as filters
from lessons import facets, library
from lessons.facets import Count
from lessons.models import Adoption, Following, Lesson
from lessons.models.lesson import address_of
from lessons.querysets import LessonQuerySet
from people.models import Membership, User

#: Beyond this many the list says "1,000+", and facets count the best or newest of them only.
COUNT_LIMIT = 1_000
MOST_OPTIONS = 8
MOST_PAGES = COUNT_LIMIT // SIZE
_MOST_CHOSEN = 6


class Legend(NamedTuple):
    name: str
    words: str


#: The facets whose values can be followed, with the field of Following.
FOLLOWABLE = {"theme": "factor", "service": "service", "tag": "tag"}
FACETS = (
    Legend("theme", _("Theme")),
    Legend("kind", _("From")),
    Legend("service", _("Service")),
    Legend("tag", _("Tag")),
    Legend("year", _("Year")),
)


@dataclass(frozen=True)
class Asked:
    """What the address asks for. Anything it cannot mean is left out."""

    text: str = ""
    chosen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "best"
    page: int = 1
    query: QueryDict = field(default_factory=QueryDict)

    @classmethod
    def read(cls, query: QueryDict) -> Asked:
        def values(name: str) -> tuple[str, ...]:
            given = (value.replace("\x00", "")[:80] for value in query.getlist(name))
            return tuple(dict.fromkeys(filter(None, given)))[:_MOST_CHOSEN]

        chosen = {legend.name: values(legend.name) for legend in FACETS}
        chosen["kind"] = tuple(kind for kind in chosen["kind"] if kind in Incident.Kind.values)
        chosen["year"] = tuple(
            year
            for year in chosen["year"]
            if year.isascii() and year.isdigit() and len(year) == 4 and year != "0000"
        )
        text = query.get("q", "").replace("\x00", " ").strip()[:400]
        page = query.get("page", "1")
        return cls(
            text=text,
            chosen=chosen,
            sort="newest" if query.get("sort") == "newest" or not text else "best",
            query=query,
            page=min(max(int(page), 1), MOST_PAGES)
            if page.isascii() and page.isdigit() and len(page) < 6
            else 1,
        )

    @property
    def is_narrowed(self) -> bool:
        return any(self.chosen.values())

    @property
    def kept(self) -> str:
        """What of an address can be followed: words and filters in one order, nothing of pages and
        sorting."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(name, value) for name, values in self.chosen.items() for value in sorted(values)]
        return urlencode(sorted(pairs))

    @property
    def single(self) -> tuple[str, str] | None:
        """(field of Following, slug) when nothing but one service, factor or tag is asked for."""
        chosen = [(name, value) for name, values in self.chosen.items() for value in values]
        if self.text or len(chosen) != 1 or chosen[0][0] not in FOLLOWABLE:
            return None
        return FOLLOWABLE[chosen[0][0]], chosen[0][1]

    def address(self, *, without: tuple[str, str] | None = None, **changed: Any) -> str:
        """The address of this list with something else; a page is always named anew."""
        pairs = [
            (name, value)
            for name, values in self.chosen.items()
            for value in values
            if (name, value) != without
        ]
        is_sorted = self.text and self.sort == "newest"
        query = {"q": self.text, "sort": self.sort if is_sorted else ""} | changed
        pairs = [(name, value) for name, value in query.items() if value] + pairs
        return reverse("lessons:list") + (f"?{urlencode(pairs)}" if pairs else "")

    def narrow(self, lessons: LessonQuerySet, user: User) -> LessonQuerySet:
        """Only lessons with every theme, service and tag that was chosen, of any kind and year."""
        for relation, name in (("factors", "theme"), ("services", "service"), ("tags", "tag")):
            for slug in self.chosen[name]:
                lessons = lessons.with_one(relation, slug)
        if self.chosen["kind"]:
            lessons = lessons.filter(library.fitting(user, "kind", self.chosen["kind"]))
        if self.chosen["year"]:
            years = Q(pk__in=[])
            for year in map(int, self.chosen["year"]):
                years |= Q(happened_on__range=(date(year, 1, 1), date(year, 12, 31)))
            lessons = lessons.filter(years)
        return lessons


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    count: int
    is_on: bool
    # Where the list without this choice is; nothing for what is not chosen.
    without: str


@dataclass(frozen=True)
class Facet:
    """All that `lessons/_facet.html` shows. `is_capped` says that there may be more of each."""

    name: str
    legend: str
    options: tuple[Option, ...]
    is_capped: bool

    @property
    def chosen(self) -> list[Option]:
        return [option for option in self.options if option.is_on]

    @property
    def bars(self) -> list[dict[str, Any]]:
        """The years from the first to the last as bars in a picture of 200 by 36."""
        counts = {int(option.value): option.count for option in self.options if option.count}
        if len(counts) < 2:
            return []
        first, last = min(counts), max(counts)
        step = 200 / (last - first + 1)
        tallest = max(counts.values())
        bars = []
        for year, count in sorted(counts.items()):
            height = max(4, round(30 * count / tallest))
            bars.append(
                {
                    "year": year,
                    "count": count,
                    "x": f"{(year - first) * step + step * 0.1:.1f}",
                    "y": 34 - height,
                    "width": f"{step * 0.8:.1f}",
                    "height": height,
                }
            )
        return bars


class Line(NamedTuple):
    """What of a lesson stands in its line as it is."""

    reference: str
    title: str
    state: str
    happened_on: date | None

    @property
    def address(self) -> str:
        return address_of(self.reference, self.title)


class Source(NamedTuple):
    """The incident a lesson comes from."""

    reference: str
    kind: str
    severity: str


class Tagged(NamedTuple):
    name: str
    slug: str


@dataclass(frozen=True)
class Result:
    """One line of the list: all that `lessons/_result.html` shows. `checked` is how many teams
    asked themselves whether it applies."""

    lesson: Line
    # Where the reader may know of it.
    source: Source | None
    title: SafeString
    excerpt: SafeString
    tags: tuple[Tagged, ...]
    checked: int


@dataclass(frozen=True)
class Library:
    """One page of the list, with everything around it."""

    asked: Asked
    found: Found
    # The filters among the words, and what was said of those that mean nothing.
    typed: filters.Asked
    results: list[Result]
    facets: list[Facet]
    page: Page
    matched: int
    near: list[tuple[str, str]]
    # Whether the reader follows what is asked for, and is a manager of any team.
    follows: bool
    manages: bool

    @property
    def matched_in_words(self) -> str:
        """ "41 lessons", "1 lesson" or "1,000+ lessons"."""
        if self.matched > COUNT_LIMIT:
            return gettext("{number}+ lessons").format(number=dates.number(COUNT_LIMIT))
        return ngettext("{number} lesson", "{number} lessons", self.matched).format(
            number=dates.number(self.matched)
        )

    @cached_property
    def chosen(self) -> list[tuple[str, Option]]:
        return [(facet.legend, option) for facet in self.facets for option in facet.chosen]

    @property
    def typed_filters(self) -> list[tuple[filters.Filter, str]]:
        """Each filter among the words, and where the list without it is."""
        question = self.typed.question
        return [
            (one, self.asked.address(q=question.without(one.typed))) for one in self.typed.filters
        ]

    @property
    def instead(self) -> list[tuple[str, str]]:
        """(typed, what it was taken for)."""
        return [
            (typed, " or ".join(f"“{other}”" for other in others))
            for typed, others in self.found.instead.items()
        ]

    @property
    def starts_with_near_ones(self) -> bool:
        """Nothing holds every word: all that is shown only comes near."""
        return bool(self.found.ids) and not self.found.complete


def library_page(asked: Asked, user: User) -> Library:
    """Answer an address, in a number of statements that does not depend on how much there is."""
    typed = filters.understand(asked.text, user)
    lessons = asked.narrow(Lesson.objects.in_library(user), user).filter(
        typed.rule(lambda name, values: library.fitting(user, name, values))
    )
    newest = ("-published_at", "-pk")
    if typed.words:
        found = lessons.find(typed.words)
        matched = found.ids
    else:
        found = Found()
        matched = list(lessons.order_by(*newest).values_list("pk", flat=True)[: COUNT_LIMIT + 1])
    if typed.words and asked.sort == "best":
        page = _ranked(asked, found)
        shown = page.rows
    else:
        if typed.words:
            lessons = Lesson.objects.filter(pk__in=Listed(matched[:COUNT_LIMIT]))
        page = page_of(lessons.only("published_at"), asked.query, order=newest)
        shown = [lesson.pk for lesson in page.rows]
    around = _around(asked, shown, user)
    return Library(
        asked=asked,
        found=found,
        results=_results(shown, around["lines"] or [], found),
        typed=typed,
        facets=_facets(asked, matched, user),
        page=page,
        matched=len(matched),
        near=[] if shown else near_terms(typed.words),
        follows=around["follows"],
        manages=around["manages"],
    )


def _ranked(asked: Asked, found: Found) -> Page:
    """The keys of one page in the order of the search, and the addresses around it."""
    start = (asked.page - 1) * SIZE
    ids = found.ids[:COUNT_LIMIT]
    return Page(
        ids[start : start + SIZE],
        next_url=asked.address(page=asked.page + 1) if len(ids) > start + SIZE else "",
        previous_url=asked.address(page=asked.page - 1) if asked.page > 1 else "",
    )


# What is shown, and what the reader has to do with it ------------------------------------------
def _around(asked: Asked, shown: Iterable[int], user: User) -> dict[str, Any]:
    followed = dict.fromkeys(FOLLOWABLE.values(), "") | dict([asked.single] if asked.single else [])
    [row] = _AROUND.rows(reader=user.pk, shown=Given.text(shown), query=asked.kept, **followed)
    return row


def _columns(reader: int, shown: str, query: str, **followed: str) -> QuerySet[User]:
    teams = Adoption.objects.filter(lesson=OuterRef("pk"))
    lines = Lesson.objects.filter(pk__in=Given(shown)).for_results(User(pk=reader))
    asked_for = Q(query=query) & ~Q(query="")
    for name, slug in followed.items():
        asked_for |= Q(**{f"{name}__slug": slug})
    return User.objects.filter(pk=reader).values(
        lines=Gathered(
            lines.annotate(checked=CappedCount(teams)), "pk", "reference", "title", "state",
            "situation", "insight", "advice", "happened_on", "told_tags", "checked",
            "has_hidden_source", "source_review__incident__reference",
            "source_review__incident__kind", "source_review__incident__severity",
        ),
        follows=Exists(Following.objects.filter(asked_for, follower=reader)),
        manages=Exists(Membership.objects.filter(user=reader, is_manager=True)),
    )  # fmt: skip


_AROUND = Prepared(
    _columns, reader=int, shown=str, query=str, **dict.fromkeys(FOLLOWABLE.values(), str)
)


def _results(shown: Iterable[int], lines: Iterable[list[Any]], found: Found) -> list[Result]:
    results = {}
    for line in lines:
        pk, reference, title, state, situation, insight, advice, day, tags, checked, *source = line
        is_hidden, *told = source
        results[pk] = Result(
            Line(reference, title, state, day and date.fromisoformat(day)),
            Source(*told) if told[0] and not is_hidden else None,
            found.marker.mark(title),
            found.marker.excerpt(insight, situation, advice),
            tuple(Tagged(**tag) for tag in tags),
            checked,
        )
    return [results[pk] for pk in shown if pk in results]


def _facets(asked: Asked, ids: list[int], user: User) -> list[Facet]:
    """How these lessons divide, as far as the list goes, in one statement."""
    themes = {"theme": "factor"}
    names = {legend.name: themes.get(legend.name, legend.name) for legend in FACETS}
    counts = facets.counts(user, names.values(), lessons=ids[:COUNT_LIMIT])
    is_capped = len(ids) > COUNT_LIMIT
    return [
        _facet(asked, legend, counts[names[legend.name]], is_capped=is_capped) for legend in FACETS
    ]


def _facet(asked: Asked, legend: Legend, rows: list[Count], *, is_capped: bool) -> Facet:
    on = asked.chosen[legend.name]
    counted = {value for value, _, _ in rows}
    # A choice that leaves nothing stays in sight, so that it can be taken back.
    rows = rows + [Count(value, value.replace("-", " "), 0) for value in on if value not in counted]
    rows.sort(key=lambda row: (row[0] not in on, -row[2], row[1].casefold()))
    if legend.name == "year":
        rows.sort(key=lambda row: row[0], reverse=True)
    else:
        rows = rows[:MOST_OPTIONS]
    kinds = dict(Incident.Kind.choices)
    return Facet(
        legend.name,
        str(legend.words),
        tuple(
            Option(
                value,
                str(kinds.get(label, label)) if legend.name == "kind" else label,
                count,
                value in on,
                asked.address(without=(legend.name, value)) if value in on else "",
            )
            for value, label, count in rows
        ),
        is_capped,
    )


def near_terms(text: str) -> list[tuple[str, str]]:
    """Tags that look like the words of a search that found nothing: (name, address of its list).

    Only tags of published lessons: drafts and restricted incidents have theirs in the same table.
    """
    published = Lesson.tags.through.objects.filter(lesson__in=Lesson.objects.published())
    used = Tag.objects.filter(pk__in=published.values("tag"))
    names = dict(used.order_by("-pk").values_list("name", "slug")[:COUNT_LIMIT])
    close = [
        name
        for word in words.split(text)[:8]
        for name in get_close_matches(word, names, n=2, cutoff=0.6)
    ]
    return [
        (name, f"{reverse('lessons:list')}?{urlencode({'tag': names[name]})}")
        for name in dict.fromkeys(close)
    ][:4]
