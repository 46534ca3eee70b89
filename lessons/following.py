"""What somebody follows: a service, a team, a contributing factor, a tag, or a search.

Following is about what everybody here may read. Whoever is named on something restricted hears of
it by taking part in it, never by this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.models import Tag
from incidents.models import Incident
from lessons.browsing import FACETS, FOLLOWABLE, Asked
from lessons.library import in_words, quoted
from lessons.models import Following, Lesson
from lessons.models.following import THINGS
from people import feed_keys
from people.models import FeedKey, Service, Team, User
from postmortems.models import FactorCategory, Review

#: What each is called, and where in the library it is: the name of its filter.
KINDS = {
    "service": _("Service"),
    "team": _("Team"),
    "factor": _("Contributing factor"),
    "tag": _("Tag"),
}
_FILTERS = {field: facet for facet, field in FOLLOWABLE.items()}
_LONGEST_QUERY = Following._meta.get_field("query").max_length

Thing = Service | Team | FactorCategory | Tag


class Refused(Exception):
    """Nothing is followed. The message says why, and what to do."""


@dataclass(frozen=True)
class Shown:
    """One thing somebody follows, in words."""

    following: Following
    kind: str
    name: str
    address: str


def shown(following: Following) -> Shown:
    """For a row that was fetched with `for_naming`: no statement."""
    kind = following.thing
    if kind == "search":
        asked = asked_for(following)
        return Shown(
            following, gettext("Search"), capfirst(search_in_words(asked)), asked.address()
        )
    thing = current(following)
    if kind == "team":
        address = thing.get_absolute_url()
    else:
        address = f"{reverse('lessons:list')}?{urlencode({_FILTERS[kind]: thing.slug})}"
    return Shown(following, KINDS[kind], thing.name, address)


def current(following: Following) -> Any:
    """The row it leads to; a factor that was joined into another leads to that one."""
    thing = getattr(following, following.thing)
    return (thing.now_called or thing) if isinstance(thing, FactorCategory) else thing


def asked_for(following: Following) -> Asked:
    return Asked.read(QueryDict(following.query))


def search_in_words(asked: Asked) -> str:
    """ "“restore”, service payments, year 2024"."""
    legends = {legend.name: str(legend.words).lower() for legend in FACETS}
    kinds = {value: label.lower() for value, label in Incident.Kind.choices}
    parts = [quoted(asked.text)] if asked.text else []
    for name, values in asked.chosen.items():
        parts += [
            f"{legends[name]} {kinds.get(value, value.replace('-', ' '))}" for value in values
        ]
    return ", ".join(parts)


def why(followings: Iterable[Following]) -> str:
    """ "Payments, retries and “restore”": what made something news for somebody."""
    names = []
    for each in followings:
        name = shown(each).name
        names.append(name if each.thing != "search" else search_in_words(asked_for(each)))
    return in_words(names)


# To follow ---------------------------------------------------------------------------------------
def of_lesson(lesson: Lesson) -> list[Thing]:
    """What can be followed from the page of a lesson."""
    return [
        *lesson.services.order_by("name"),
        *lesson.factors.order_by("name"),
        *([lesson.team] if lesson.team else []),
        *lesson.tags.order_by("name"),
    ]


def of_review(review: Review) -> list[Thing]:
    """The same for a published review."""
    incident = review.incident
    return [
        *incident.services.order_by("name"),
        *FactorCategory.objects.filter(factors__review=review).distinct().order_by("name"),
        incident.team,
        *incident.tags.order_by("name"),
    ]


def of_team(team: Team) -> list[Thing]:
    """A team and what it looks after."""
    return [team, *team.services.by_name()]


def kind_of(thing: Thing) -> str:
    return next(
        name for name in THINGS if isinstance(thing, Following._meta.get_field(name).related_model)
    )


def value_of(thing: Thing) -> str:
    """How a form names it: "service:payments"."""
    return f"{kind_of(thing)}:{thing.slug}"


def followed_among(user: User, things: Sequence[Thing]) -> set[str]:
    """Values of those that somebody follows, in one statement."""
    rows = Following.objects.of(user).filter(query="")
    mine = {(each.thing, current(each).pk) for each in rows}
    return {value_of(thing) for thing in things if (kind_of(thing), thing.pk) in mine}


@transaction.atomic
def choose(user: User, offered: Sequence[Thing], chosen: Iterable[str]) -> None:
    """Follow exactly these of what was offered; what else somebody follows stays."""
    wanted = set(chosen)
    for thing in offered:
        if value_of(thing) in wanted:
            follow(user, thing)
        else:
            _stop(Following.objects.of(user).filter(**_rows_of(thing)))


def _rows_of(thing: Thing) -> dict[str, Any]:
    """Old names of a factor count as the one they lead to."""
    if isinstance(thing, FactorCategory):
        return {"factor__in": [thing, *thing.synonyms.all()]}
    return {kind_of(thing): thing}


def follow(user: User, thing: Thing) -> Following:
    following, _ = Following.objects.get_or_create(follower=user, **{kind_of(thing): thing})
    return following


@transaction.atomic
def follow_search(user: User, asked: Asked) -> Following:
    """Follow a search of the library. One that asks for one service, factor or tag and nothing
    else is following that, so that reviews are told of, too. Raises Refused."""
    thing = _only_thing(asked)
    if thing is not None:
        return follow(user, thing)
    query = asked.kept
    if not query:
        raise Refused(
            gettext("Nothing is followed yet. Search for something first, or choose a filter.")
        )
    if len(query) > _LONGEST_QUERY:
        raise Refused(
            gettext("Not followed. These are more filters than can be kept. Drop some of them.")
        )
    following, _ = Following.objects.get_or_create(follower=user, query=query)
    return following


def _only_thing(asked: Asked) -> Thing | None:
    single = asked.single
    if single is None:
        return None
    field, slug = single
    in_library = Lesson.objects.published()
    rows = {
        "service": Service.objects.all(),
        "factor": FactorCategory.objects.current(),
        "tag": Tag.objects.filter(lessons__in=in_library),
    }[field]
    return rows.filter(slug=slug).first()


# To stop -----------------------------------------------------------------------------------------
@transaction.atomic
def stop(user: User, pk: int) -> bool:
    """No longer follow one thing; whether there was such a one. Its address of a feed ends."""
    return bool(_stop(Following.objects.filter(follower=user, pk=pk)))


def _stop(rows: Any) -> int:
    pairs = list(rows.values_list("pk", "follower_id"))
    for pk, follower in pairs:
        FeedKey.objects.filter(owner=follower, of=feed_name(pk)).delete()
    Following.objects.filter(pk__in=[pk for pk, _ in pairs]).delete()
    return len(pairs)


# Names of feeds ----------------------------------------------------------------------------------
FEEDS = "library:"
EVERYTHING = f"{FEEDS}everything"
FOLLOWED = f"{FEEDS}followed"
BULLETIN = f"{FEEDS}bulletin"
EVERYTHING_TITLE, FOLLOWED_TITLE = _("Everything published"), _("Everything you follow")
BULLETIN_TITLE = _("The bulletin")
_ONE = f"{FEEDS}following:"


def feed_name(pk: int) -> str:
    """What a key for the feed of one followed thing is called."""
    return f"{_ONE}{pk}"


def following_of(key: FeedKey) -> Following | None:
    """The one thing a key is for, while its owner follows it."""
    number = key.of.removeprefix(_ONE)
    if number == key.of or not number.isdigit():
        return None
    return Following.objects.of(key.owner).filter(pk=int(number)).first()


def issue(user: User, of: str, *, now: Any) -> str | None:
    """The secret of a new address; None for a thing that somebody does not follow."""
    if of not in {EVERYTHING, FOLLOWED, BULLETIN}:
        number = of.removeprefix(_ONE)
        if not (of.startswith(_ONE) and number.isascii() and number.isdigit() and len(number) < 15):
            return None
        if not Following.objects.filter(follower=user, pk=int(number)).exists():
            return None
    return feed_keys.issue(user, of, now=now)
