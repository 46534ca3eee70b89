"""The lines of the trail that somebody may look through, narrowed down and put into words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from actions.models import Action, ParkingRule, PromisedDays, ReminderRule, Tracker
from alerts.models import AlertSource
from api.models import ApiToken
from common import kept_words
from common.addresses import word
from common.downloads import iso
from common.languages import english
from common.models import Activity
from common.pagination import batches
from common.wishes import day
from config.audit.deeds import ALL, AREA_OF, AREAS, BY_KEY, READING, Area
from incidents.models import CustomField, Incident, SeverityLevel
from lessons.models import Bulletin, Collection, Lesson
from people.models import Endpoint, Service, Team, User
from people.permissions import can_administer
from postmortems.models import (
    BankQuestion,
    FactorCategory,
    HandbookPage,
    PublicEditionSwitch,
    Review,
)

ORDER = ("-pk",)
#: Whatever of these is hidden from a reader is hidden here.
_HIDING: tuple[type[Model], ...] = (Incident, Review, Action)
#: Of the organisation, for administrators.
_SETTINGS: tuple[type[Model], ...] = (
    ApiToken,
    BankQuestion,
    Bulletin,
    Collection,
    CustomField,
    Endpoint,
    FactorCategory,
    HandbookPage,
    ParkingRule,
    PromisedDays,
    PublicEditionSwitch,
    ReminderRule,
    Service,
    SeverityLevel,
    AlertSource,
    Team,
    Tracker,
    User,
)
_PERSON = re.compile(r"^person (\d+)$")


def visible_to(reader: User) -> QuerySet[Activity]:
    """For administrators what concerns accounts and settings, and for them and for managers what
    concerns their teams and whatever they may know of now."""
    kinds = ContentType.objects.get_for_models(*_HIDING, *_SETTINGS, Lesson)
    rule = Q(
        object_type=kinds[Lesson], object_id__in=Lesson.objects.visible_to(reader).values("pk")
    )
    for model in _HIDING:
        hidden = model._default_manager.hides(reader, "object_id")
        rule |= Q(object_type=kinds[model]) & ~hidden
    if can_administer(reader):
        rule |= Q(object_type__in=[kinds[model] for model in _SETTINGS])
    else:
        managed = Team.objects.managed_by(reader).values("pk")
        rule |= Q(object_type=kinds[Team], object_id__in=managed)
    return Activity.objects.filter(rule, verb__in=ALL)


@dataclass(frozen=True)
class Asked:
    """What an address asks for; what means nothing in it is left out."""

    area: str = ""
    who: str = ""
    about: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, asked: QueryDict) -> Asked:
        area = asked.get("area", "")
        return cls(
            area=area if area in BY_KEY else "",
            who=word(asked, "who", longest=100),
            about=word(asked, "about", longest=20).upper(),
            since=day(asked.get("since", "")),
            until=day(asked.get("until", "")),
        )

    @property
    def areas(self) -> tuple[Area, ...]:
        return AREAS

    @property
    def is_narrow(self) -> bool:
        return self != Asked()

    def narrow(self, reader: User) -> QuerySet[Activity]:
        rows = visible_to(reader)
        if self.area:
            rows = rows.filter(verb__in=BY_KEY[self.area].verbs)
        if self.who:
            rows = rows.filter(actor__in=User.objects.called(self.who))
        if self.about:
            rows = rows.filter(_about(self.about))
        if self.since:
            rows = rows.filter(at__gte=_midnight(self.since))
        if self.until:
            rows = rows.filter(at__lt=_midnight(self.until + timedelta(days=1)))
        return rows.select_related("actor").order_by(*ORDER)


def _midnight(of: date) -> datetime:
    return datetime.combine(of, time(), timezone.get_current_timezone())


def _about(reference: str) -> Q:
    """What a reference names, among the rows that are visible anyway."""
    found = Q(pk__in=[])
    for model, path in (
        (Incident, "reference"),
        (Review, "incident__reference"),
        (Action, "reference"),
        (Lesson, "reference"),
    ):
        named = model._default_manager.filter(**{path: reference}).values("pk")
        kind = ContentType.objects.get_for_model(model)
        found |= Q(object_type=kind, object_id__in=named)
    return found


@dataclass(frozen=True)
class Line:
    """`at` is a day for what was read: to the minute it would say too much of who was there when
    a confidential note came in. `address` is for administrators."""

    who: str
    verb: str
    area: Area
    about: str
    url: str
    detail: str
    at: datetime | date
    address: str

    @property
    def deed(self) -> str:
        """The verb, for people."""
        return _(self.verb)

    @property
    def is_to_the_day(self) -> bool:
        return not isinstance(self.at, datetime)

    def as_data(self) -> dict[str, str | None]:
        at = iso(self.at) if isinstance(self.at, datetime) else self.at.isoformat()
        return {
            "at": at,
            "who": self.who,
            "deed": self.verb,
            "area": self.area.key,
            "about": self.about,
            "detail": self.detail,
            "address": self.address or None,
        }


COLUMNS = ("at", "who", "deed", "area", "about", "detail", "address")


def lines(rows: Sequence[Activity], *, reader: User) -> list[Line]:
    """One statement for each kind of object among them, and one for people named in details."""
    objects = _objects(rows)
    named = [int(found[1]) for row in rows if (found := _PERSON.match(row.detail))]
    people = User.objects.in_bulk(named) if named else {}
    is_administrator = can_administer(reader)
    return [
        _line(row, objects.get((row.object_type_id, row.object_id)), people, is_administrator)
        for row in rows
    ]


def _objects(rows: Iterable[Activity]) -> dict[tuple[int, int], Model]:
    wanted: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        wanted[row.object_type_id].add(row.object_id)
    found: dict[tuple[int, int], Model] = {}
    for kind, keys in wanted.items():
        model: Any = ContentType.objects.get_for_id(kind).model_class()
        of_kind = model._base_manager.all()
        if model is Review:
            of_kind = of_kind.select_related("incident")
        found |= {(kind, pk): row for pk, row in of_kind.in_bulk(keys).items()}
    return found


def _line(
    row: Activity, about: Model | None, people: dict[int, User], is_administrator: bool
) -> Line:
    area = AREA_OF[row.verb]
    detail = row.detail if area.shows_detail else ""
    if found := _PERSON.match(detail):
        person = people.get(int(found[1]))
        detail = str(person) if person else ""
    else:
        detail = kept_words.for_reader(detail)
    return Line(
        who=str(row.actor) if row.actor_id else _("Nobody by name"),
        verb=row.verb,
        area=area,
        about=_called(about),
        url=about.get_absolute_url() if isinstance(about, (*_HIDING, Lesson)) else "",
        detail=detail,
        at=row.at.astimezone(UTC).date() if row.verb in READING else row.at,
        address=row.address or "" if is_administrator else "",
    )


def _called(about: Model | None) -> str:
    if about is None:
        return _("Something that is gone")
    if isinstance(about, Review):
        return _("Review of {reference}").format(reference=about.reference)
    reference = getattr(about, "reference", "")
    return f"{reference} · {about.title}" if reference else str(about)


def all_lines(rows: QuerySet[Activity], *, reader: User) -> Iterator[Line]:
    """Every line, some at a time, for a file: in English."""
    for batch in batches(rows, order=ORDER):
        with english():
            told = lines(batch, reader=reader)
        yield from told
